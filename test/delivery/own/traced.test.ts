/** What a person holds of a message, be it the key of a program or the number of an incident, leads to what became of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxHere } from '../../../scripts/survival/boxes.ts'
import { createWorld } from '../../../scripts/survival/world.ts'
import { eventually } from '../../support/eventually.ts'
import { SOURCES } from '../../support/herald.ts'

const DEADLINE_MS = 20_000

test('by its key, and by the number that its sender was told: in the chat of an owner as on the console', async t => {
  const { box, start, command } = await createWorld(t, SOURCES, boxHere).scene({
    agent: { type: 'command', command: 'false' },
  })
  const herald = start()
  await herald.connected()
  const asked = async (person: string, text: string): Promise<string> => {
    const before = (await box.answers({ person })).length
    await box.say({ person, text })
    const answers = await eventually(
      `an answer to ${text}`,
      DEADLINE_MS,
      async () => {
        const all = await box.answers({ person })
        return all.length > before ? all : undefined
      },
      herald.stderr,
    )
    return answers.at(-1)?.text ?? ''
  }
  const code = /owner: (\S+)/.exec((await command('pairing', 'owner')).stdout)?.[1] ?? ''
  assert.match(await asked('Olga', code), /my owner now/)
  const { chat } = await box.say({ person: 'Alice', text: 'is anybody there?' })
  const notice = await eventually(
    'the number of an incident',
    DEADLINE_MS,
    async () => (await box.answers({ person: 'Alice' }))[0]?.text,
    herald.stderr,
  )
  const number = /Incident ([0-9a-f]{8})/.exec(notice)?.[1] ?? ''
  const sent = await command('send', `qqbot:c2c:${chat.openid}`, 'good morning', '--key', 'morning')
  assert.equal(sent.code, 0, sent.stderr)

  const failed = /^\S+: dead: agent \(agent_broken, incident [0-9a-f]{8}\)\n→ \d+ notice: accepted, 1 posts$/
  assert.match(await asked('Olga', `/trace ${number}`), failed)
  assert.match(await asked('Olga', '/trace morning'), /^→ \d+ \S+: accepted, 1 posts$/)
  assert.match(await asked('Alice', `/trace ${number}`), /for my owner/)
  assert.match(await asked('Alice', '/trace morning'), /for my owner/)

  const onConsole = async (...args: readonly string[]): Promise<string> => (await command(...args)).stdout
  const running = await onConsole('trace', number)
  assert.match(running, /is anybody there\?[\s\S]*ended: dead: agent \(1 turn begun, agent_broken, incident/)
  assert.equal(await onConsole('incident', number), running)
  herald.kill('SIGTERM')
  await herald.end(DEADLINE_MS)
  assert.equal(await onConsole('incident', number), running)
  assert.match(await onConsole('trace', 'morning'), /good morning/)
})
