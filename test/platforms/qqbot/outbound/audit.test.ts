/** Messages that the platform takes for an audit by people, through the whole gateway, over real sockets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatRef, Sandbox } from '../../../../src/sandbox/sandbox.ts'
import { eventually } from '../../../support/eventually.ts'
import { gatewayFor } from '../../../support/qq-house.ts'
import { sandboxFor, until, untilAnswers } from '../../../support/sandbox.ts'

const ALICE: ChatRef = { person: 'Alice' }
const REFUSED = /did not pass the content check/

const texts = (box: Sandbox): readonly string[] => box.answers(ALICE).map(({ text }) => text)

test('E59 what the audit refuses is told in a place of its own, and listed', async t => {
  const box = await sandboxFor(t)
  const { journal } = await gatewayFor(t, box)
  box.fault({ kind: 'audit', verdict: 'reject', verdictAfterMs: 20, times: 1 })
  box.say({ person: 'Alice', text: 'bad words' })
  const [notice] = await untilAnswers(box, ALICE, 1)
  assert.match(notice?.text ?? '', REFUSED)
  assert.equal(notice?.seq, 2)
  const [entry] = await journal.dead()
  assert.deepEqual([entry?.end, entry?.text], ['refused', 'echo: bad words'])
  assert.match(entry?.detail ?? '', /refused by the audit/)
})

test('E59 a verdict that overtakes the answer to the post counts all the same', async t => {
  const box = await sandboxFor(t)
  const { journal } = await gatewayFor(t, box)
  box.fault({ kind: 'audit', verdict: 'reject', verdictAfterMs: 1, times: 1 })
  box.fault({ kind: 'http', route: 'send', delayMs: 400, times: 1 })
  box.say({ person: 'Alice', text: 'bad words' })
  await untilAnswers(box, ALICE, 1)
  assert.match(texts(box)[0] ?? '', REFUSED)
  assert.deepEqual(
    (await journal.dead()).map(({ end }) => end),
    ['refused'],
  )
})

test('E59 without a place left the chat reads of it when it speaks again, once', async t => {
  const box = await sandboxFor(t)
  const { journal } = await gatewayFor(t, box, { settings: { textLimit: 100 } })
  box.fault({ kind: 'audit', verdict: 'reject', verdictAfterMs: 200, times: 4 })
  // Four parts, and four places.
  box.say({ person: 'Alice', text: `${'x'.repeat(80)}\n\n`.repeat(4).trim() })
  await until(box, 'four posts under audit', () => box.counters().sends === 4)
  await eventually('four refusals', 10_000, async () => {
    const dead = await journal.dead()
    return dead.filter(({ end }) => end === 'refused').length === 4
  })
  assert.deepEqual(texts(box), [])
  box.say({ person: 'Alice', text: 'again' })
  await untilAnswers(box, ALICE, 2)
  assert.deepEqual(
    texts(box).map(text => text.split(REFUSED).length - 1),
    [1, 0],
  )
  assert.equal(texts(box)[1], 'echo: again')
})

test('what passes has a name from then on, by which it can be taken back', async t => {
  const box = await sandboxFor(t)
  await gatewayFor(t, box)
  box.fault({ kind: 'audit', verdict: 'pass', verdictAfterMs: 20, times: 1 })
  box.say({ person: 'Alice', text: 'good words' })
  const [shown] = await untilAnswers(box, ALICE, 1)
  await until(box, 'the verdict is acknowledged', () =>
    box.log.entries({ kinds: ['frame'] }).some(one => one.kind === 'frame' && /AUDIT_PASS/.test(one.text)),
  )
  box.say({ person: 'Alice', text: '/recall' })
  await until(box, 'it is gone', () => shown?.recalled)
})
