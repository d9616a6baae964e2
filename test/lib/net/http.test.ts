/** The real HTTP client against real servers, well-behaved and not. */
import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net'
import { after, test } from 'node:test'
import { systemClock } from '../../../src/lib/clock.ts'
import { createRequest } from '../../../src/lib/net/http.ts'
import { type HttpRequest, NetworkError } from '../../../src/lib/net/network.ts'

const request = createRequest(systemClock)
const servers: (Server | TcpServer)[] = []
const sockets = new Set<Socket>()
after(() => {
  for (const server of servers) server.close()
  for (const socket of sockets) socket.destroy()
})

function listen(server: Server | TcpServer): Promise<string> {
  servers.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => sockets.delete(socket))
  })
  return new Promise(resolve =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve(`127.0.0.1:${port}`)
    }),
  )
}
const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener))
const speak = (onSocket: (socket: Socket) => void): Promise<string> => listen(createTcpServer(onSocket))

function get(address: string, more: Partial<HttpRequest> = {}, signal?: AbortSignal) {
  return request({ method: 'GET', url: `http://${address}/`, timeoutMs: 5000, ...more }, signal)
}
async function failureOf(answer: Promise<unknown>): Promise<NetworkError> {
  try {
    await answer
  } catch (thrown) {
    if (thrown instanceof NetworkError) return thrown
    throw thrown
  }
  return assert.fail('an answer came')
}
async function expectFailure(answer: Promise<unknown>, code: string, written: boolean): Promise<void> {
  const failure = await failureOf(answer)
  assert.deepEqual([failure.code, failure.written], [code, written], failure.message)
}

test('any status and any body comes back as it is', async () => {
  const bodies: Readonly<Record<string, readonly [number, string, string]>> = {
    '/ok': [200, 'application/json', '{"id":"1","text":"早"}'],
    '/none': [204, 'text/plain', ''],
    '/html': [502, 'text/html', '<html>Bad Gateway</html>'],
    '/odd': [299, 'application/json', 'not json'],
    '/moved': [302, 'text/plain', 'elsewhere'],
  }
  const address = await serve((incoming, outgoing) => {
    const [status, type, body] = bodies[incoming.url ?? ''] ?? [404, 'text/plain', '']
    outgoing.writeHead(status, { 'content-type': type, 'X-Tps-Trace-ID': 'abc', 'set-cookie': ['a', 'b'] }).end(body)
  })
  for (const [path, [status, type, body]] of Object.entries(bodies)) {
    const answer = await get(address, { url: `http://${address}${path}` })
    assert.equal(answer.status, status)
    assert.equal(answer.body, body)
    assert.equal(answer.headers['content-type'], type)
    assert.equal(answer.headers['x-tps-trace-id'], 'abc')
    assert.equal(answer.headers['set-cookie'], 'a, b')
  }
})

test('method, headers, query and a body with other letters arrive whole', async () => {
  const address = await serve((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method, url, headers } = incoming
      const seen = {
        method,
        url,
        auth: headers.authorization,
        length: headers['content-length'],
        te: headers['transfer-encoding'],
      }
      outgoing.end(JSON.stringify({ ...seen, body: Buffer.concat(chunks).toString() }))
    })
  })
  const body = JSON.stringify({ content: 'ä 早 👋' })
  const answer = await get(address, {
    method: 'PUT',
    url: `http://${address}/a/b?c=d%20e`,
    headers: { authorization: 'Bearer x' },
    body,
  })
  assert.deepEqual(JSON.parse(answer.body), {
    method: 'PUT',
    url: '/a/b?c=d%20e',
    auth: 'Bearer x',
    length: String(Buffer.byteLength(body)),
    body,
  })
})

test('connections are kept and used again', async () => {
  const ports = new Set<number | undefined>()
  const address = await serve((incoming, outgoing) => {
    ports.add(incoming.socket.remotePort)
    outgoing.end('ok')
  })
  for (let call = 0; call < 20; call += 1) await get(address)
  assert.equal(ports.size, 1)
})

test('a body beyond 1 MiB is cut', async () => {
  const address = await serve((_incoming, outgoing) => {
    outgoing.on('error', () => {})
    outgoing.end('x'.repeat(3 * 1024 * 1024))
  })
  const answer = await get(address)
  assert.equal(answer.status, 200)
  assert.equal(answer.body.length, 1024 * 1024)
  assert.equal((await get(address)).body.length, 1024 * 1024)
})

test('refused and unknown hosts: certainly nothing was written', async () => {
  const gone = createTcpServer()
  const address = await listen(gone)
  await new Promise(resolve => gone.close(resolve))
  await expectFailure(get(address), 'connect_refused', false)
  await expectFailure(get('host.invalid'), 'dns_failed', false)
})

test('addresses and headers that cannot be sent are a typed failure, not a throw', async () => {
  await expectFailure(get('', { url: 'no url' }), 'url_invalid', false)
  await expectFailure(get('', { url: 'ftp://127.0.0.1/' }), 'url_invalid', false)
  await expectFailure(get('127.0.0.1:1', { headers: { 'x-a': 'line\nbreak' } }), 'request_invalid', false)
})

test('TLS that fails: nothing was written', async () => {
  const address = await speak(socket => socket.end('this is not TLS'))
  const failure = await failureOf(get('', { url: `https://${address}/` }))
  assert.equal(failure.written, false, failure.message)
  const hangUp = await speak(socket => socket.destroy())
  assert.equal((await failureOf(get('', { url: `https://${hangUp}/` }))).written, false)
})

test('reset after the request was written: nobody knows', async () => {
  const address = await speak(socket => socket.once('data', () => socket.resetAndDestroy()))
  await expectFailure(get(address, { method: 'POST', body: '{}' }), 'connection_reset', true)
})

test('reset on a connection that was used before: nobody knows', async () => {
  let calls = 0
  const address = await serve((incoming, outgoing) => {
    calls += 1
    if (calls === 1) outgoing.end('ok')
    else incoming.socket.resetAndDestroy()
  })
  await get(address)
  await expectFailure(get(address, { method: 'POST', body: '{}' }), 'connection_reset', true)
})

test('cut in the middle of the answer', async () => {
  const address = await speak(socket =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')),
  )
  assert.equal((await failureOf(get(address))).written, true)
})

test('an answer that is not HTTP, and an upgrade that nobody asked for', async () => {
  const garbage = await speak(socket => socket.once('data', () => socket.end('garbage\r\n\r\n')))
  await expectFailure(get(garbage), 'not_http', true)
  const upgrade = await speak(socket =>
    socket.once('data', () => socket.write('HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')),
  )
  await expectFailure(get(upgrade), 'not_http', true)
})

test('the time limit covers the whole exchange, also a slow drip', async () => {
  const silent = await speak(() => {})
  await expectFailure(get(silent, { timeoutMs: 150 }), 'timeout', true)
  const drip = await speak(socket => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n')
    const timer = setInterval(() => socket.write('x'), 20)
    socket.on('close', () => clearInterval(timer))
  })
  const startedMs = performance.now()
  await expectFailure(get(drip, { timeoutMs: 200 }), 'timeout', true)
  assert.ok(performance.now() - startedMs < 2000)
})

test('a connection that never stands counts as not written', async () => {
  // A TLS handshake that is never answered: the time limit ends it before a byte of the request could go.
  const mute = await speak(() => {})
  await expectFailure(get('', { url: `https://${mute}/`, timeoutMs: 150 }), 'timeout', false)
})

test('called off: at once, before, during, and harmlessly after', async () => {
  const early = new AbortController()
  early.abort()
  const silent = await speak(() => {})
  await expectFailure(get(silent, {}, early.signal), 'aborted', false)

  const during = new AbortController()
  const answer = get(silent, {}, during.signal)
  await new Promise(resolve => setTimeout(resolve, 100))
  during.abort()
  await expectFailure(answer, 'aborted', true)

  const late = new AbortController()
  const address = await serve((_incoming, outgoing) => void outgoing.end('ok'))
  assert.equal((await get(address, {}, late.signal)).body, 'ok')
  late.abort()
  assert.equal((await get(address)).body, 'ok')
})
