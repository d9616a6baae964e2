/** What the platform's own record tells of faults that excuse something. */
import { isRecord, parseJson } from '../../../src/lib/json.ts'
import type { Bot } from '../../../src/sandbox/model/access/bots.ts'
import type { Platform } from '../../../src/sandbox/model/platform.ts'
import { tagsIn } from '../people/tags.ts'
import type { Ledger } from './ledger.ts'
import type { Violations } from './violations.ts'

/** Numbers of messages whose answers the platform took for a human check: it may show them later, or never. */
export type Audits = ReadonlySet<number>

export function listenToFaults(platform: Platform, bot: Bot, ledger: Ledger): Audits {
  const audited = new Set<number>()
  let auditing = false
  platform.world.record.listen(
    entry => {
      if (entry.kind === 'request' && auditing) {
        for (const tag of tagsIn(entry.request)) audited.add(tag)
        auditing = false
      }
      if (entry.kind !== 'fault' || entry.change !== 'fired') return
      const { spec } = entry.fault
      if (spec.kind === 'audit') auditing = true
      // What the platform skips or numbers wrongly cannot be asked for again by its number.
      if ((spec.kind === 'events' && spec.do !== 'duplicate') || (spec.kind === 'mute' && spec.what === 'event'))
        ledger.disorder(bot)
    },
    ['fault', 'request'],
  )
  return audited
}

/** What the platform has answered to frames of answers that grow. */
export interface StreamEar {
  /** Streams of which a frame was refused for good, by the platform's name: they may stay as they are. */
  readonly refused: ReadonlySet<string>
  /** Streams that the platform has ended by itself, and said so of their last frame: as it does where it has shown that one. */
  readonly endedAtLast: ReadonlySet<string>
}

const MOST_STREAMS = 2_000
/** Refusals that pass. */
const PASSING_STATUSES = new Set([401, 429])
const PASSING_CODES = new Set([50001, 50002, 1100100])
const ENDED = 40006
const NO_BEGINNING = 40007
/** `input_state` of a frame after which nothing follows. */
const LAST = 10

export function listenToStreams(platform: Platform, violations: Violations): StreamEar {
  const refused = new Set<string>()
  const ended = new Set<string>()
  const endedAtLast = new Set<string>()
  let ending = false
  const noteEnd = (asked: unknown): void => {
    const id = isRecord(asked) ? asked['stream_msg_id'] : undefined
    if (!isRecord(asked) || typeof id !== 'string') return
    if (asked['input_state'] === LAST && !ended.has(id)) endedAtLast.add(id)
    ended.add(id)
  }
  platform.world.record.listen(
    entry => {
      if (entry.kind === 'fault' && entry.change === 'fired') {
        const { spec } = entry.fault
        ending = spec.kind === 'send' && spec.when === 'stream_frame' && spec.code === ENDED
      }
      if (entry.kind !== 'request' || entry.route !== 'stream') return
      if (ending) noteEnd(parseJson(entry.request))
      ending = false
      const { status = 500 } = entry
      if (status < 400 || status >= 500 || PASSING_STATUSES.has(status)) return
      const [asked, answer] = [parseJson(entry.request), parseJson(entry.response)]
      const code = isRecord(answer) ? Number(answer['code'] ?? answer['err_code']) : Number.NaN
      if (code === NO_BEGINNING) violations.add('not a beginning', `refused by the platform: ${entry.request}`)
      const id = isRecord(asked) ? asked['stream_msg_id'] : undefined
      if (PASSING_CODES.has(code) || typeof id !== 'string') return
      if (refused.size >= MOST_STREAMS) refused.clear()
      refused.add(id)
    },
    ['fault', 'request'],
  )
  return { refused, endedAtLast }
}
