import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAgent } from '../../../src/agents/create-agent.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import { type Exchange, startOpenAiServer } from '../../support/openai-server.ts'
import { ask, house, KEY, PATIENT, whileTimePasses, worldOf } from '../house.ts'

test('echo answers with what it got', async () => {
  const world = worldOf(silentLogger)
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

test('a refusal that may be about the question is told apart from one that is about the agent', async t => {
  const { server, agent } = await house(t, { limits: { tries: 1 } })
  for (const [status, passing] of [
    [400, true],
    [413, true],
    [422, true],
    [429, true],
    [401, false],
    [403, false],
    [404, false],
    [500, false],
  ] as const) {
    server.script(({ reply }) => reply(status, { error: { message: 'no' } }))
    await assert.rejects(ask(agent), { name: 'AgentError', passing }, `HTTP ${status}`)
  }
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

test('J104 the key is in no error, no health and no log line, whoever repeats it', async t => {
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

test('a server that is not there is unreachable, until it is', async t => {
  const gone = await startOpenAiServer()
  await gone.stop()
  const { agent } = await house(t, { baseUrl: gone.baseUrl, limits: { tries: 1 } })
  await assert.rejects(ask(agent), { code: 'agent_unreachable', message: /ECONNREFUSED/, hint: /base_url/ })
  assert.match(agent.health().error ?? '', /^agent_unreachable: .*ECONNREFUSED/)
})

test('health tells the last turn, and when one was answered last', async t => {
  const { server, agent, clock } = await house(t, { limits: { tries: 1 } })
  assert.deepEqual(agent.health(), { state: 'unknown' })
  await ask(agent)
  const answeredAtMs = clock.nowMs()
  await clock.advance(60_000)
  server.script(({ reply }) => reply(500, ''))
  await assert.rejects(ask(agent))
  const { state, lastOkAtMs } = agent.health()
  assert.deepEqual([state, lastOkAtMs], ['failing', answeredAtMs])
  await ask(agent)
  assert.deepEqual(agent.health(), { state: 'ok', lastOkAtMs: clock.nowMs() })
})

test('a key that the server repeats at the edge of an excerpt is not cut in half, but masked', async t => {
  const { server, agent } = await house(t, { limits: { tries: 1 } })
  const start = KEY.slice(0, 8)
  for (let before = 150; before < 320; before++) {
    const message = `${'x'.repeat(before)} ${KEY} is bad`
    if (before % 2 === 0) server.script(({ reply }) => reply(400, { error: { message } }))
    else {
      server.script(exchange => {
        exchange.event({ error: { message } })
        exchange.end()
      })
    }
    const failure = await ask(agent).then(
      () => assert.fail('it answered'),
      (thrown: unknown) => thrown,
    )
    assert.ok(failure instanceof Error)
    const told = `${failure.message} ${agent.health().error}`
    assert.ok(!told.includes(start), `after ${before} characters: ${failure.message}`)
    assert.ok(failure.message.length < 400)
  }
})

test('nothing without content is sent: some servers would refuse it, and every later message of the chat with it', async t => {
  const { server, agent } = await house(t)
  const history = [
    { role: 'user' as const, text: ' ' },
    { role: 'assistant' as const, text: 'to a bare mention' },
    { role: 'user' as const, text: 'one' },
    { role: 'assistant' as const, text: '' },
  ]
  await ask(agent, { text: ' \n', history })
  assert.deepEqual(server.requests[0]?.messages, [
    { role: 'user', content: 'one' },
    { role: 'user', content: '[empty message]' },
  ])
})

test('turns at the same time do not mix', async t => {
  const { server, agent } = await house(t)
  const texts = Array.from({ length: 8 }, (_, i) => `question ${i} ${'x'.repeat(i * 20)}`)
  const told = await Promise.all(texts.map(text => ask(agent, { text })))
  assert.deepEqual(
    told.map(one => one.text),
    texts.map(text => `you said: ${text}`),
  )
  assert.equal(new Set(server.requests.map(request => request.connection)).size, 8)
})

test('the base may end with a slash or carry a query; what is no address is a wrong setting', async t => {
  const server = await startOpenAiServer()
  t.after(() => server.stop())
  const world = worldOf(silentLogger)
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
