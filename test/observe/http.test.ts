import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { isStatusDocument } from '../../src/gateway/status/status-check.ts'
import { HeraldError } from '../../src/lib/errors.ts'
import { parseJson } from '../../src/lib/json.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { type HttpParts, PortTakenError, serveHttp } from '../../src/observe/http.ts'
import { renderMetrics } from '../../src/observe/metrics.ts'
import { sampleAccount, sampleDocument } from '../gateway/programs.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'
import { ask, type RawAnswer, sendRaw } from './raw-http.ts'
import { readPrometheus, sampleOf } from './read-prometheus.ts'

interface Given {
  readonly document?: Parameters<typeof sampleDocument>[0]
  readonly host?: string
  readonly parts?: Partial<HttpParts>
  readonly log?: typeof silentLogger
}

async function serve(t: CleanUp, { document, host = '127.0.0.1', parts, log = silentLogger }: Given = {}) {
  const status = () => sampleDocument(document)
  const server = await serveHttp({
    host,
    port: 0,
    parts: { status, metrics: () => renderMetrics({ status: status(), counts: {} }), ...parts },
    log,
  })
  cleanUp(t, () => server.close())
  return server
}

const json = (answer: RawAnswer | undefined): unknown => parseJson(answer?.body ?? '')

test('G80 livez, readyz, status and metrics of a gateway whose accounts are all connected', async t => {
  const { port } = await serve(t)
  const live = await ask(port, '/livez')
  assert.deepEqual([live?.status, json(live)], [200, { live: true }])
  const ready = await ask(port, '/readyz')
  assert.deepEqual([ready?.status, json(ready)], [200, { ready: true, causes: {}, doubts: {} }])
  const status = await ask(port, '/status')
  assert.equal(status?.status, 200)
  assert.ok(isStatusDocument(json(status)))
  const metrics = await ask(port, '/metrics')
  assert.equal(metrics?.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(sampleOf(readPrometheus(metrics?.body ?? ''), 'herald_ready', {}), 1)
})

const down = sampleAccount({ state: 'fatal', error_code: 'credentials_rejected', error_message: 'the secret is wrong' })
const UNREADY: readonly (readonly [string, Parameters<typeof sampleDocument>[0], Record<string, string>])[] = [
  [
    'one account of two',
    { gateway_state: 'degraded', platforms: { qqbot: sampleAccount(), 'qqbot:work': down } },
    { 'qqbot:work': 'fatal (credentials_rejected, the secret is wrong)' },
  ],
  [
    'each account by its own cause',
    {
      platforms: {
        a: sampleAccount({ state: 'connecting' }),
        b: sampleAccount({ state: 'retrying', error_code: 'ack_missing', error_message: null }),
        d: sampleAccount({ state: 'disconnected' }),
        e: sampleAccount({ state: 'paused' }),
        f: sampleAccount({ state: 'disabled' }),
      },
    },
    { a: 'connecting', b: 'retrying (ack_missing)', d: 'disconnected' },
  ],
  ['a gateway that starts', { gateway_state: 'starting' }, { gateway: 'starting' }],
  ['a gateway that ends', { gateway_state: 'draining', exit_reason: 'stop_requested' }, { gateway: 'stop_requested' }],
]
for (const [name, document, causes] of UNREADY)
  test(`not ready: ${name}`, async t => {
    const { port } = await serve(t, { document })
    const answer = await ask(port, '/readyz')
    assert.deepEqual([answer?.status, json(answer)], [503, { ready: false, causes, doubts: {} }])
    assert.equal((await ask(port, '/livez'))?.status, 200, 'it lives all the same')
  })

test('G80 ready with doubts: what no call has proven yet, and what only the way to it is wrong with, must be called', async t => {
  const way = { state: 'retrying', error_code: 'way_broken', error_message: 'HTTP 404', serving: true } as const
  const platforms = { a: sampleAccount(), b: sampleAccount({ state: 'unverified' }), c: sampleAccount(way) }
  const { port } = await serve(t, { document: { gateway_state: 'degraded', platforms } })
  const answer = await ask(port, '/readyz')
  const doubts = { b: 'unverified', c: 'retrying (way_broken, HTTP 404)' }
  assert.deepEqual([answer?.status, json(answer)], [200, { ready: true, causes: {}, doubts }])
})

test('everything is computed when it is asked for', async t => {
  let asked = 0
  const { port } = await serve(t, {
    parts: {
      status() {
        asked += 1
        return sampleDocument({ active_agents: asked })
      },
    },
  })
  for (const turn of [1, 2, 3]) {
    const body = json(await ask(port, '/status'))
    assert.ok(isStatusDocument(body))
    assert.equal(body.active_agents, turn)
  }
})

test('no cache, no frame, no sniffing, no script; and nothing that lets another page read it', async t => {
  const { port } = await serve(t)
  for (const path of ['/livez', '/readyz', '/status', '/metrics', '/nothing']) {
    const { headers = {} } = (await ask(port, path)) ?? {}
    assert.equal(headers['cache-control'], 'no-store', path)
    assert.match(headers['content-security-policy'] ?? '', /default-src 'none'.*frame-ancestors 'none'/)
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['x-frame-options'], 'DENY')
    assert.ok(!Object.keys(headers).some(name => name.startsWith('access-control-')))
  }
})

test('J109 a page of another site is refused: by its name (DNS rebinding), its origin, or the word of the browser', async t => {
  const { port } = await serve(t)
  const own = `127.0.0.1:${port}`
  const refused: readonly (readonly [string, Record<string, string>])[] = [
    ['a name that was made to point here', { host: `rebound.example.org:${port}` }],
    ['a name that begins like ours', { host: `localhost.example.org:${port}` }],
    ['a name that ends like ours', { host: `127.0.0.1.example.org:${port}` }],
    ['a name with a user before it', { host: `127.0.0.1@example.org:${port}` }],
    ['an address in another spelling', { host: `2130706433:${port}` }],
    ['no name', { host: '' }],
    ['the origin of another site', { origin: 'https://example.org' }],
    ['an origin without a name', { origin: 'null' }],
    ['another port of this machine', { origin: `http://127.0.0.1:${port + 1}` }],
    ['our address over another protocol', { origin: `https://${own}` }],
    ['a link or an image in another site', { 'sec-fetch-site': 'cross-site' }],
  ]
  for (const path of ['/livez', '/readyz', '/status', '/metrics', '/nothing'])
    for (const [name, headers] of refused) {
      const answer = await ask(port, path, headers)
      assert.ok(answer?.status === 403 || answer?.status === 400, `${path}: ${name} ⇒ ${answer?.status}`)
      assert.doesNotMatch(answer?.body ?? '', /qqbot|herald_/)
      assert.ok(!Object.keys(answer?.headers ?? {}).some(header => header.startsWith('access-control-')))
    }
  const allowed: readonly Record<string, string>[] = [
    { host: 'localhost' },
    { host: `LOCALHOST:${port}` },
    { host: `[::1]:${port}` },
    { host: '192.168.1.7' },
    { origin: `http://${own}` },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin' },
  ]
  for (const headers of allowed)
    assert.equal((await ask(port, '/status', headers))?.status, 200, JSON.stringify(headers))
})

test('a name that the configuration gives is ours', async t => {
  const { port } = await serve(t, { host: 'localhost' })
  assert.equal((await ask(port, '/livez', { host: `localhost:${port}` }))?.status, 200)
  assert.equal((await ask(port, '/livez', { host: `other:${port}` }))?.status, 403)
})

test('other methods and paths change nothing and say what there is', async t => {
  const { port } = await serve(t)
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const answer = await ask(port, '/status', { 'content-length': '0' }, method)
    assert.deepEqual([answer?.status, answer?.headers['allow']], [405, 'GET, HEAD'], method)
  }
  const head = await ask(port, '/status', {}, 'HEAD')
  assert.deepEqual([head?.status, head?.body], [200, ''])
  for (const path of ['/', '/status/', '/STATUS', '//status', '/status%00', '/../etc/passwd', '/%ff', '/livez/../x'])
    assert.equal((await ask(port, path))?.status, 404, path)
  assert.match((await ask(port, '/'))?.body ?? '', /\/livez, \/readyz, \/status, \/metrics/)
  assert.equal((await ask(port, '/status?x=1'))?.status, 200)
})

test('bytes that are no request are refused, and the next request is answered', async t => {
  const { port } = await serve(t)
  const own = `host: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`
  for (const bytes of [
    'no http\r\n\r\n',
    `GET /status HTTP/1.1\r\nconnection: close\r\n\r\n`,
    `GET http://[/ HTTP/1.1\r\n${own}`,
    `GET * HTTP/1.1\r\n${own}`,
    `CONNECT /status HTTP/1.1\r\n${own}`,
    `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${own}`,
    `GET /status HTTP/1.1\r\nhost: 127.0.0.1\r\nhost: example.org\r\n${own}`,
    `GET /status HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n${own}`,
    `POST /status HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n${own}`,
  ]) {
    const answer = await sendRaw(port, bytes)
    assert.ok(
      answer === undefined || (answer.status >= 400 && answer.status < 500),
      `${bytes.slice(0, 60)} ⇒ ${answer?.status}`,
    )
  }
  assert.equal((await ask(port, '/livez'))?.status, 200)
})

test('a body is not read: the answer comes at once, and the connection goes with it', async t => {
  const { port } = await serve(t)
  const answer = await sendRaw(port, `GET /livez HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000000\r\n\r\nxxx`)
  assert.deepEqual([answer?.status, answer?.headers['connection']], [200, 'close'])
})

test('a failure inside is a 500 without its words, and the log has them', async t => {
  const lines: unknown[] = []
  const log = { ...silentLogger, error: (message: string, fields?: object) => lines.push([message, fields]) }
  const { port } = await serve(t, {
    log,
    parts: {
      status() {
        throw new Error('inner words')
      },
    },
  })
  const answer = await ask(port, '/status')
  assert.equal(answer?.status, 500)
  assert.doesNotMatch(answer?.body ?? '', /inner/)
  assert.equal(answer?.headers['x-content-type-options'], 'nosniff')
  assert.equal(lines.length, 1)
  assert.equal((await ask(port, '/livez'))?.status, 200)
})

test('a port that is taken has its own error; the other failures name the address', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  cleanUp(t, () => other.close())
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const parts: HttpParts = { status: () => sampleDocument(), metrics: () => '' }
  await assert.rejects(serveHttp({ host: '127.0.0.1', port, parts, log: silentLogger }), (error: unknown) => {
    assert.ok(error instanceof PortTakenError)
    assert.equal(error.code, 'port_taken')
    assert.equal(error.message, `port ${port} on 127.0.0.1 is taken`)
    assert.match(error.hint ?? '', /gateway\.http\.port/)
    return true
  })
  for (const host of ['203.0.113.1', 'no-such-name.invalid'])
    await assert.rejects(serveHttp({ host, port: 0, parts, log: silentLogger }), (error: unknown) => {
      assert.ok(error instanceof HeraldError && !(error instanceof PortTakenError))
      assert.equal(error.code, 'http_unusable')
      assert.match(error.message, new RegExp(host))
      return true
    })
})

test('closing cuts connections that are open, and frees the port', async t => {
  const server = await serve(t)
  const idle = connect(server.port, '127.0.0.1')
  await once(idle, 'connect')
  idle.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(idle, 'data')
  const half = connect(server.port, '127.0.0.1')
  await once(half, 'connect')
  half.write('GET /livez HTTP/1.1\r\nhost: local')
  // The server has read the half when it answers what was sent after it.
  assert.equal((await ask(server.port, '/livez'))?.status, 200)
  const closed = [idle, half].map(socket =>
    once(
      socket.on('error', () => {}),
      'close',
    ),
  )
  const startedMs = performance.now()
  await Promise.all([server.close(), ...closed])
  assert.ok(performance.now() - startedMs < 3000, 'a request that never ends is not waited for')
  const again = await serveHttp({
    host: '127.0.0.1',
    port: server.port,
    parts: { status: () => sampleDocument(), metrics: () => '' },
    log: silentLogger,
  })
  await again.close()
})

test('a version 6 address', async t => {
  const probe = createServer()
  const possible = await new Promise(resolve => {
    probe.once('error', () => resolve(false))
    probe.listen(0, '::1', () => probe.close(() => resolve(true)))
  })
  if (possible !== true) return t.skip('no ::1 on this machine')
  for (const host of ['::1', '[::1]']) {
    const { port } = await serve(t, { host })
    const answer = await fetch(`http://[::1]:${port}/livez`)
    assert.equal(answer.status, 200)
    await answer.text()
  }
})
