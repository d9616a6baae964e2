/** The real WebSocket client against real peers, well-behaved and not. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type AddressInfo, createServer, type Server, type Socket as TcpSocket } from 'node:net'
import { after, test } from 'node:test'
import { type WebSocket, WebSocketServer } from 'ws'
import { systemClock } from '../../../src/lib/clock.ts'
import type { Socket, SocketOptions } from '../../../src/lib/net/network.ts'
import { createDial } from '../../../src/lib/net/socket.ts'

const dial = createDial(systemClock)
const DEADLINE_MS = 5000
const closers: (() => void)[] = []
after(() => {
  for (const close of closers) close()
})

/** A peer that speaks the protocol. */
async function peer(onConnection: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 64 * 1024 * 1024 })
  server.on('connection', onConnection)
  closers.push(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  await new Promise(resolve => server.once('listening', resolve))
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A peer that speaks bytes. */
async function bytes(onSocket: (socket: TcpSocket) => void): Promise<string> {
  const open = new Set<TcpSocket>()
  const server: Server = createServer(socket => {
    open.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  closers.push(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Answers the upgrade by hand and leaves the connection to the test. */
function upgraded(onOpen: (socket: TcpSocket) => void): Promise<string> {
  return bytes(socket =>
    socket.once('data', data => {
      const key = /sec-websocket-key: (.*)\r\n/i.exec(data.toString())?.[1] ?? ''
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
      onOpen(socket)
    }),
  )
}

function open(url: string, options: Partial<SocketOptions> = {}) {
  const words: string[] = []
  const closed: (readonly [number, string])[] = []
  let wake = (): void => {}
  const note = (word: string): void => {
    words.push(word)
    wake()
  }
  const socket: Socket = dial(
    { url, handshakeTimeoutMs: 2000, maxMessageBytes: 1024 * 1024, ...options },
    {
      opened: () => note('opened'),
      text: data => note(`text ${data.slice(0, 20)}`),
      binary: sizeBytes => note(`binary ${sizeBytes}`),
      closed: (code, reason) => {
        closed.push([code, reason])
        note('closed')
      },
    },
  )
  const until = async (word: string): Promise<void> => {
    const deadline = AbortSignal.timeout(DEADLINE_MS)
    while (!words.includes(word)) {
      if (deadline.aborted) assert.fail(`never heard ${word}, only ${words.join(', ')}`)
      await new Promise<void>(resolve => {
        wake = resolve
        setTimeout(resolve, 50)
      })
    }
  }
  /** Long enough for a second `closed` to show itself. */
  const over = async (): Promise<readonly [number, string]> => {
    await until('closed')
    await new Promise(resolve => setTimeout(resolve, 100))
    assert.equal(closed.length, 1, 'closed comes once')
    assert.equal(words.at(-1), 'closed', 'and nothing after it')
    return closed[0] ?? assert.fail()
  }
  return { socket, words, closed, until, over }
}

test('text goes both ways, binary is told by its size, a close has its code and reason', async () => {
  const url = await peer(socket => {
    socket.on('message', data => {
      socket.send(`you said ${data}`)
      socket.send(Buffer.alloc(77))
      socket.close(4009, 'session timed out')
    })
  })
  const link = open(url)
  assert.equal(link.socket.send('too early'), false)
  await link.until('opened')
  assert.equal(link.socket.send('hi'), true)
  assert.deepEqual(await link.over(), [4009, 'session timed out'])
  assert.deepEqual(link.words, ['opened', 'text you said hi', 'binary 77', 'closed'])
  assert.equal(link.socket.send('too late'), false)
  link.socket.close(1000)
  link.socket.terminate()
})

test('refused, unknown host, bad address: closed once, and never thrown', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  const [code, reason] = await open(`ws://127.0.0.1:${port}`).over()
  assert.equal(code, 1006)
  assert.match(reason, /ECONNREFUSED/)
  assert.equal((await open('ws://host.invalid').over())[0], 1006)
  const bad = open('not an address')
  assert.deepEqual(bad.words, [], 'the caller has its socket before it hears anything')
  assert.equal((await bad.over())[0], 1006)
})

test('garbage, HTML and 401 in answer to the upgrade', async () => {
  const answers = [
    'garbage\r\n\r\n',
    'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<html',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n',
  ]
  for (const answer of answers) {
    const url = await bytes(socket => socket.once('data', () => socket.end(answer)))
    const [code, reason] = await open(url).over()
    assert.equal(code, 1006)
    assert.notEqual(reason, '')
  }
})

test('reset before the upgrade, and reset after it', async () => {
  const before = await bytes(socket => socket.resetAndDestroy())
  assert.equal((await open(before).over())[0], 1006)
  const later = await upgraded(socket => setTimeout(() => socket.resetAndDestroy(), 50))
  const link = open(later)
  await link.until('opened')
  assert.equal((await link.over())[0], 1006)
})

test('an upgrade that is dripped or never answered ends with the time limit', async () => {
  const silent = await bytes(() => {})
  const drip = await bytes(socket => {
    const letters = 'HTTP/1.1 101 Switching Protocols\r\n'.repeat(20)
    let sent = 0
    const timer = setInterval(() => socket.write(letters[sent++] ?? ' '), 20)
    socket.on('close', () => clearInterval(timer))
  })
  for (const url of [silent, drip]) {
    const startedMs = performance.now()
    const [code, reason] = await open(url, { handshakeTimeoutMs: 300 }).over()
    assert.equal(code, 1006)
    assert.match(reason, /300 ms/)
    assert.ok(performance.now() - startedMs < 1500)
  }
})

test('terminate: gone at once, without a word, also while connecting', async () => {
  const goodbyes: number[] = []
  const url = await peer(socket => socket.on('close', code => goodbyes.push(code)))
  const link = open(url)
  await link.until('opened')
  link.socket.terminate()
  await Promise.resolve()
  assert.deepEqual(link.words, ['opened', 'closed'])
  assert.deepEqual(await link.over(), [1006, 'terminated'])
  assert.deepEqual(goodbyes, [1006])

  const connecting = open(await bytes(() => {}))
  connecting.socket.terminate()
  assert.deepEqual(await connecting.over(), [1006, 'terminated'])
})

test('close: with a peer that answers, that does not, and while connecting', async () => {
  const goodbyes: string[] = []
  const polite = await peer(socket => socket.on('close', (code, reason) => goodbyes.push(`${code} ${reason}`)))
  const link = open(polite)
  await link.until('opened')
  link.socket.close(1000, 'bye')
  assert.equal(link.socket.send('after goodbye'), false)
  assert.equal((await link.over())[0], 1000)
  assert.deepEqual(goodbyes, ['1000 bye'])

  const rude = open(await upgraded(() => {}))
  await rude.until('opened')
  const startedMs = performance.now()
  rude.socket.close(1000)
  await rude.over()
  assert.ok(performance.now() - startedMs < 2500)

  const connecting = open(await bytes(() => {}))
  connecting.socket.close(1000)
  assert.equal((await connecting.over())[0], 1006)
})

test('a code that the protocol forbids still closes', async () => {
  const link = open(await peer(() => {}))
  await link.until('opened')
  link.socket.close(1006)
  await link.over()
})

test('a peer that says goodbye and never hangs up', async () => {
  const url = await upgraded(socket => {
    const reason = Buffer.from('later')
    const code = Buffer.alloc(2)
    code.writeUInt16BE(4009)
    socket.write(Buffer.concat([Buffer.from([0x88, 2 + reason.length]), code, reason]))
  })
  const link = open(url)
  const startedMs = performance.now()
  assert.deepEqual(await link.over(), [4009, 'later'])
  assert.ok(performance.now() - startedMs < 1500, 'a routine close costs under a second')
})

test('a message that is too large closes with 1009, a broken frame closes, and both only once', async () => {
  const large = open(await peer(socket => socket.send('x'.repeat(10 * 1024 * 1024))))
  assert.equal((await large.over())[0], 1009)
  assert.ok(!large.words.some(word => word.startsWith('text')))

  const mute = open(
    await upgraded(socket => {
      const header = Buffer.from([0x81, 127, 0, 0, 0, 0, 0x10, 0, 0, 0])
      socket.write(header)
    }),
  )
  assert.equal((await mute.over())[0], 1009)

  const broken = open(await upgraded(socket => socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]))))
  assert.ok([1002, 1006].includes((await broken.over())[0]))

  const half = open(await upgraded(socket => socket.end(Buffer.from([0x81, 100, 0x61]))))
  assert.equal((await half.over())[0], 1006)
})

test('ten megabytes pass where they are allowed', async () => {
  const link = open(await peer(socket => socket.send('x'.repeat(10 * 1024 * 1024))), {
    maxMessageBytes: 16 * 1024 * 1024,
  })
  await link.until(`text ${'x'.repeat(20)}`)
  link.socket.terminate()
  await link.over()
})

test('half-open: the peer is there and reads nothing; sends go on, and terminate ends it', async () => {
  const url = await upgraded(socket => socket.pause())
  const link = open(url)
  await link.until('opened')
  for (let beat = 0; beat < 1000; beat += 1) assert.equal(link.socket.send('{"op":1,"d":null}'), true)
  assert.deepEqual(link.closed, [])
  link.socket.terminate()
  assert.equal((await link.over())[0], 1006)
})
