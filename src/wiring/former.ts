/**
 * What the process before this one had no time to write down: when it ended without last words (killed, or the machine lost its
 * power), the history of its accounts would go on as they were until this start.
 */
import { readStateFile } from '../gateway/status/state-reader.ts'
import type { StatusDocument } from '../gateway/status/status-document.ts'
import type { TransitionRecord } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'

const PROCESS_GONE = 'process_gone'

/** To be asked before this process writes its own state file. Undefined when there was none, or it ended in order. */
export function readFormer(home: string, clock: Pick<Clock, 'nowMs'>): StatusDocument | undefined {
  const reading = readStateFile(home, clock)
  const isCopy = !reading.trusted && reading.why === 'copied'
  const document = reading.trusted ? reading.document : reading.lastWord
  if (document === undefined || isCopy) return undefined
  return document.gateway_state === 'stopped' || document.gateway_state === 'failed' ? undefined : document
}

/** The changes that it did not write: each account was let go at the last moment that is known of the process. */
export function lastChanges(former: StatusDocument): readonly TransitionRecord[] {
  const atMs = Date.parse(former.updated_at)
  return Object.entries(former.platforms)
    .filter(([, { state }]) => state !== 'disconnected' && state !== 'disabled')
    .map(([account, { state }]) => ({
      account,
      atMs,
      from: state,
      to: 'disconnected',
      code: PROCESS_GONE,
      message: `process ${former.pid} ended without last words: killed, or the machine stopped`,
    }))
}
