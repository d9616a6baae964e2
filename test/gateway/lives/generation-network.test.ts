/** The cut on real sockets: the other side sees it at once. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { WebSocketServer } from 'ws'
import { createAttribution } from '../../../src/gateway/lives/attribution.ts'
import { createGeneration } from '../../../src/gateway/lives/generation.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import { createRequest } from '../../../src/lib/net/http.ts'
import { createDial } from '../../../src/lib/net/socket.ts'
import { systemRandom } from '../../../src/lib/random.ts'

test('a cut life loses its WebSocket and its requests, and hears nothing of what was on the way', async context => {
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const asked = Promise.withResolvers<void>()
  const hungUp = Promise.withResolvers<void>()
  server.on('request', (incoming, outgoing) => {
    outgoing.on('close', hungUp.resolve)
    incoming.on('error', () => {})
    asked.resolve()
  })
  const goodbye = Promise.withResolvers<number>()
  sockets.on('connection', socket => {
    socket.on('close', code => goodbye.resolve(code))
    const chatter = setInterval(() => socket.send('a late frame'), 1)
    socket.on('close', () => clearInterval(chatter))
  })

  let cut = false
  const generation = createGeneration({
    account: 'toy',
    shard: 0,
    shardCount: () => 1,
    number: 1,
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    net: { dial: createDial(systemClock), request: createRequest(systemClock) },
    store: { get: () => Promise.resolve(null), set: () => Promise.resolve(), cursor: () => Promise.resolve(null) },
    attribution: createAttribution(),
    accept: () => Promise.resolve(),
    onEvidence: () => {},
    onObservation: () => {},
    onReopen: () => {},
    onFailure: ending => assert.fail(ending.message),
    onLateWord: () => {},
  })
  const opened = Promise.withResolvers<void>()
  generation.host.dial(
    { url: `ws://${host}`, handshakeTimeoutMs: 2000, maxMessageBytes: 1000 },
    {
      opened: opened.resolve,
      text: () => assert.equal(cut, false, 'a late frame was heard'),
      binary: () => {},
      closed: () => assert.fail('the echo of the cut was heard'),
    },
  )
  const refused = assert.rejects(
    generation.host.request({ method: 'GET', url: `http://${host}/`, timeoutMs: 10_000 }),
    /called off/,
  )
  await Promise.all([opened.promise, asked.promise])
  generation.cut('test')
  cut = true
  await Promise.all([refused, hungUp.promise])
  assert.equal(await goodbye.promise, 1006)
})
