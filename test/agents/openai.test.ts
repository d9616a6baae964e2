import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Agent, AgentEvent, AgentTurn } from '../../src/agents/agent.ts'
import { type AgentSettings, createAgent } from '../../src/agents/create-agent.ts'
import { createStreamPost } from '../../src/agents/http-stream.ts'
import type { OpenAiSettings } from '../../src/agents/openai.ts'
import { type LogFields, type Logger, silentLogger } from '../../src/lib/log.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { createVirtualClock, type VirtualClock } from '../../src/lib/virtual-clock.ts'
import { type Exchange, type OpenAiServer, startOpenAiServer } from '../support/openai-server.ts'

const KEY = 'sk-test-0123456789'
const TURN: AgentTurn = {
  id: 'qqbot/m1',
  chat: { account: 'qqbot', kind: 'c2c', id: 'alice' },
  sender: { id: 'alice' },
  text: 'hello',
  history: [],
}

interface House {
  readonly server: OpenAiServer
  readonly agent: Agent
  readonly clock: VirtualClock
  readonly logged: string[]
}

async function house(t: TestContext, settings: Partial<OpenAiSettings> = {}): Promise<House> {
  const server = await startOpenAiServer()
  t.after(() => server.stop())
  const clock = createVirtualClock()
  const logged: string[] = []
  const write = (message: string, fields?: LogFields): void => {
    logged.push(`${message} ${JSON.stringify(fields)}`)
  }
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log }
  const all: AgentSettings = { type: 'openai', baseUrl: server.baseUrl, apiKey: KEY, model: 'small', ...settings }
  const agent = createAgent(all, { clock, random: seededRandom(1), log, stream: createStreamPost() })
  t.after(() => agent.close())
  return { server, agent, clock, logged }
}

interface Told {
  readonly text: string
  readonly events: readonly AgentEvent[]
}

async function ask(agent: Agent, turn: Partial<AgentTurn> = {}, signal = new AbortController().signal): Promise<Told> {
  const events: AgentEvent[] = []
  for await (const event of agent.run({ ...TURN, ...turn }, signal)) events.push(event)
  return { events, text: events.map(event => (event.kind === 'text' ? event.text : '')).join('') }
}

/** For tests in which time runs on by itself: a machine under load must not look like a slow server. */
const PATIENT = { limits: { firstTokenMs: 24 * 3_600_000, silenceMs: 24 * 3_600_000, turnMs: 48 * 3_600_000 } }

/** Lets time pass until the promise is settled: sockets take real time, waits take next to none. */
async function whileTimePasses<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let settled = false
  const watched = promise.finally(() => {
    settled = true
  })
  watched.catch(() => {})
  while (!settled) {
    await clock.advance(100)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  return watched
}

/** The exchange of the next request, kept open for the test to go on with. */
function nextExchange(server: OpenAiServer): Promise<Exchange> {
  return new Promise(resolve => server.script(resolve))
}

test('echo answers with what it got', async () => {
  const world = { clock: createVirtualClock(), random: seededRandom(1), log: silentLogger, stream: createStreamPost() }
  const agent = createAgent({ type: 'echo' }, world)
  assert.equal((await ask(agent, { text: '你好' })).text, 'echo: 你好')
  assert.equal(agent.health().state, 'ok')
})

test('the model is given the prompt, the past and the message, and its answer comes in pieces', async t => {
  const { server, agent, clock } = await house(t, { systemPrompt: 'Be short.' })
  const history = [
    { role: 'assistant' as const, text: 'cut from its question' },
    { role: 'user' as const, text: 'one' },
    { role: 'assistant' as const, text: 'two' },
  ]
  const { text, events } = await ask(agent, { history, text: '<b>"three"</b>\n' })
  assert.equal(text, 'you said: <b>"three"</b>\n')
  assert.ok(events.length > 2)
  assert.deepEqual(events.at(-1), { kind: 'usage', inputTokens: 10, outputTokens: 5 })
  const [request] = server.requests
  assert.equal(request?.path, '/v1/chat/completions')
  assert.equal(request?.headers.authorization, `Bearer ${KEY}`)
  assert.equal(request?.body['model'], 'small')
  assert.equal(request?.body['stream'], true)
  assert.deepEqual(request?.messages, [
    { role: 'system', content: 'Be short.' },
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'two' },
    { role: 'user', content: '<b>"three"</b>\n' },
  ])
  assert.deepEqual(agent.health(), { state: 'ok', lastOkAtMs: clock.nowMs() })
  assert.equal(clock.armed, 0)
})

test('turns one after the other share a connection', async t => {
  const { server, agent } = await house(t)
  for (let i = 0; i < 5; i++) await ask(agent)
  assert.deepEqual(new Set(server.requests.map(request => request.connection)), new Set([1]))
})

test('a character that arrives in two halves is one character', async t => {
  const { server, agent } = await house(t)
  const coming = nextExchange(server)
  const events = agent.run(TURN, new AbortController().signal)[Symbol.asyncIterator]()
  const first = events.next()
  const exchange = await coming
  exchange.delta('a')
  const bytes = Buffer.from('data: {"choices":[{"delta":{"content":"好"}}]}\n\n')
  const middle = bytes.indexOf(Buffer.from('好')) + 1
  exchange.raw(bytes.subarray(0, middle))
  assert.deepEqual((await first).value, { kind: 'text', text: 'a' })
  exchange.raw(bytes.subarray(middle))
  exchange.done()
  assert.deepEqual((await events.next()).value, { kind: 'text', text: '好' })
  assert.equal((await events.next()).done, true)
})

test('a server that ignores the wish for a stream is understood', async t => {
  const { server, agent } = await house(t)
  server.script(({ reply }) => reply(200, { choices: [{ message: { role: 'assistant', content: 'whole' } }] }))
  assert.equal((await ask(agent)).text, 'whole')
})

test('a server that does not count tokens is not asked to again', async t => {
  const { server, agent, clock } = await house(t, PATIENT)
  server.script(({ reply }) => reply(422, { detail: 'extra field: stream_options' }))
  assert.equal((await whileTimePasses(clock, ask(agent))).text, 'you said: hello')
  await ask(agent)
  assert.deepEqual(
    server.requests.map(({ body }) => 'stream_options' in body),
    [true, false, false],
  )
})

const REFUSALS: readonly [status: number, code: string, hint: RegExp][] = [
  [401, 'agent_refused', /api_key/],
  [403, 'agent_refused', /api_key/],
  [404, 'agent_refused', /base_url.*"small"/],
  [301, 'agent_refused', /base_url/],
]

for (const [status, code, hint] of REFUSALS) {
  test(`HTTP ${status} is not tried again, and says what to look at`, async t => {
    const { server, agent } = await house(t, PATIENT)
    server.script(({ reply }) => reply(status, { error: { message: 'no such thing' } }))
    await assert.rejects(ask(agent), { name: 'AgentError', code, hint })
    assert.equal(server.requests.length, 1)
    assert.equal(agent.health().state, 'failing')
  })
}

test('the key is in no error, no health and no log line, whoever repeats it', async t => {
  const { server, agent, clock, logged } = await house(t, PATIENT)
  const loud = (status: number) => (exchange: Exchange) =>
    exchange.reply(status, { error: { message: `the key ${KEY} is bad` } })
  const streamed = (exchange: Exchange): void => {
    exchange.event({ error: { message: `the key ${KEY} is bad` } })
    exchange.end()
  }
  server.script(loud(400), loud(401), loud(404), loud(503), loud(503), loud(503), streamed, streamed, streamed)
  for (let i = 0; i < 5; i++) {
    const failure = await whileTimePasses(clock, ask(agent)).then(
      () => assert.fail('it answered'),
      (thrown: unknown) => thrown,
    )
    assert.ok(failure instanceof Error)
    assert.ok(!`${failure.message} ${failure.stack} ${JSON.stringify(failure)} ${String(failure.cause)}`.includes(KEY))
    assert.ok(!JSON.stringify(agent.health()).includes(KEY))
  }
  assert.equal(server.requests.length, 9)
  assert.ok(logged.length > 0)
  assert.ok(!logged.join().includes(KEY))
})

test('a busy server is asked again, after the time it asks for', async t => {
  const { server, agent, clock } = await house(t, PATIENT)
  server.script(
    ({ reply }) => reply(429, 'slow down', { 'retry-after': '7' }),
    ({ reply }) => reply(503, '<html>down</html>'),
  )
  const startedMs = clock.monotonicMs()
  assert.equal((await whileTimePasses(clock, ask(agent))).text, 'you said: hello')
  assert.equal(server.requests.length, 3)
  const tookMs = clock.monotonicMs() - startedMs
  assert.ok(tookMs >= 7000 + 2400, `${tookMs} ms`)
})

test('a server that stays down is given up after three tries; one that wants a long pause at once', async t => {
  const { server, agent, clock } = await house(t, PATIENT)
  const down = ({ reply }: Exchange): void => reply(500, '')
  server.script(down, down, down)
  await assert.rejects(whileTimePasses(clock, ask(agent)), { code: 'agent_unreachable', message: /HTTP 500/ })
  assert.equal(server.requests.length, 3)
  server.script(({ reply }) => reply(429, '', { 'retry-after': '3600' }))
  await assert.rejects(ask(agent), { code: 'agent_refused', hint: /quota/ })
  assert.equal(server.requests.length, 4)
})

test('a server that is not there is unreachable', async t => {
  const { server, clock } = await house(t)
  const { agent } = await house(t, { baseUrl: server.baseUrl, limits: { tries: 2 } })
  await server.stop()
  const other = createAgent(
    { type: 'openai', baseUrl: server.baseUrl, model: 'small', limits: { tries: 1 } },
    { clock, random: seededRandom(1), log: silentLogger, stream: createStreamPost() },
  )
  await assert.rejects(ask(other), { code: 'agent_unreachable', message: /ECONNREFUSED/, hint: /base_url/ })
  await agent.close()
})

test('a connection that dies before the first token is another try, after it a failure', async t => {
  const { server, agent, clock } = await house(t, PATIENT)
  server.script(exchange => exchange.die())
  assert.equal((await whileTimePasses(clock, ask(agent))).text, 'you said: hello')
  assert.equal(server.requests.length, 2)
  const coming = nextExchange(server)
  const events = agent.run(TURN, new AbortController().signal)[Symbol.asyncIterator]()
  const first = events.next()
  const exchange = await coming
  exchange.delta('half an ans')
  assert.deepEqual((await first).value, { kind: 'text', text: 'half an ans' })
  exchange.die()
  await assert.rejects(events.next(), { name: 'AgentError', code: 'agent_unreachable' })
  assert.equal(server.requests.length, 3)
  assert.equal(clock.armed, 0)
})

test('a stream that ends properly in the middle of an answer is a failure too', async t => {
  const { server, agent } = await house(t)
  server.script(exchange => {
    exchange.delta('half an ans')
    exchange.end()
  })
  await assert.rejects(ask(agent), { code: 'agent_broken' })
})

test('nothing is not an answer', async t => {
  const { server, agent } = await house(t)
  server.script(exchange => exchange.done())
  await assert.rejects(ask(agent), { code: 'agent_empty' })
  assert.equal(server.requests.length, 1)
})

test('ten megabytes are cut at the bound, and the connection with them', async t => {
  const { server, agent } = await house(t, { limits: { answerChars: 50_000 } })
  const coming = nextExchange(server)
  const failed = assert.rejects(ask(agent), { code: 'agent_too_long' })
  const exchange = await coming
  for (let i = 0; i < 1000; i++) exchange.delta('x'.repeat(10_000))
  await failed
  await exchange.closed
})

test('a server that never begins is given up after the first deadline, also while it keeps the line open', async t => {
  const { server, agent, clock } = await house(t)
  server.script(() => {})
  const failed = assert.rejects(ask(agent), { code: 'agent_timeout', message: /first token within 60000/ })
  await server.received(1)
  await clock.advance(60_000)
  await failed
  assert.equal(server.requests.length, 1)

  server.script(exchange => exchange.raw(': keep-alive\n\n'.repeat(100)))
  const alsoFailed = assert.rejects(ask(agent), { code: 'agent_timeout' })
  await server.received(2)
  await clock.advance(60_000)
  await alsoFailed
  assert.equal(clock.armed, 0)
})

test('silence between two tokens has a deadline of its own, and thinking is not silence', async t => {
  const { server, agent, clock } = await house(t, { limits: { silenceMs: 5000 } })
  const coming = nextExchange(server)
  const events = agent.run(TURN, new AbortController().signal)[Symbol.asyncIterator]()
  const first = events.next()
  const exchange = await coming
  await clock.advance(50_000)
  exchange.think('hm')
  exchange.delta('a')
  assert.deepEqual((await first).value, { kind: 'text', text: 'a' })
  const second = events.next()
  await clock.advance(4900)
  exchange.delta('b')
  assert.deepEqual((await second).value, { kind: 'text', text: 'b' })
  const failed = assert.rejects(events.next(), { code: 'agent_timeout', message: /no further token within 5000/ })
  await clock.advance(5000)
  await failed
})

test('the whole turn has a deadline that no token moves', async t => {
  const { server, agent, clock } = await house(t, { limits: { turnMs: 30_000, silenceMs: 20_000 } })
  const coming = nextExchange(server)
  const events = agent.run(TURN, new AbortController().signal)[Symbol.asyncIterator]()
  let next = events.next()
  const exchange = await coming
  for (let i = 0; i < 2; i++) {
    await clock.advance(14_000)
    exchange.delta('x')
    await next
    next = events.next()
  }
  const failed = assert.rejects(next, { code: 'agent_timeout', message: /whole answer within 30000/ })
  await clock.advance(2000)
  await failed
})

test('an answer that is complete is not lost because the server forgets to hang up', async t => {
  for (const last of ['done', 'finish'] as const) {
    const { server, agent, clock } = await house(t, PATIENT)
    const coming = nextExchange(server)
    const told = ask(agent)
    const exchange = await coming
    exchange.delta('yes')
    if (last === 'done') exchange.raw('data: [DONE]\n\n')
    else exchange.finish()
    assert.equal((await whileTimePasses(clock, told)).text, 'yes')
    assert.ok(clock.monotonicMs() < 3_600_000)
    await exchange.closed
  }
})

test('a stop is heard at once: while it waits, while it streams, while it backs off', async t => {
  const { server, agent, clock } = await house(t)
  const stops: ((signal: AbortController) => Promise<void>)[] = [
    async controller => {
      const coming = nextExchange(server)
      const failed = assert.rejects(ask(agent, {}, controller.signal), { message: 'enough' })
      const exchange = await coming
      controller.abort(new Error('enough'))
      await failed
      await exchange.closed
    },
    async controller => {
      const coming = nextExchange(server)
      const events = agent.run(TURN, controller.signal)[Symbol.asyncIterator]()
      const first = events.next()
      const exchange = await coming
      exchange.delta('a')
      await first
      controller.abort(new Error('enough'))
      await assert.rejects(events.next(), { message: 'enough' })
      await exchange.closed
    },
    async controller => {
      const before = server.requests.length
      server.script(({ reply }) => reply(503, '', { 'retry-after': '20' }))
      const failed = assert.rejects(ask(agent, {}, controller.signal), { message: 'enough' })
      await server.received(before + 1)
      while (clock.armed !== 1) await clock.advance(0)
      controller.abort(new Error('enough'))
      await failed
    },
  ]
  for (const stop of stops) await stop(new AbortController())
  assert.equal(clock.armed, 0)
  assert.equal(agent.health().state, 'unknown', 'a stop is not a failure')
})

test('who stops listening ends the request', async t => {
  const { server, agent, clock } = await house(t)
  const coming = nextExchange(server)
  const events = agent.run(TURN, new AbortController().signal)[Symbol.asyncIterator]()
  const first = events.next()
  const exchange = await coming
  exchange.delta('a')
  await first
  await events.return?.()
  await exchange.closed
  assert.equal(clock.armed, 0)
})

test('closing the agent ends what it is doing', async t => {
  const { server, agent } = await house(t)
  server.script(() => {})
  const failed = assert.rejects(ask(agent), { code: 'stopped' })
  await server.received(1)
  await agent.close()
  await failed
})

test('the base may end with a slash or carry a query; what is no address is a wrong setting', async t => {
  const server = await startOpenAiServer()
  t.after(() => server.stop())
  const world = { clock: createVirtualClock(), random: seededRandom(1), log: silentLogger, stream: createStreamPost() }
  for (const tail of ['/', '?api-version=1']) {
    await ask(createAgent({ type: 'openai', baseUrl: server.baseUrl + tail, model: 'm' }, world))
  }
  assert.deepEqual(
    server.requests.map(({ path, headers }) => [path, headers.authorization]),
    [
      ['/v1/chat/completions', undefined],
      ['/v1/chat/completions?api-version=1', undefined],
    ],
  )
  for (const baseUrl of ['', 'localhost:8000', 'ftp://x/']) {
    assert.throws(() => createAgent({ type: 'openai', baseUrl, model: 'm' }, world), { code: 'config_invalid' })
  }
})
