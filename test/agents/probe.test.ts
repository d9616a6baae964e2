/** What each kind of agent says to a look from outside, without a turn. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Agent, Reached } from '../../src/agents/agent.ts'
import { createAgent } from '../../src/agents/create-agent.ts'
import { watchAgent } from '../../src/agents/watch.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { proxyAt } from '../../src/lib/net/proxy.ts'
import { createReach } from '../../src/lib/net/reach.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { startProxy } from '../lib/net/http-proxy.ts'
import { cleanUp } from '../support/clean-up.ts'
import { eventually } from '../support/eventually.ts'
import { startOpenAiServer } from '../support/openai-server.ts'
import { acpHouse, folder, tell } from './acp/house.ts'
import { house, KEY, PATIENT, whileTimePasses, worldOf } from './house.ts'

function look(agent: Agent): Promise<Reached> {
  assert.ok(agent.probe)
  return agent.probe(new AbortController().signal)
}

test('openai: the list of models is asked with the key', async t => {
  const { agent, server } = await house(t)
  server.script(({ reply }) => reply(200, { data: [{ id: 'small' }, { id: 'large' }] }))
  assert.equal(await look(agent), 'admitted')
  assert.equal(server.requests[0]?.path, '/v1/models')
  assert.equal(server.requests[0]?.headers.authorization, `Bearer ${KEY}`)
  for (const [status, body] of [
    [200, { data: [{ id: 'large' }] }],
    [404, { error: 'no such route' }],
    [429, { error: 'too many' }],
  ] as const) {
    server.script(({ reply }) => reply(status, body))
    assert.equal(await look(agent), 'reached')
  }
  server.script(({ reply }) => reply(401, { error: { message: `${KEY} is wrong` } }))
  await assert.rejects(look(agent), { code: 'agent_refused', message: /refused the API key \(HTTP 401\)/ })
  server.script(({ reply }) => reply(502, `nothing behind, ${KEY}`))
  await assert.rejects(look(agent), { code: 'agent_unreachable', message: /HTTP 502: nothing behind, \[redacted\]/ })
  await server.stop()
  await assert.rejects(look(agent), { code: 'agent_unreachable' })
})

test('openai: a server that comes back is found, and proven by the next answer', async t => {
  const { agent, server, clock } = await house(t, PATIENT)
  const watched = watchAgent(agent, { clock, log: silentLogger })
  cleanUp(t, () => watched.close())
  const port = Number(new URL(server.baseUrl).port)
  await server.stop()
  await assert.rejects(whileTimePasses(clock, tell(watched, 'hello')), { code: 'agent_unreachable' })
  assert.equal(watched.health().state, 'failing')
  const again = await startOpenAiServer({ port })
  cleanUp(t, () => again.stop())
  await clock.advance(60_000)
  await eventually('it is found', 10_000, () => watched.health().state === 'unknown')
  assert.equal(again.requests.length, 1)
  assert.equal(watched.health().reachableAtMs !== undefined, true)
  await whileTimePasses(clock, tell(watched, 'hello'))
  assert.equal(watched.health().state, 'ok')
})

/** A port that takes connections, and notes what is said there. */
async function listener(t: TestContext) {
  const heard: string[] = []
  let connections = 0
  const server = createServer(socket => {
    connections += 1
    socket.on('data', data => heard.push(String(data)))
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const stop = async (): Promise<void> => {
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  cleanUp(t, stop)
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    heard,
    get connections() {
      return connections
    },
    stop,
  }
}

test('http: a connection, and not a word', async t => {
  const server = await listener(t)
  const settings = { type: 'http', url: `http://127.0.0.1:${server.port}/turn`, headers: {} } as const
  const agent = createAgent(settings, worldOf(silentLogger))
  cleanUp(t, () => agent.close())
  assert.equal(await look(agent), 'reached')
  await eventually('the connection is seen', 5_000, () => server.connections === 1)
  await server.stop()
  assert.deepEqual(server.heard, [])
  await assert.rejects(look(agent), { code: 'agent_unreachable', message: /127\.0\.0\.1:\d+: .*ECONNREFUSED/ })
})

test('http: through the proxy of its turns, which says whether anybody is there', async t => {
  const [proxy, server] = [await startProxy(t), await listener(t)]
  const settings = { type: 'http', url: `https://127.0.0.1:${server.port}/turn`, headers: {} } as const
  const reach = createReach(proxyAt(`http://ann:s3cret@${proxy.host}`))
  const agent = createAgent(settings, { ...worldOf(silentLogger), reach })
  cleanUp(t, () => agent.close())
  assert.equal(await look(agent), 'reached')
  assert.deepEqual(proxy.asked, [`CONNECT 127.0.0.1:${server.port}`])
  assert.equal(proxy.authorization, undefined)
  await server.stop()
  await assert.rejects(look(agent), error => {
    assert.ok(error instanceof Error)
    assert.match(error.message, new RegExp(`through the proxy ${proxy.host}: `))
    assert.doesNotMatch(error.message, /s3cret/)
    return true
  })
})

test('command: whether the program can be run, which is not tried', async t => {
  const cwd = folder(t)
  const program = join(cwd, 'agent')
  const settings = { type: 'command', command: './agent', args: [], cwd, env: {}, output: 'text' } as const
  const clock = createVirtualClock()
  const agent = createAgent(settings, { ...worldOf(silentLogger, clock), env: process.env })
  const watched = watchAgent(agent, { clock, log: silentLogger })
  cleanUp(t, () => watched.close())
  await assert.rejects(whileTimePasses(clock, tell(watched, 'hello')), { code: 'agent_unreachable' })
  writeFileSync(program, '#!/bin/sh\ntouch started\necho hi\n')
  await assert.rejects(look(agent), { code: 'agent_unreachable', message: /\.\/agent is not found, or cannot be run/ })
  await clock.advance(60_000)
  assert.equal(watched.health().state, 'failing')
  chmodSync(program, 0o755)
  await clock.advance(60_000)
  assert.equal(watched.health().state, 'unknown')
  assert.throws(() => rmSync(join(cwd, 'started')), { code: 'ENOENT' })
  assert.match((await whileTimePasses(clock, tell(watched, 'hello'))).text, /hi/)
  assert.equal(watched.health().state, 'ok')
})

test('command: without its folder it cannot be run', async t => {
  const settings = { type: 'command', command: process.execPath, args: [], env: {}, output: 'text' } as const
  for (const [cwd, isThere] of [
    [folder(t), true],
    ['/no/such/folder', false],
  ] as const) {
    const agent = createAgent({ ...settings, cwd }, worldOf(silentLogger))
    cleanUp(t, () => agent.close())
    if (isThere) assert.equal(await look(agent), 'reached')
    else await assert.rejects(look(agent), { code: 'agent_unreachable' })
  }
})

test('acp: whether its process is at work, which is started again by itself', async t => {
  const there = acpHouse(t)
  await tell(there.agent, 'hello')
  assert.equal(await look(there.agent), 'reached')
  const gone = acpHouse(t, { settings: { command: '/no/such/program', args: [] } })
  await eventually('the health says so', 10_000, () => gone.agent.health().cannotStart)
  await assert.rejects(look(gone.agent), { code: 'agent_unreachable', message: /could not be started/ })
})
