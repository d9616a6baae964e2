/**
 * A process with toy accounts on the real clock, for what only a real process can show. Prints one JSON line for each
 * change of state and each escaped error. Argument: the conduct of the account `sick` in its first life.
 */
import { createRunner } from '../../../src/gateway/lives/runner.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import { systemRandom } from '../../../src/lib/random.ts'
import { type Conduct, createToyAdapter } from '../../support/toy-adapter.ts'
import { createToyNet } from '../../support/toy-net.ts'

const CONDUCTS: readonly Conduct[] = [
  'healthy',
  'rejects_unawaited',
  'rejects_in_socket_listener',
  'throws_in_raw_timer',
  'emits_unheard_error',
  'accepts',
]
const conduct = CONDUCTS.find(known => known === process.argv[2]) ?? 'healthy'
const say = (line: object): void => console.log(JSON.stringify(line))

const net = createToyNet(systemClock)
let opened = 0
const runner = createRunner({
  clock: systemClock,
  random: systemRandom,
  log: silentLogger,
  net,
  redact: text => text,
  accept() {
    // What a life sets off in the rooms behind the journal is not that life's own.
    setTimeout(() => Promise.reject(new Error('a turn that fails')), 1)
    return Promise.resolve()
  },
  probeJournal: () => Promise.resolve(),
  storeFor: () => ({
    get: () => Promise.resolve(undefined),
    set: () => Promise.resolve(),
    cursor: () => Promise.resolve(undefined),
  }),
  pending: () => ({ incoming: 0, outgoing: 0 }),
  policy: { onAllDown: 'stay', reviveSeconds: [0.2], supervised: false },
  accounts: ['sick', 'well'].map(account => ({
    account,
    enabled: true,
    open() {
      if (account === 'sick') opened += 1
      const first = account === 'sick' && opened === 1
      return Promise.resolve(
        createToyAdapter({ account, conduct: first ? conduct : 'healthy', troubleAfterMs: 100, beatMs: 200 }),
      )
    },
  })),
  onTransition({ account, to, code, message }) {
    say({ account, to, code, message })
    if (process.argv.includes('listener_throws') && to === 'connected') throw new Error('a listener that throws')
  },
  onChange: () => {},
  onVerdict: ({ code }) => say({ verdict: code }),
})

process.on('unhandledRejection', thrown => say({ escaped: 'rejection', ours: runner.attribute(thrown) }))
process.on('uncaughtException', thrown => say({ escaped: 'exception', ours: runner.attribute(thrown) }))

runner.start()
if (conduct === 'rejects_in_socket_listener' || conduct === 'accepts')
  setTimeout(() => net.sockets[0]?.say('message'), 200)
if (process.argv.includes('nobody')) setTimeout(() => Promise.reject(new Error('belongs to nobody')), 300)
process.stdin.on('end', () => {
  runner.stop().then(
    () => say({ stopped: true, counts: runner.counts() }),
    thrown => say({ thrown: String(thrown) }),
  )
})
process.stdin.resume()
