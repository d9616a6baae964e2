/** What has outlived its keep is forgotten by a gateway that runs, however short its lives are. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { createEcho } from '../../src/agents/echo.ts'
import { drain } from '../../src/gateway/process/drain.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { ACCOUNT, DAY_MS, HOUR_MS, RUN, sampleMessage, sampleReply } from '../../src/journal/suite/samples.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { createVirtualClock, type VirtualClock } from '../../src/lib/virtual-clock.ts'
import { createGateway } from '../../src/wiring/gateway.ts'
import { tempHome } from '../gateway/programs.ts'
import type { CleanUp } from '../support/clean-up.ts'

const nobody = (): never => assert.fail('there is no account')

interface House {
  readonly clock: VirtualClock
  /** A gateway without an account that lives for so long. */
  live(forMs: number, during: (journal: Journal) => Promise<void>): Promise<void>
}

function house(t: CleanUp): House {
  const path = join(tempHome(t), 'journal.sqlite')
  const clock = createVirtualClock(Date.UTC(2026, 0, 1))
  return {
    clock,
    async live(forMs, during) {
      const journal = openJournal({ path, clock, schedule: queueMicrotask })
      const gateway = createGateway({
        clock,
        random: systemRandom,
        log: silentLogger,
        net: { dial: nobody, request: nobody },
        journal,
        agent: createEcho(),
        accounts: { given: [], access: nobody, capabilities: nobody },
        settings: { onAllDown: 'stay', reviveSeconds: [1], language: 'en', http: null, maxTurns: 1 },
        supervised: false,
        redact: text => text,
        onChange() {},
        onVerdict: nobody,
        onBug: thrown => assert.fail(String(thrown)),
      })
      gateway.start(0)
      await during(journal)
      await clock.advance(forMs)
      await drain(gateway.drainSteps, 1000, clock)
    },
  }
}

test('a gateway that never lives for an hour clears what people said a day after its end', async t => {
  const { clock, live } = house(t)
  const textNow = async (journal: Journal) => (await journal.trace('m1'))?.inbox?.message.text

  await live(30 * 60_000, async journal => {
    await journal.accept(ACCOUNT, { message: sampleMessage('m1') }, { triage: RUN, replyUntilMs: 1 })
    await journal.endTurn(ACCOUNT, ['m1'], 'silent', null, [])
  })
  await clock.advance(DAY_MS)
  await live(30 * 60_000, async journal => assert.equal(await textNow(journal), 'text of m1'))
  await live(0, async journal => assert.equal(await textNow(journal), ''))
})

test('what is open of an account that is gone from the settings ends after a day, by what is known of it, and its words go', async t => {
  const { clock, live } = house(t)
  const accept = (journal: Journal, id: string) =>
    journal.accept(ACCOUNT, { message: sampleMessage(id) }, { triage: RUN, replyUntilMs: clock.nowMs() + HOUR_MS })
  const endsNow = async (journal: Journal) => (await journal.dead()).map(({ end, text }) => [end, text])

  await live(0, async journal => {
    for (const id of ['queued', 'running', 'replied']) await accept(journal, id)
    await journal.beginTurn(ACCOUNT, 'running')
    const untilMs = clock.nowMs() + HOUR_MS
    const place = { via: 'msg_id', id: 'replied', untilMs } as const
    const rows = await journal.endTurn(ACCOUNT, ['replied'], 'answered', null, [
      sampleReply('replied', null, { state: 'pending', text: 'of its own accord' }),
      sampleReply('replied', null, { state: 'pending', text: 'its process died at it' }),
      sampleReply('replied', 1, { reply: { ...place, seq: 1 }, text: 'perhaps tried' }),
      sampleReply('replied', 2, { reply: { ...place, seq: 2 }, text: 'noted as untried' }),
    ])
    await journal.updateReply(rows[1]?.id ?? 0, { state: 'sending' })
    await journal.set(ACCOUNT, 'untried_replies', [rows[3]?.id ?? 0])
  })
  await clock.advance(DAY_MS - HOUR_MS)
  await live(HOUR_MS - 1, async () => {})
  await live(0, async journal => {
    assert.deepEqual(await endsNow(journal), [], 'the account may come back')
    assert.deepEqual(journal.pending(ACCOUNT), { incoming: 3, outgoing: 4 })
  })
  await live(HOUR_MS, async () => {})
  await live(0, async journal => {
    assert.deepEqual(
      new Set(await endsNow(journal)),
      new Set([
        ['dead: stale', 'text of queued'],
        ['dead: stale', 'text of running'],
        ['expired', 'of its own accord'],
        ['unknown', 'its process died at it'],
        ['unknown', 'perhaps tried'],
        ['expired', 'noted as untried'],
      ]),
    )
    const { inbox } = (await journal.trace('replied')) ?? assert.fail()
    assert.deepEqual([inbox?.state, inbox?.end], ['ended', 'answered'])
    assert.deepEqual(journal.pending(ACCOUNT), { incoming: 0, outgoing: 0 })
  })
  await clock.advance(DAY_MS)
  await live(HOUR_MS, async () => {})
  await live(0, async journal =>
    assert.deepEqual(
      (await journal.dead()).map(({ text }) => text),
      Array(6).fill(''),
    ),
  )
})
