import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, house, nextExchange, PATIENT, TURN, whileTimePasses } from '../house.ts'

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
      // The pause, and the bound of the turn.
      while (clock.armed !== 2) await clock.advance(0)
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
