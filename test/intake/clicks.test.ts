/** Presses on buttons at the door. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JournalUnwritableError } from '../../src/lib/errors.ts'
import type { Click, ClickVerdict } from '../../src/platforms/platform.ts'
import { ACCOUNT, createMachine } from './helpers.ts'

const HOUR_MS = 3_600_000
const CHAT = { account: ACCOUNT, kind: 'c2c', id: 'alice' } as const

function press(id: string, told: ClickVerdict[] = [], seq = 1) {
  const click: Click = {
    id,
    chat: CHAT,
    senderId: 'alice',
    data: `data of ${id}`,
    reply: { via: 'event_id', id: 'E1' },
  }
  return { cursor: { seq }, click, onVerdict: (verdict: ClickVerdict) => void told.push(verdict) }
}

test('a press is on disk with its cursor, is handed over, and its verdict told', async t => {
  const { intake, journal, clicked, taken } = createMachine(t).start({ verdict: 'foreign' })
  const told: ClickVerdict[] = []
  await intake.accept(ACCOUNT, press('p1', told))
  assert.deepEqual([clicked, taken, told], [['data of p1'], [], ['foreign']])
  assert.deepEqual(await journal.cursor(ACCOUNT), { seq: 1 })
  const kept = await journal.trace('p1')
  assert.deepEqual([kept?.inbox?.end, kept?.inbox?.detail], ['silent', 'button'])
})

test('F75 the same press is handed over once: at once, after a restart, ten hours later', async t => {
  const machine = createMachine(t)
  const first = machine.start()
  const told: ClickVerdict[] = []
  await Promise.all([
    first.intake.accept(ACCOUNT, press('p1', told)),
    first.intake.accept(ACCOUNT, press('p1', told, 2)),
  ])
  await first.journal.close()
  const second = machine.start()
  await machine.clock.advance(10 * HOUR_MS)
  await second.journal.sweep()
  await second.intake.accept(ACCOUNT, press('p1', told, 3))
  assert.deepEqual([first.clicked, second.clicked], [['data of p1'], []])
  assert.deepEqual(told, ['accepted', 'repeated', 'repeated'])
  assert.deepEqual(await second.journal.cursor(ACCOUNT), { seq: 3 })
})

test('a press that is not on disk decides nothing', async t => {
  const machine = createMachine(t)
  const { journal } = machine.start()
  const full = { ...journal, accept: () => Promise.reject(new JournalUnwritableError('disk full')) }
  const { intake, clicked } = machine.start({ journal: full })
  const told: ClickVerdict[] = []
  await assert.rejects(intake.accept(ACCOUNT, press('p1', told)), JournalUnwritableError)
  assert.deepEqual([clicked, told], [[], []])
})
