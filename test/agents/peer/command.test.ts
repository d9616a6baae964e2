import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Agent, AgentEvent } from '../../../src/agents/agent.ts'
import { type CommandSettings, createCommand } from '../../../src/agents/peer/command.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { type CleanUp, cleanUp } from '../../support/clean-up.ts'
import { eventually } from '../../support/eventually.ts'
import { alive, noteLog, tell } from '../acp/house.ts'
import { ask, TURN } from '../house.ts'

const PROGRAM = join(import.meta.dirname, 'program.ts')

function commandHouse(t: CleanUp, settings: Partial<CommandSettings> = {}): { agent: Agent; logged: string[] } {
  const logged: string[] = []
  const agent = createCommand(
    { type: 'command', command: process.execPath, args: [PROGRAM], env: {}, output: 'text', ...settings },
    { clock: systemClock, log: noteLog(logged), env: process.env },
  )
  cleanUp(t, () => agent.close())
  return { agent, logged }
}

test('one JSON line in, the text out; line ends behind it are not part of the answer', async t => {
  const { agent } = commandHouse(t)
  assert.equal((await tell(agent, '你好 there')).text, 'heard 你好 there')
  const attachments = [
    { kind: 'image', name: 'a.png', path: '/x/a.png', mediaType: 'image/png', url: 'https://secret' },
  ] as const
  const history = [{ role: 'user', text: 'before' }] as const
  const asked = JSON.parse((await tell(agent, 'asked', { attachments, history, prompt: '[by u] asked' })).text)
  assert.deepEqual(asked, {
    id: 'qqbot/m1',
    chat: 'qqbot:c2c:alice',
    session: 'qqbot:c2c:alice',
    sender: { id: 'alice' },
    text: 'asked',
    prompt: '[by u] asked',
    history,
    attachments: [{ kind: 'image', name: 'a.png', path: '/x/a.png', media_type: 'image/png' }],
    repeated: false,
  })
})

test('events: words, notes, files and tokens, each for what it is', async t => {
  const { agent } = commandHouse(t, { output: 'events' })
  const { events } = await ask(agent, { text: 'events' })
  assert.deepEqual(events, [
    { kind: 'text', text: 'one ' },
    { kind: 'note', text: 'thinking' },
    {
      kind: 'media',
      media: { kind: 'image', name: 'cat.png', source: { path: '/tmp/x/cat.png' } },
      caption: 'a cat',
    },
    { kind: 'media', media: { kind: 'file', name: 'dog.jpg', source: { url: 'https://example.org/a/dog.jpg?x=1' } } },
    { kind: 'usage', inputTokens: 3, outputTokens: 4 },
    { kind: 'text', text: 'two' },
  ] satisfies AgentEvent[])
  await assert.rejects(tell(agent, 'error'), { code: 'agent_broken', message: /the model is away/ })
  await assert.rejects(tell(agent, 'garbage'), { code: 'agent_broken', message: /no JSON object/ })
})

test('a program that fails: the chat gets a code, the log what it said last', async t => {
  const { agent, logged } = commandHouse(t)
  await assert.rejects(tell(agent, 'fail'), error => {
    assert.ok(error instanceof Error && 'code' in error)
    assert.equal(error.code, 'agent_broken')
    assert.match(error.message, /ended with code 3$/)
    return true
  })
  assert.ok(logged.some(line => line.includes('"lastWords":"it burns"')))
})

test('a program that is not there cannot start, and a good turn mends it', async t => {
  const { agent } = commandHouse(t, { command: '/no/such/program' })
  await assert.rejects(tell(agent, 'hello'), { code: 'agent_unreachable', message: /could not be started/ })
  assert.deepEqual(agent.health().cannotStart, true)
})

test('saying nothing is a choice', async t => {
  const { agent } = commandHouse(t)
  assert.deepEqual(await ask(agent, { text: 'quiet' }), { events: [], text: '' })
})

test('an answer without end is cut off', async t => {
  const { agent } = commandHouse(t, { limits: { answerChars: 5000 } })
  await assert.rejects(tell(agent, 'flood'), { code: 'agent_too_long' })
})

test('a stop ends the program and all that it started within a second, though it heeds no signal', async t => {
  const { agent } = commandHouse(t)
  const stop = new AbortController()
  let pids: number[] = []
  let stoppedMs = 0
  await assert.rejects(
    tell(agent, 'hang', {
      signal: stop.signal,
      onEvent(event) {
        if (event.kind === 'text') pids = event.text.split(' ').map(Number)
        stoppedMs = performance.now()
        stop.abort(new Error('stopped'))
      },
    }),
    /stopped/,
  )
  assert.ok(performance.now() - stoppedMs < 1500, 'with room for a busy machine')
  assert.equal(pids.length, 2)
  await eventually('both are gone', 3_000, () => pids.every(pid => !alive(pid)))
})

test('silence has a bound', async t => {
  const { agent } = commandHouse(t, { limits: { silenceMs: 300 } })
  await assert.rejects(tell(agent, 'hang'), { code: 'agent_timeout', message: /nothing further written within 300 ms/ })
})

test('what a program leaves running ends with it', async t => {
  const { agent } = commandHouse(t)
  const pid = Number((await tell(agent, 'leave')).text)
  assert.ok(pid > 0)
  await eventually('it is gone', 3_000, () => !alive(pid))
})

test('no more run at the same time than the settings say; one that waits can be stopped', async t => {
  const { agent } = commandHouse(t, { limits: { concurrency: 1 } })
  const first = tell(agent, 'slow')
  const second = tell(agent, 'slow')
  const stop = new AbortController()
  const third = ask(agent, { ...TURN, text: 'slow' }, stop.signal)
  stop.abort(new Error('stopped'))
  await assert.rejects(third, /stopped/)
  const [one, two] = await Promise.all([first, second])
  assert.ok(Number(two.text) - Number(one.text) >= 290)
})

test("a program whose output stays open in somebody else's hands is given up in its time", {
  timeout: 30_000,
}, async t => {
  // A session of its own: what it starts so does not end with its group.
  const script = "setsid sh -c 'echo $$; exec sleep 60' & sleep 0.2"
  const { agent } = commandHouse(t, {
    command: 'sh',
    args: ['-c', script],
    limits: { firstMs: 10_000, silenceMs: 1_500 },
  })
  let pid = 0
  cleanUp(t, () => process.kill(pid, 'SIGKILL'))
  const said: AgentEvent[] = []
  await assert.rejects(
    async () => {
      for await (const event of agent.run(TURN, new AbortController().signal)) said.push(event)
    },
    { code: 'agent_timeout', message: /nothing further written/ },
  )
  const words = said.map(event => (event.kind === 'text' ? event.text : '')).join('')
  pid = Number(words.trim())
  assert.ok(alive(pid))
})
