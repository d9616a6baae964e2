/** Delivery in front of the platform over real sockets, with a clock that hurries. */
import { createDelivery } from '../../src/delivery/outbox.ts'
import type { Journal, OutboxRow } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { systemRandom } from '../../src/lib/random.ts'
import type { Extras, Inbound } from '../../src/platforms/platform.ts'
import type { Sandbox, Say } from '../../src/sandbox/sandbox.ts'
import { adapterFor } from '../support/qq-house.ts'
import { type Disposable, describe, sandboxFor } from '../support/sandbox.ts'
import { testLinks } from './world.ts'

const DEADLINE_MS = 10_000
/** Delivery waits seconds where its platform, on real sockets, needs milliseconds. */
const HURRY = 20

function hurried(clock: Clock): Clock {
  const startMs = clock.nowMs()
  return {
    nowMs: () => startMs + (clock.nowMs() - startMs) * HURRY,
    monotonicMs: () => clock.monotonicMs() * HURRY,
    after: (delayMs, fn) => clock.after(delayMs / HURRY, fn),
  }
}

/** What one process has, in front of the platform. */
export function life(box: Sandbox, path = ':memory:') {
  const clock = hurried(systemClock)
  const journal = openJournal({ path, clock })
  // Short texts make many parts; a short wait makes a lost answer quick.
  const { adapter } = adapterFor(box, { limits: { restMs: 1_500 }, settings: { textLimit: 100 } })
  const delivery = createDelivery({
    journal,
    adapterFor: () => adapter,
    links: testLinks(),
    clock,
    random: systemRandom,
    log: silentLogger,
    language: 'en',
  })
  return {
    journal,
    delivery,
    /** Somebody speaks; what they said is on disk, and what was held for them goes out. */
    async hear(say: Say): Promise<Inbound> {
      const { id, chat } = box.say(say)
      const message: Inbound = {
        id,
        chat: { account: 'qqbot', kind: chat.kind, id: chat.openid },
        sender: { id: say.person, isBot: false },
        text: say.text ?? '',
        attachments: [],
        addressed: true,
        reply: { via: 'msg_id', id },
        raw: null,
      }
      const replyUntilMs = clock.nowMs() + adapter.capabilities.replyAllowance(message.chat.kind).windowMs
      await journal.accept('qqbot', { message }, { triage: { run: true }, replyUntilMs })
      await delivery.releaseHeld(message)
      return message
    },
    /** `extras` go with the last part. */
    async answer(message: Inbound, text: string, extras?: Extras): Promise<readonly OutboxRow[]> {
      const plain = await delivery.plan(message, text, 'answer')
      const last = plain.at(-1)
      const planned = last && extras ? [...plain.slice(0, -1), { ...last, extras }] : plain
      const rows = await journal.endTurn('qqbot', [message.id], 'answered', null, planned)
      delivery.enqueue(rows)
      return rows
    },
    async stop(): Promise<void> {
      await delivery.stop(AbortSignal.abort())
      await journal.close()
    },
  }
}

export async function worldFor(t: Disposable) {
  const box = await sandboxFor(t)
  const only = life(box)
  t.after(() => only.stop())
  return { box, ...only }
}

/** Resolves when nothing is left to be brought out. */
export async function untilSettled(box: Sandbox, journal: Journal): Promise<void> {
  const lateAtMs = systemClock.monotonicMs() + DEADLINE_MS
  while (journal.pending('qqbot').outgoing > 0) {
    if (systemClock.monotonicMs() > lateAtMs) throw new Error(`replies are still open\n${describe(box)}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
