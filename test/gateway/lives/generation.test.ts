/** The world of one life, and what is left of it after the cut: nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAttribution } from '../../../src/gateway/lives/attribution.ts'
import { createGeneration, type GenerationPorts } from '../../../src/gateway/lives/generation.ts'
import { JournalUnwritableError, StoppedError } from '../../../src/lib/errors.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import { NetworkError, type SocketEvents } from '../../../src/lib/net/network.ts'
import { seededRandom } from '../../../src/lib/random.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'
import type { Ending } from '../../../src/platforms/platform.ts'
import { createToyNet } from '../../support/toy-net.ts'

function born(ports: Partial<GenerationPorts> = {}) {
  const clock = createVirtualClock()
  const net = createToyNet(clock)
  const failures: Ending[] = []
  let lateWords = 0
  const generation = createGeneration({
    account: 'toy',
    shard: 0,
    shardCount: () => 1,
    number: 1,
    clock,
    random: seededRandom(1),
    log: silentLogger,
    net,
    store: {
      get: () => Promise.resolve(1),
      set: () => Promise.resolve(),
      cursor: () => Promise.resolve(undefined),
    },
    attribution: createAttribution(),
    accept: () => Promise.resolve(),
    onEvidence: () => {},
    onObservation: () => {},
    onReopen: () => {},
    onFailure: ending => failures.push(ending),
    onLateWord: () => {
      lateWords += 1
    },
    ...ports,
  })
  return { clock, net, generation, host: generation.host, failures, lateWords: () => lateWords }
}
const TARGET = { url: 'ws://toy', handshakeTimeoutMs: 1000, maxMessageBytes: 1000 }
const REQUEST = { method: 'GET', url: 'http://toy', timeoutMs: 1000 } as const
const deafEars: SocketEvents = { opened() {}, text() {}, binary() {}, closed() {} }

test('the cut destroys sockets, timers, sleeps and requests before it returns', async () => {
  const { clock, net, generation, host } = born()
  host.dial(TARGET, { ...deafEars, closed: () => assert.fail('an echo of the cut was heard') })
  host.clock.after(10, () => assert.fail('a timer outlived the cut'))
  const slept = assert.rejects(host.sleep(10), StoppedError)
  const asked = assert.rejects(host.request(REQUEST), NetworkError)
  const own = new AbortController()
  const askedWithSignal = assert.rejects(host.request(REQUEST, own.signal), NetworkError)
  generation.cut('test')
  assert.equal(net.live, 0)
  assert.equal(generation.signal.aborted, true)
  await Promise.all([slept, asked, askedWithSignal])
  await clock.advance(100_000)
  assert.equal(clock.armed, 0)
})

test('after the cut every verb is refused and counted', async () => {
  const { generation, host, net, lateWords, clock } = born()
  generation.cut('test')
  const socket = host.dial(TARGET, { ...deafEars, closed: () => assert.fail('heard') })
  assert.equal(socket.send('x'), false)
  host.clock.after(1, () => assert.fail('fired'))
  host.report({ kind: 'ack' }, 1e9)
  host.observe({ kind: 'send_accepted' })
  await assert.rejects(host.sleep(1), StoppedError)
  await assert.rejects(host.request(REQUEST), StoppedError)
  await assert.rejects(host.accept({}), StoppedError)
  await assert.rejects(host.store.get('x'), StoppedError)
  await assert.rejects(host.store.set('x', 1), StoppedError)
  await assert.rejects(host.store.cursor(), StoppedError)
  assert.equal(lateWords(), 10)
  assert.equal(net.sockets.length, 0)
  await clock.advance(100)
  generation.cut('twice')
})

test('a request can be called off by its own signal while the life goes on', async () => {
  const { host, generation } = born()
  const own = new AbortController()
  const asked = assert.rejects(host.request(REQUEST, own.signal), NetworkError)
  own.abort()
  await asked
  assert.equal(generation.alive, true)
})

test('a store or a journal that cannot write fails the life, once, and the caller hears it too', async () => {
  const full = () => Promise.reject(new JournalUnwritableError('disk full'))
  const { host, failures } = born({
    accept: full,
    store: { get: full, set: full, cursor: () => Promise.resolve(undefined) },
  })
  await assert.rejects(host.store.get('x'), JournalUnwritableError)
  assert.equal(failures.length, 0, 'reading is not writing')
  await assert.rejects(host.store.set('x', 1), JournalUnwritableError)
  await assert.rejects(host.accept({}), JournalUnwritableError)
  assert.deepEqual(
    failures.map(({ code, retryable }) => [code, retryable]),
    [['journal_unwritable', true]],
  )
})

test('another error of accept is the adapter’s to handle', async () => {
  const { host, failures } = born({ accept: () => Promise.reject(new Error('a bug behind the journal')) })
  await assert.rejects(host.accept({}), /a bug behind/)
  assert.equal(failures.length, 0)
})

test('many requests at once make no warning about listeners', async () => {
  const { host, generation } = born()
  const warnings: Error[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  const asked = Array.from({ length: 50 }, () => assert.rejects(host.request(REQUEST)))
  generation.cut('test')
  await Promise.all(asked)
  await new Promise(resolve => setImmediate(resolve))
  process.off('warning', note)
  assert.deepEqual(warnings, [])
})

test('a dial that fails before it returns is heard all the same', () => {
  const closes: number[] = []
  const { host } = born({
    net: {
      dial(_options, events) {
        events.closed(1006, 'refused')
        return { send: () => false, close: () => {}, terminate: () => {} }
      },
      request: () => Promise.reject(new Error('unused')),
    },
  })
  host.dial(TARGET, { ...deafEars, closed: code => closes.push(code) })
  assert.deepEqual(closes, [1006])
})
