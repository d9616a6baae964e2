/** What goes with the words can be refused by itself; then the words go on alone. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Button } from '../../../src/platforms/platform.ts'
import type { ChatRef, FaultSpec } from '../../../src/sandbox/sandbox.ts'
import { TEST_BOT } from '../../support/sandbox.ts'
import { untilSettled, worldFor } from '../box-house.ts'

const ALICE: ChatRef = { person: 'Alice' }
const yes: Button = { id: '1', label: 'Yes', data: 'herald:yes', style: 'primary' }
const WORDS = 'Shall I? (Answer 1 for yes.)'

/** What people saw of an answer with buttons, after the platform has refused `fault`. */
async function afterRefusal(t: TestContext, fault: FaultSpec | undefined, text = WORDS) {
  const { box, hear, answer, journal } = await worldFor(t)
  if (fault) box.fault(fault)
  const message = await hear({ person: 'Alice', text: 'do it' })
  await answer(message, text, { keyboard: [[yes]] })
  await untilSettled(box, journal)
  return box.answers(ALICE).map(shown => ({
    text: shown.text,
    form: shown.form,
    buttons: shown.keyboard !== undefined,
  }))
}

test('buttons hang under the words', async t => {
  assert.deepEqual(await afterRefusal(t, undefined), [{ text: WORDS, form: 'markdown', buttons: true }])
})

for (const code of [304037, 304057, 40034029, 305007, 11253, 999_999])
  test(`F78 a keyboard refused with ${code}: the same words without it, once`, async t => {
    const seen = await afterRefusal(t, { kind: 'send', when: 'keyboard', code })
    assert.deepEqual(seen, [{ text: WORDS, form: 'text', buttons: false }])
  })

for (const code of [304014, 40034012, 11293])
  test(`F78 Markdown under the buttons refused with ${code}: the same words plain, once`, async t => {
    const seen = await afterRefusal(t, { kind: 'send', when: 'markdown', code })
    assert.deepEqual(seen, [{ text: WORDS, form: 'text', buttons: false }])
  })

test('F78 Markdown words with buttons, both refused, arrive as plain ones', async t => {
  const text = '**Shall I?**\n\n- 1: yes'
  const seen = await afterRefusal(t, { kind: 'send', when: 'markdown', code: 40034012 }, text)
  assert.deepEqual(seen, [{ text, form: 'text', buttons: false }])
})

test('where Markdown is known to be refused the buttons are not even tried', async t => {
  const { box, hear, answer, journal } = await worldFor(t)
  box.changeBot({ appId: TEST_BOT.appId, markdown: false })
  await answer(await hear({ person: 'Alice', text: 'a' }), '**first**')
  await untilSettled(box, journal)
  const message = await hear({ person: 'Alice', text: 'b' })
  await answer(message, '**second**', { keyboard: [[yes]] })
  await untilSettled(box, journal)
  assert.equal(box.replies(message.id)?.posts, 1)
})

test('an answer quotes, and goes on without the quote where it is refused', async t => {
  const { box, hear, answer, journal } = await worldFor(t)
  const said = box.say({ person: 'Alice', text: 'which one?' })
  await answer(await hear({ person: 'Alice', text: 'a' }), 'this one', { quote: said.refIdx })
  await untilSettled(box, journal)
  box.fault({ kind: 'send', when: 'any', code: 50048, times: 1 })
  await answer(await hear({ person: 'Alice', text: 'b' }), 'that one', { quote: 'REFIDX_gone==' })
  await untilSettled(box, journal)
  assert.deepEqual(
    box.answers(ALICE).map(shown => [shown.text, shown.quote?.text]),
    [
      ['this one', 'which one?'],
      ['that one', undefined],
    ],
  )
})

test('a text that is too long for one post keeps its buttons under the end', async t => {
  const { box, hear, answer, journal } = await worldFor(t)
  box.fault({ kind: 'send', when: 'any', code: 40054007, times: 1 })
  await answer(await hear({ person: 'Alice', text: 'a' }), '**one** two three. Four five six seven.', {
    keyboard: [[yes]],
  })
  await untilSettled(box, journal)
  assert.deepEqual(
    box.answers(ALICE).map(shown => shown.keyboard !== undefined),
    [false, true],
  )
})
