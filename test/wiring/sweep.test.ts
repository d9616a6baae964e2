/** What has outlived its keep is forgotten by a gateway that runs, however short its lives are. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { createEcho } from '../../src/agents/echo.ts'
import { drain } from '../../src/gateway/process/drain.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { ACCOUNT, DAY_MS, RUN, sampleMessage } from '../../src/journal/suite/samples.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { createGateway } from '../../src/wiring/gateway.ts'
import { tempHome } from '../gateway/programs.ts'

const nobody = (): never => assert.fail('there is no account')

test('a gateway that never lives for an hour clears what people said a day after its end', async t => {
  const path = join(tempHome(t), 'journal.sqlite')
  const clock = createVirtualClock(Date.UTC(2026, 0, 1))
  const live = async (forMs: number, during: (journal: Journal) => Promise<void>): Promise<void> => {
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
  }
  const textNow = async (journal: Journal) => (await journal.trace('m1'))?.inbox?.message.text

  await live(30 * 60_000, async journal => {
    await journal.accept(ACCOUNT, { message: sampleMessage('m1') }, { triage: RUN, replyUntilMs: 1 })
    await journal.endTurn(ACCOUNT, ['m1'], 'silent', null, [])
  })
  await clock.advance(DAY_MS)
  await live(30 * 60_000, async journal => assert.equal(await textNow(journal), 'text of m1'))
  await live(0, async journal => assert.equal(await textNow(journal), ''))
})
