/** Commands by buttons under the help, through the whole gateway, over real sockets. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ChatRef, Sandbox } from '../../../../src/sandbox/sandbox.ts'
import { type GatewayOptions, gatewayFor } from '../../../support/qq-house.ts'
import { sandboxFor, untilAnswers } from '../../../support/sandbox.ts'

const ALICE: ChatRef = { person: 'Alice' }

interface Shown {
  readonly label: string
  readonly data: string
}

async function helped(t: TestContext, words: string, options: GatewayOptions = {}) {
  const box = await sandboxFor(t)
  await gatewayFor(t, box, options)
  box.say({ person: 'Alice', text: words })
  const [help] = await untilAnswers(box, ALICE, 1)
  assert.ok(help)
  return { box, help, buttons: buttonsOf(help.keyboard) }
}

function buttonsOf(keyboard: unknown): readonly Shown[] {
  const { content } = keyboard as {
    content: { rows: { buttons: { render_data: { label: string }; action: Shown }[] }[] }
  }
  return content.rows.flatMap(row =>
    row.buttons.map(({ render_data: { label }, action: { data } }) => ({ label, data })),
  )
}

async function pressed(box: Sandbox, { data }: Shown): Promise<string> {
  const { length } = box.answers(ALICE)
  // What QQ makes of such a press is a message of the one who pressed.
  box.say({ person: 'Alice', text: data })
  return (await untilAnswers(box, ALICE, length + 1))[length]?.text ?? ''
}

for (const [words, language, labels] of [
  ['/help', 'en', ['/new', '/stop', '/retry', '/undo', '/status', '/usage']],
  ['/帮助', 'zh', ['/新对话', '/停止', '/重试', '/撤销', '/状态', '/用量']],
] as const) {
  test(`${words}: each button is whole, and does what its words do`, async t => {
    const { box, help, buttons } = await helped(t, words, { language })
    assert.deepEqual(
      buttons.map(({ label }) => label),
      labels,
    )
    for (const button of buttons) {
      assert.ok(help.text.includes(`${button.data}`), `${button.data} stands in the words above`)
      assert.doesNotMatch(await pressed(box, button), /^echo/)
    }
    assert.throws(() => box.click({ message: help.id, button: 'status' }), /no button .* calls back/)
  })
}

test('where buttons are refused the help is its words', async t => {
  const box = await sandboxFor(t)
  await gatewayFor(t, box)
  box.fault({ kind: 'send', when: 'keyboard', code: 304057 })
  box.say({ person: 'Alice', text: '/help' })
  const [help] = await untilAnswers(box, ALICE, 1)
  assert.equal(help?.keyboard, undefined)
  assert.match(help?.text ?? '', /\/status: /)
})
