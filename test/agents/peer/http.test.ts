import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import type { Agent, AgentEvent } from '../../../src/agents/agent.ts'
import { createHttp, type HttpSettings } from '../../../src/agents/peer/http.ts'
import { createStreamPost } from '../../../src/agents/stream/http-stream.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import { createReach } from '../../../src/lib/net/reach.ts'
import { type CleanUp, cleanUp } from '../../support/clean-up.ts'
import { tell } from '../acp/house.ts'
import { ask } from '../house.ts'

type Answer = (response: ServerResponse, asked: Record<string, unknown>, request: IncomingMessage) => void

async function httpHouse(t: CleanUp, answer: Answer, settings: Partial<HttpSettings> = {}): Promise<Agent> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', piece => (body += piece))
    request.on('end', () => answer(response, JSON.parse(body), request))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp(t, async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const agent = createHttp(
    { type: 'http', url: `http://127.0.0.1:${port}/turn`, headers: { 'X-Key': 'hunter2-key' }, ...settings },
    { clock: systemClock, log: silentLogger, stream: createStreamPost(), reach: createReach() },
  )
  cleanUp(t, () => agent.close())
  return agent
}

const whole =
  (type: string, body: string): Answer =>
  response => {
    response.writeHead(200, { 'content-type': type })
    response.end(body)
  }

test('a turn is posted as JSON, with the headers of the settings; text is the answer', async t => {
  const agent = await httpHouse(t, (response, asked, { headers, url, method }) => {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(`${method} ${url} ${headers['x-key']} ${asked['text']} ${asked['chat']}\n`)
  })
  assert.equal((await tell(agent, '你好')).text, 'POST /turn hunter2-key 你好 qqbot:c2c:alice')
})

for (const [what, type, body, wanted] of [
  ['JSON', 'application/json', '{"text":"all of it","note":"x"}', 'all of it'],
  ['JSON lines', 'application/x-ndjson', '{"text":"one "}\n\n{"text":"two"}', 'one two'],
  [
    'server-sent events',
    'text/event-stream',
    ': hi\ndata: {"text":"one "}\n\ndata: {"text":"two"}\n\ndata: [DONE]\n\n',
    'one two',
  ],
] as const)
  test(`an answer as ${what}`, async t => {
    const agent = await httpHouse(t, whole(type, body))
    assert.equal((await tell(agent, 'hi')).text, wanted)
  })

test('a stream is read while it is written', async t => {
  const seen: AgentEvent[] = []
  let more = (): void => {}
  const agent = await httpHouse(t, response => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.write('{"text":"one"}\n')
    more = () => response.end('{"text":" two"}\n')
  })
  const { text } = await tell(agent, 'hi', {
    onEvent(event) {
      seen.push(event)
      more()
    },
  })
  assert.deepEqual([seen.length, text], [2, 'one two'])
})

test('204 is a choice of silence', async t => {
  const connections = new Set<Socket>()
  const agent = await httpHouse(t, (response, _asked, { socket }) => {
    connections.add(socket)
    response.writeHead(204).end()
  })
  for (let turn = 0; turn < 5; turn++) assert.deepEqual(await ask(agent, { text: 'hi' }), { events: [], text: '' })
  // One that is not read to its end holds its connection for ever.
  assert.equal(connections.size, 1)
})

for (const [what, answer, code, message] of [
  ['a refused key', (r: ServerResponse) => r.writeHead(401).end('hunter2-key is wrong'), 'agent_refused', /HTTP 401/],
  [
    'an error',
    (r: ServerResponse) => r.writeHead(500).end('it fell over hunter2-key'),
    'agent_unreachable',
    /HTTP 500/,
  ],
  ['a redirect', (r: ServerResponse) => r.writeHead(302, { location: '/' }).end(), 'agent_refused', /HTTP 302/],
  ['broken JSON', whole('application/json', '{"text":'), 'agent_broken', /broken/],
  ['an error event', whole('text/event-stream', 'data: {"error":"no model"}\n\n'), 'agent_broken', /no model/],
  ['too long an answer', whole('text/plain', 'x'.repeat(20_000)), 'agent_too_long', /longer/],
  ['half an answer', (r: ServerResponse) => cutOff(r), 'agent_unreachable', /./],
] as const)
  test(`${what} has its name, and no secret in it`, async t => {
    const agent = await httpHouse(t, answer, { limits: { answerChars: 5000 } })
    await assert.rejects(tell(agent, 'hi'), error => {
      assert.ok(error instanceof Error && 'code' in error)
      assert.equal(error.code, code)
      assert.match(error.message, message)
      assert.ok(!error.message.includes('hunter2'))
      return true
    })
  })

function cutOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '100' })
  response.write('half', () => response.destroy())
}

test('no answer, and silence in the middle of one, have bounds', async t => {
  const mute = await httpHouse(t, () => {}, { limits: { firstMs: 200 } })
  await assert.rejects(tell(mute, 'hi'), { code: 'agent_timeout', message: /no answer within 200 ms/ })
  const stuck = await httpHouse(t, response => response.writeHead(200, { 'content-type': 'text/plain' }).write('a'), {
    limits: { silenceMs: 200 },
  })
  await assert.rejects(tell(stuck, 'hi'), { code: 'agent_timeout', message: /nothing further within 200 ms/ })
})

test('nobody there', async t => {
  const agent = await httpHouse(t, () => {}, { url: 'http://127.0.0.1:9/' })
  await assert.rejects(tell(agent, 'hi'), { code: 'agent_unreachable' })
})

test('a stop closes the connection', async t => {
  const gone = Promise.withResolvers<void>()
  const stop = new AbortController()
  const agent = await httpHouse(t, response => {
    response.on('close', gone.resolve)
    response.writeHead(200, { 'content-type': 'text/plain' }).write('a')
  })
  const reason = new Error('stopped')
  await assert.rejects(
    tell(agent, 'hi', { signal: stop.signal, onEvent: () => stop.abort(reason) }),
    (thrown: unknown) => thrown === reason,
  )
  await gone.promise
})
