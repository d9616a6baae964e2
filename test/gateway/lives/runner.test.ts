/** The runner as a whole: people's wishes, stop, counts, the watch over its own word. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createToyHouse } from '../../support/toy-house.ts'

test('pause, resume and restart touch one account, and know no other', async () => {
  const house = createToyHouse([
    { account: 'a', lives: ['healthy'] },
    { account: 'b', lives: ['healthy'] },
  ])
  house.runner.start()
  await house.seconds(1)
  assert.equal(house.runner.pause('a'), true)
  assert.equal(house.state('a'), 'paused')
  assert.equal(house.net.live, 1)
  await house.seconds(3600)
  assert.equal(house.state('a'), 'paused')
  assert.equal(house.runner.overdue(), false)
  house.runner.resume('a')
  await house.seconds(1)
  assert.equal(house.state('a'), 'connected')
  house.runner.restart('a')
  await house.seconds(1)
  assert.equal(house.status('a').generation, 3)
  assert.equal(house.status('b').generation, 1)
  assert.equal(house.runner.pause('nobody'), false)
})

test('a disabled account is shown, and never lives', async () => {
  const house = createToyHouse([{ account: 'off', lives: ['healthy'], enabled: false }])
  house.runner.start()
  house.runner.resume('off')
  await house.seconds(60)
  assert.equal(house.state('off'), 'disabled')
  assert.equal(house.status('off').generation, 0)
  await house.runner.stop()
})

test('stop: at once when lives settle, after five seconds when one hangs, and nothing is left over', async () => {
  const house = createToyHouse([
    { account: 'a', lives: ['healthy'] },
    { account: 'down', lives: ['gives_up_for_good'] },
  ])
  house.runner.start()
  await house.seconds(1)
  const stopped = house.runner.stop()
  await house.seconds(0)
  await stopped
  assert.equal(house.state('a'), 'disconnected')
  assert.equal(house.clock.armed, 0)
  await house.runner.stop()

  const stubborn = createToyHouse([{ account: 'b', lives: ['hangs_on_stop'] }])
  stubborn.runner.start()
  await stubborn.seconds(1)
  let done = false
  const gone = stubborn.runner.stop().then(() => {
    done = true
  })
  assert.equal(stubborn.net.live, 0)
  await stubborn.seconds(4.9)
  assert.equal(done, false)
  await stubborn.seconds(0.2)
  await gone
  assert.equal(stubborn.clock.armed, 0)
})

test('stop before the start, and while accounts wait, is over at once', async () => {
  const house = createToyHouse([{ account: 'a', lives: ['gives_up_at_once'] }])
  await house.runner.stop()
  house.runner.start()
  await house.seconds(60)
  assert.equal(house.state('a'), 'fatal')
  await house.runner.stop()
  assert.equal(house.clock.armed, 0)
})

test('quick ends are counted and shown, and the pace slows', async () => {
  const house = createToyHouse([{ account: 'a', lives: ['gives_up_at_once'] }], {
    policy: { onAllDown: 'stay', reviveSeconds: [1], supervised: false },
  })
  house.runner.start()
  await house.seconds(600)
  const { generations, endings, transitions } = house.runner.counts()['a'] ?? assert.fail()
  assert.ok(generations >= 10 && generations <= 15, `${generations} lives`)
  assert.equal(endings['toy_exhausted'], generations)
  assert.ok(transitions >= generations)
  assert.match(house.status('a').hint ?? '', /ended at once/)
})

test('every change of state is told once, in order, with its cause and wall time', async () => {
  const house = createToyHouse([{ account: 'a', lives: ['gives_up'] }])
  const startMs = house.clock.nowMs()
  house.runner.start()
  await house.seconds(10)
  assert.deepEqual(
    house.transitions.map(({ from, to, code }) => [from, to, code]),
    [
      ['disconnected', 'connecting', null],
      ['connecting', 'connected', null],
      ['connected', 'fatal', 'toy_exhausted'],
    ],
  )
  assert.equal(house.transitions.at(-1)?.atMs, startMs + 3000)
  house.clock.jumpWall(3_600_000)
  assert.equal(Date.parse(house.status('a').next_retry_at ?? ''), house.clock.nowMs() + 23_000)
})

test('the status carries what the journal counts, and sends that were accepted', async () => {
  const house = createToyHouse([{ account: 'a', lives: ['healthy'] }])
  house.runner.start()
  await house.seconds(1)
  const status = house.status('a')
  assert.equal(status.pending_in, 1)
  assert.equal(status.pending_out, 2)
  assert.equal(status.evidence.last_send_at, null)
  const adapter = house.runner.adapter('a') ?? assert.fail()
  const chat = { account: 'a', kind: 'c2c' as const, id: 'x' }
  const outcome = await adapter.send({ chat, text: 'hi', form: 'plain' }, new AbortController().signal)
  assert.equal(outcome.kind, 'accepted')
})

test('overdue only when even the lease did not end a life: our own alarms failed', async () => {
  const house = createToyHouse([{ account: 'a', lives: ['healthy'] }])
  house.runner.start()
  await house.seconds(1)
  assert.equal(house.runner.overdue(), false)
  house.clock.freeze(60_000)
  assert.equal(house.runner.overdue(), true)
  await house.seconds(1)
  assert.equal(house.runner.overdue(), false)
})
