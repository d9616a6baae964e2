/** Every way in which a life can end, on the virtual clock: rows 33, 35, 36, 38, 88 and 90 of the survival table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeraldError, JournalUnwritableError } from '../../../src/lib/errors.ts'
import { type Conduct, TROUBLE_AFTER_MS } from '../../support/toy-adapter.ts'
import { createToyHouse } from '../../support/toy-house.ts'

/** Conduct of the first life, how long after its trouble the state may still say connected, and the code it falls with. */
const WAYS: readonly (readonly [Conduct, number, string])[] = [
  ['gives_up', 0, 'toy_exhausted'],
  ['returns_nothing', 0, 'bug'],
  ['returns_nonsense', 0, 'bug'],
  ['throws', 0, 'bug'],
  ['throws_in_host_timer', 0, 'bug'],
  // The lease (11 s after the last word) and its grace, or the age of the proof (20 s), whichever is first.
  ['falls_silent', 16_000, 'life_stalled'],
]

for (const [conduct, lateMs, code] of WAYS) {
  test(`H88 a life that ${conduct}: fatal within its lease, alive again, the neighbour sees no gap`, async () => {
    const house = createToyHouse([
      { account: 'sick', lives: [conduct, 'healthy'] },
      { account: 'well', lives: ['healthy'] },
    ])
    house.runner.start()
    await house.seconds(1)
    assert.equal(house.state('sick'), 'connected')

    await house.clock.advance(TROUBLE_AFTER_MS - 1000 + lateMs + 50)
    const fallen = house.status('sick')
    assert.equal(fallen.state, 'fatal')
    assert.equal(fallen.error_code, code)
    assert.ok(fallen.next_retry_at)
    assert.ok(Date.parse(fallen.next_retry_at) - house.clock.nowMs() <= 30_000)

    await house.clock.advance(Date.parse(fallen.next_retry_at) - house.clock.nowMs() + 100)
    assert.equal(house.state('sick'), 'connected')
    assert.equal(house.status('sick').generation, 2)
    const ofWell = house.transitions.filter(({ account }) => account === 'well').map(({ to }) => to)
    assert.deepEqual(ofWell, ['connecting', 'connected'])
    assert.equal(house.net.mostLive, 2)
    await house.runner.stop()
    assert.equal(house.net.live, 0)
  })
}

test('C33 H88 a life that throws in a socket listener ends as a bug and is heard at once', async () => {
  const house = createToyHouse([{ account: 'sick', lives: ['throws_in_socket_listener', 'healthy'] }])
  house.runner.start()
  await house.seconds(1)
  house.net.sockets[0]?.say('message')
  assert.equal(house.state('sick'), 'fatal')
  assert.equal(house.status('sick').error_code, 'bug')
  assert.match(house.status('sick').error_message ?? '', /thrown in a socket listener/)
  await house.seconds(31)
  assert.equal(house.state('sick'), 'connected')
})

test('a run that throws before it gives a promise is a bug, not the end of the process', async () => {
  const house = createToyHouse([{ account: 'sick', lives: ['throws_synchronously', 'healthy'] }])
  house.runner.start()
  await house.seconds(1)
  assert.equal(house.status('sick').error_code, 'bug')
  await house.seconds(31)
  assert.equal(house.state('sick'), 'connected')
})

test('H88 a life that never says a word is ended after its first lease', async () => {
  const house = createToyHouse([{ account: 'sick', lives: ['never_speaks', 'healthy'] }])
  house.runner.start()
  await house.seconds(34)
  assert.equal(house.state('sick'), 'connecting')
  await house.seconds(2)
  assert.equal(house.state('sick'), 'fatal')
  assert.equal(house.status('sick').error_code, 'life_stalled')
  // It never settles either: 5 s later it is left behind, and the pace counts from the fall.
  await house.seconds(30)
  assert.equal(house.state('sick'), 'connected')
  assert.equal(house.runner.counts()['sick']?.hung, 1)
})

test('an open that never settles is ended as well, and its late adapter is not used', async () => {
  const late = Promise.withResolvers<void>()
  const house = createToyHouse([
    { account: 'sick', lives: ['healthy'], onOpen: life => (life === 1 ? late.promise : undefined) },
  ])
  house.runner.start()
  await house.seconds(36)
  assert.equal(house.status('sick').error_code, 'life_stalled')
  late.resolve()
  await house.seconds(1)
  assert.equal(house.net.sockets.length, 0)
  await house.seconds(30)
  assert.equal(house.state('sick'), 'connected')
  assert.equal(house.net.mostLive, 1)
})

test('C35 a restart asked for from inside the failing life makes exactly one new link', async () => {
  let asked = 0
  const house = createToyHouse([
    {
      account: 'sick',
      lives: ['throws_in_host_timer', 'healthy'],
      onTrouble: () => {
        asked += 1
        if (asked === 1) house.runner.restart('sick')
      },
    },
  ])
  house.runner.start()
  await house.seconds(5)
  assert.equal(asked, 1)
  assert.equal(house.state('sick'), 'connected')
  assert.equal(house.status('sick').generation, 2)
  assert.equal(house.net.mostLive, 1)
})

test('C36 what the old socket and the old life still say is dropped and counted', async () => {
  const house = createToyHouse([{ account: 'toy', lives: ['hangs_on_stop', 'healthy'] }])
  house.runner.start()
  await house.seconds(1)
  house.runner.restart('toy')
  assert.equal(house.net.live, 0, 'the socket is gone before anything else happens')
  assert.equal(house.state('toy'), 'connecting')
  house.net.sockets[0]?.say('ack')
  await house.seconds(4)
  assert.equal(house.status('toy').generation, 1, 'the old promise is still waited for')
  await house.seconds(2)
  assert.equal(house.status('toy').generation, 2)
  house.net.deaf = true
  const before = house.status('toy').evidence.last_ack_at
  house.net.sockets[0]?.say('ack')
  assert.equal(house.status('toy').evidence.last_ack_at, before)
  assert.equal(house.status('toy').late_words, 2)
  assert.equal(house.runner.counts()['toy']?.hung, 1)
  assert.equal(house.net.mostLive, 1)
})

test('reports after the end are dropped and counted', async () => {
  const house = createToyHouse([{ account: 'toy', lives: ['speaks_after_end'] }])
  house.runner.start()
  await house.seconds(1)
  house.runner.pause('toy')
  await new Promise(resolve => setTimeout(resolve, 10))
  assert.equal(house.state('toy'), 'paused')
  assert.equal(house.status('toy').late_words, 1)
})

test('a life that ignores its end in a loop is stuck, not spinning', async () => {
  const house = createToyHouse([{ account: 'toy', lives: ['spins_on_stop'] }])
  house.runner.start()
  await house.seconds(1)
  const stopped = house.runner.stop()
  await house.seconds(6)
  await stopped
  const words = house.status('toy').late_words
  assert.ok(words > 50 && words < 200, `${words} late words`)
  await house.seconds(60)
  assert.equal(house.status('toy').late_words, words)
  assert.equal(house.clock.armed, 0)
})

test('C38 G79 one bot in every kind of trouble for an hour, the other without a gap', async () => {
  const house = createToyHouse([
    { account: 'sick', lives: ['gives_up', 'throws', 'falls_silent', 'never_speaks', 'gives_up_for_good'] },
    { account: 'well', lives: ['healthy'] },
  ])
  house.runner.start()
  await house.seconds(3600)
  assert.equal(house.state('sick'), 'fatal')
  assert.equal(house.status('sick').retryable, false)
  assert.equal(house.state('well'), 'connected')
  assert.equal(house.status('well').generation, 1)
  assert.deepEqual(house.verdicts, [])
})

test('H90 a day of ACKs without one event restarts nothing', async () => {
  const house = createToyHouse([{ account: 'toy', lives: ['healthy'] }])
  house.runner.start()
  await house.seconds(1)
  for (let hour = 0; hour < 24; hour += 1) {
    await house.seconds(3600)
    assert.equal(house.state('toy'), 'connected')
  }
  assert.equal(house.status('toy').generation, 1)
  assert.equal(house.transitions.length, 2)
})

test('a flood of words and names stays bounded', async () => {
  const house = createToyHouse([{ account: 'toy', lives: ['floods'] }])
  house.runner.start()
  await house.seconds(5)
  assert.equal(house.state('toy'), 'connected')
  const unknown = house.status('toy').unknown_events
  assert.equal(Object.keys(unknown).length, 201)
  assert.equal(unknown['other'], 800)
  assert.ok(house.changes() < 20, `${house.changes()} changes told`)
})

test('a journal that cannot write ends the life, and nothing begins before a probe went through', async () => {
  let full = true
  let probes = 0
  const house = createToyHouse([{ account: 'toy', lives: ['accepts'] }], {
    accept: () => (full ? Promise.reject(new JournalUnwritableError('disk full')) : Promise.resolve()),
    probeJournal() {
      probes += 1
      return full ? Promise.reject(new JournalUnwritableError('disk full')) : Promise.resolve()
    },
  })
  house.runner.start()
  await house.seconds(1)
  house.net.sockets[0]?.say('message')
  await house.seconds(0)
  assert.equal(house.status('toy').error_code, 'journal_unwritable')
  assert.equal(house.status('toy').retryable, true)
  assert.equal(house.net.live, 0)
  await house.seconds(300)
  assert.equal(house.status('toy').generation, 1)
  assert.ok(probes >= 4, `${probes} probes`)
  full = false
  await house.seconds(61)
  assert.equal(house.state('toy'), 'connected')
})

test('what open throws is the ending, and is asked again at the pace of revival', async () => {
  let owned = true
  const house = createToyHouse([
    {
      account: 'toy',
      lives: ['healthy'],
      onOpen: () => {
        if (owned) throw new HeraldError('owned_elsewhere', 'process 4242 holds the bot (hunter2)')
      },
    },
  ])
  house.runner.start()
  await house.seconds(1)
  const status = house.status('toy')
  assert.equal(status.state, 'fatal')
  assert.equal(status.error_code, 'owned_elsewhere')
  assert.equal(status.error_message, 'process 4242 holds the bot ([redacted])')
  assert.deepEqual(
    house.verdicts.map(({ code }) => code),
    [69],
  )
  await house.seconds(3600)
  owned = false
  await house.seconds(61)
  assert.equal(house.state('toy'), 'connected', 'waiting for another process is never slowed')
})

test('a process that was suspended for ten minutes blames no life that can still speak', async () => {
  const house = createToyHouse([{ account: 'toy', lives: ['healthy'] }])
  house.runner.start()
  await house.seconds(15)
  house.clock.freeze(600_000)
  assert.equal(house.state('toy'), 'retrying', 'the proof is old, and the state says so at once')
  await house.seconds(1)
  assert.equal(house.state('toy'), 'connected')
  assert.equal(house.status('toy').generation, 1)
})

test('suspended while silent: the life still has to keep its word afterwards', async () => {
  const house = createToyHouse([{ account: 'toy', lives: ['falls_silent', 'healthy'] }])
  house.runner.start()
  await house.seconds(5)
  house.clock.freeze(600_000)
  await house.seconds(20)
  assert.equal(house.status('toy').error_code, 'life_stalled')
})
