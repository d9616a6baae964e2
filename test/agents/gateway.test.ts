/** Agents behind a whole gateway: what the chat reads when all is well, and when it is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxHere } from '../../scripts/survival/boxes.ts'
import { configFor, createWorld, type Scene } from '../../scripts/survival/world.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'
import { eventually } from '../support/eventually.ts'
import { type Herald, SOURCES } from '../support/herald.ts'
import { type Script, startOpenAiServer } from '../support/openai-server.ts'
import { ACP_AGENT } from './acp/house.ts'
import { calling, resultsIn, TOOL_SERVER } from './tools/house.ts'

const BOUND_MS = 60_000
const CHAT = { person: 'Alice' }

async function started(
  t: CleanUp,
  agent: Readonly<Record<string, unknown>>,
  more: object = {},
): Promise<{ readonly scene: Scene; readonly herald: Herald; ask(text: string): Promise<string> }> {
  const scene = await createWorld(t, SOURCES, boxHere).scene()
  scene.write(JSON.stringify({ ...configFor(scene.box, { agent }), ...more }))
  const herald = scene.start()
  await herald.connected(BOUND_MS)
  return {
    scene,
    herald,
    async ask(text) {
      const before = (await scene.box.answers(CHAT)).length
      await scene.box.say({ ...CHAT, text })
      return eventually(`an answer to ${text}`, BOUND_MS, async () => (await scene.box.answers(CHAT))[before]?.text)
    },
  }
}

const FAULTS: readonly [name: string, script: Script, tries: number, notice: RegExp][] = [
  ['429 for long', ({ reply }) => reply(429, 'slow down', { 'retry-after': '3600' }), 1, /refused the request/],
  ['500', ({ reply }) => reply(500, '<html>oops</html>'), 3, /cannot be reached/],
  ['a wrong key', ({ reply }) => reply(401, { error: { message: 'bad key sk-agent-key' } }), 1, /refused the request/],
  ['a broken event', exchange => exchange.raw('data: {"choices": [{"del\n\n'), 3, /broke off/],
  [
    'cut in the middle',
    exchange => {
      exchange.delta('half an ans')
      setTimeout(() => exchange.die(), 50)
    },
    1,
    /broke off|cannot be reached/,
  ],
  ['nothing', exchange => exchange.done(), 1, /answered with nothing/],
  ['too much', exchange => exchange.delta('x'.repeat(1024 * 1024)), 1, /answer got too long/],
]

test('J100 whatever the server of a model does, the chat hears of it once, with an incident id, and the next message is answered', async t => {
  const model = await startOpenAiServer({ reply: ({ messages }) => `heard ${messages.at(-1)?.content}` })
  cleanUp(t, () => model.stop())
  const { ask, herald, scene } = await started(t, {
    type: 'openai',
    base_url: model.baseUrl,
    model: 'm',
    api_key: 'sk-agent-key',
  })
  for (const [name, script, tries, notice] of FAULTS) {
    model.script(...Array.from({ length: tries }, () => script))
    const said = await ask(name)
    assert.match(said, notice, name)
    const incident = /Incident ([0-9a-f]{8})\.\)$/.exec(said)?.[1]
    assert.ok(incident !== undefined, said)
    const line = herald
      .stderr()
      .split('\n')
      .find(one => one.includes(incident))
    assert.match(line ?? '', /a turn failed/, 'the log has the rest')
    assert.equal(await ask(`after ${name}`), `heard after ${name}`)
  }
  const everything = JSON.stringify(await scene.box.answers(CHAT)) + herald.stderr()
  assert.doesNotMatch(everything, /sk-agent-key/)
  assert.equal((await scene.box.answers(CHAT)).length, 2 * FAULTS.length)
})

test('herald status says with the first unanswered message that nobody listens, not for one that was refused, and when it is well', async t => {
  const gone = await startOpenAiServer()
  await gone.stop()
  const { ask, scene } = await started(t, { type: 'openai', base_url: gone.baseUrl, model: 'm' })
  assert.equal((await scene.command('status')).code, 0, 'nobody has asked yet')
  assert.match(await ask('anybody there?'), /cannot be reached/)
  const down = await scene.command('status')
  assert.equal(down.code, 1)
  assert.match(down.stdout, /failing \(agent_unreachable: /)
  const back = await startOpenAiServer({ port: Number(new URL(gone.baseUrl).port), reply: () => 'here' })
  cleanUp(t, () => back.stop())
  assert.equal(await ask('and now?'), 'here')
  assert.equal((await scene.command('status')).code, 0)
  back.script(({ reply }) => reply(400, { error: { message: 'too long' } }))
  assert.match(await ask('what it does not take'), /refused the request/)
  assert.equal((await scene.command('status')).code, 0)
})

test('a model asks leave for a tool in the chat, hears what it gave, and answers', async t => {
  const model = await startOpenAiServer({ reply: () => 'it is 5' })
  cleanUp(t, () => model.stop())
  const { ask } = await started(
    t,
    { type: 'openai', base_url: model.baseUrl, model: 'm' },
    { mcp_servers: { box: { command: process.execPath, args: [TOOL_SERVER] } } },
  )
  model.script(calling(['box__add', { a: 2, b: 3 }]))
  const asked = await ask('how much?')
  assert.match(asked, /I need your leave.*\nbox: add\n\{"a":2,"b":3\}/s)
  assert.equal(await ask('/approve'), 'it is 5')
  assert.deepEqual(resultsIn(model, 2), ['5'])
})

test('an agent of the Agent Client Protocol: an answer, a question, a crash that is told once, and an answer again', async t => {
  const { ask, scene } = await started(t, { type: 'acp', command: process.execPath, args: [ACP_AGENT] })
  assert.equal(await ask('stream'), 'one two three')
  const asked = await ask('permit')
  assert.match(asked, /I need your leave.*remove notes\.txt/s)
  assert.doesNotMatch(asked, new RegExp(scene.home), 'no path of this machine')
  assert.equal(await ask('2'), 'chosen: always')
  assert.match(await ask('crash'), /broke off\. Incident/)
  assert.equal(await ask('think'), 'said')
  const answers = await scene.box.answers(CHAT)
  assert.equal(answers.filter(({ text }) => text.includes('Incident')).length, 1)
  assert.doesNotMatch(JSON.stringify(answers), /disk is on fire|half an ans|SECRET THOUGHT/)
})

test('a bot that is online with a dead agent is not ready, and says so', async t => {
  const { herald, scene, ask } = await started(t, { type: 'command', command: '/nowhere/agent' })
  assert.match(await ask('hello'), /cannot be reached.*Incident/)
  const ready = await herald.get('/readyz')
  assert.equal(ready.status, 503)
  assert.match(ready.text, /agent:default.*\/nowhere\/agent could not be started/)
  const { stdout, code } = await scene.command('status')
  assert.match(stdout, /\/nowhere\/agent could not be started/)
  assert.equal(code, 1, 'running, and not well')
})

test('a tool server that is away is named in status; the model answers without it, and all is ready', async t => {
  const model = await startOpenAiServer({ reply: () => 'without tools' })
  cleanUp(t, () => model.stop())
  const { ask, herald, scene } = await started(
    t,
    { type: 'openai', base_url: model.baseUrl, model: 'm' },
    { mcp_servers: { box: { command: '/nowhere/tools' } } },
  )
  assert.equal(await ask('hello'), 'without tools')
  const { stdout } = await scene.command('status')
  assert.match(stdout, /openai: ok \(the tools of box could not be started\)/)
  assert.equal((await herald.get('/readyz')).status, 200)
})
