/** Cron lines in their time zones, on the virtual clock: each run said once, over summer time, restarts and clocks that are set. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cronTrouble } from '../../src/lib/cron.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { createLedger } from '../../src/schedules/ledger.ts'
import type { Schedule } from '../../src/schedules/schedule.ts'
import { verdictOn } from '../../src/schedules/verdict.ts'
import { createLiveSchedules } from '../../src/wiring/rooms/schedules.ts'
import { house, MORNING } from './house.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

test('every working day at eight in Shanghai', async () => {
  const { clock, start, lines } = house(Date.UTC(2026, 0, 2, 0, 0, 0) - 1000)
  const stop = start([MORNING])
  for (let hour = 0; hour < 7 * 24; hour++) await clock.advance(HOUR_MS)
  await stop()
  // A Friday, then Monday to Thursday.
  assert.deepEqual(
    lines().map(line => line.slice(0, 16)),
    ['2026-01-02T00:00', '2026-01-05T00:00', '2026-01-06T00:00', '2026-01-07T00:00', '2026-01-08T00:00'],
  )
  assert.match(lines()[0] ?? '', /qqbot:c2c:A 早上好$/)
})

test('summer time: half past two is there once a day, also on the day that lacks it and on the one that has it twice', async () => {
  const night = { ...MORNING, cron: '30 2 * * *', timeZone: 'Europe/Berlin' }
  for (const [first, days] of [
    [Date.UTC(2026, 2, 28, 12), 3],
    [Date.UTC(2026, 9, 24, 12), 3],
  ] as const) {
    const { clock, start, lines } = house(first)
    const stop = start([night])
    for (let hour = 0; hour < days * 24; hour++) await clock.advance(HOUR_MS)
    await stop()
    assert.equal(lines().length, days, lines().join('\n'))
  }
})

test('a restart within the minute says nothing twice, and makes up for what fell between', async () => {
  const eightMs = Date.UTC(2026, 0, 2, 0, 0, 0)
  const { clock, start, lines } = house(eightMs - 5_000)
  const first = start([MORNING])
  await clock.advance(6_000)
  await first()
  const second = start([MORNING])
  await clock.advance(HOUR_MS)
  await second()
  assert.equal(lines().length, 1)

  const between = house(eightMs - 2 * MINUTE_MS)
  const early = between.start([MORNING])
  await between.clock.advance(1_000)
  await early()
  between.clock.jumpWall(4 * MINUTE_MS)
  const late = between.start([MORNING])
  await between.clock.advance(1_000)
  await late()
  assert.equal(between.lines().length, 1)

  const isNew = house(eightMs + MINUTE_MS)
  const none = isNew.start([MORNING])
  await isNew.clock.advance(1_000)
  await none()
  assert.deepEqual(isNew.lines(), [], 'it was not there at eight')
})

test('a machine that slept through it passes it over with a line in the log', async () => {
  const { clock, start, lines, warned } = house(Date.UTC(2026, 0, 1, 23, 0, 0))
  const stop = start([MORNING])
  await clock.advance(1_000)
  clock.jumpWall(3 * HOUR_MS)
  await clock.advance(60_000)
  await stop()
  assert.deepEqual(lines(), [])
  assert.deepEqual(warned, ['scheduled messages were passed over: their time was missed'])
})

test('a month asleep is one line a schedule, and the runs of the last minutes are made', async () => {
  const { clock, start, lines, warned } = house(Date.UTC(2026, 0, 1, 0, 0, 30))
  const stop = start([{ ...MORNING, cron: '* * * * *' }])
  await clock.advance(0)
  clock.jumpWall(30 * DAY_MS)
  await clock.advance(30_000)
  await stop()
  assert.deepEqual(warned, ['scheduled messages were passed over: their time was missed'])
  assert.equal(lines().length, 6, lines().join('\n'))
})

test('a schedule that is written otherwise minutes after its run means what is to come: nothing is said again', async () => {
  for (const change of [{ words: '早' }, { chat: 'work:c2c:A' }, { kind: 'prompt' }, { cron: '0 8 * * *' }] as const) {
    const { clock, start, lines, status, warned } = house(Date.UTC(2026, 0, 1, 23, 59, 0))
    const first = start([MORNING])
    await clock.advance(3 * MINUTE_MS)
    await first()
    const ran = status()['morning']
    const second = start([{ ...MORNING, ...change }])
    await clock.advance(MINUTE_MS)
    await second()
    assert.equal(lines().length, 1, JSON.stringify(change))
    assert.deepEqual([status()['morning']?.last_at, status()['morning']?.last_outcome], [ran?.last_at, 'accepted'])
    assert.deepEqual(warned, [])
  }
})

test('a clock that is set back says nothing a second time', async () => {
  const { clock, start, lines } = house(Date.UTC(2026, 0, 1, 23, 59, 0))
  const stop = start([MORNING])
  await clock.advance(2 * 60_000)
  clock.jumpWall(-90_000)
  await clock.advance(5 * 60_000)
  await clock.advance(DAY_MS / 2)
  await stop()
  assert.equal(lines().length, 1)
})

test('a clock that was years ahead when a schedule was written does not keep it waiting', async () => {
  const { clock, start, lines } = house(Date.UTC(2031, 0, 1))
  const first = start([MORNING])
  await clock.advance(1_000)
  await first()
  clock.jumpWall(Date.UTC(2026, 0, 1, 23, 0, 0) - clock.nowMs())
  const second = start([MORNING])
  await clock.advance(2 * HOUR_MS)
  await second()
  assert.equal(lines().length, 1)
})

test('once stopped nothing is said any more, whatever settings are read meanwhile', async () => {
  const clock = createVirtualClock(Date.UTC(2026, 0, 1, 23, 59, 30))
  const said: string[] = []
  const store = { load: async () => undefined, keep: async () => {} }
  const live = createLiveSchedules({
    clock,
    random: seededRandom(1),
    log: silentLogger,
    ledger: createLedger(store, silentLogger),
    async carryOut(_schedule, key) {
      said.push(key)
      return 'accepted'
    },
    follow: async () => 'unknown',
    onBug: assert.ifError,
  })
  await live.use([{ ...MORNING, cron: '0 8 * * *' }])
  await live.stop()
  await live.use([{ ...MORNING, cron: '* * * * *' }])
  await clock.advance(2 * 60_000)
  assert.deepEqual(said, [])
})

test('a restart long after knows what it missed: in the log and in the status, and not of a schedule that is new', async () => {
  const eightMs = Date.UTC(2026, 0, 2, 0, 0, 0)
  const { clock, start, lines, warned, status } = house(eightMs - 60_000)
  const daily = { ...MORNING, cron: '0 8 * * *' }
  const first = start([daily])
  await clock.advance(2 * 60_000)
  await first()
  assert.deepEqual(status()['morning'], {
    chat: 'qqbot:c2c:A',
    kind: 'text',
    next_at: '2026-01-03T00:00:00.000Z',
    last_at: '2026-01-02T00:00:00.000Z',
    last_outcome: 'accepted',
    last_verdict: 'well',
    runs: { accepted: 1 },
  })
  clock.jumpWall(DAY_MS + HOUR_MS)
  const second = start([daily, { ...daily, name: 'evening' }])
  await clock.advance(1_000)
  await second()
  assert.equal(lines().length, 1)
  assert.deepEqual(warned, ['scheduled messages were passed over: their time was missed'])
  assert.deepEqual(status()['morning'], {
    chat: 'qqbot:c2c:A',
    kind: 'text',
    next_at: '2026-01-04T00:00:00.000Z',
    last_at: '2026-01-03T00:00:00.000Z',
    last_outcome: 'missed',
    last_verdict: 'failed',
    runs: { missed: 1 },
  })
  assert.equal(status()['evening']?.last_at, null)
})

test('a disk that refuses: the run is made as soon as it can be written, once', async () => {
  const { clock, disk, start, lines, warned, status } = house(Date.UTC(2026, 0, 1, 23, 59, 0))
  const stop = start([MORNING])
  disk.full = true
  await clock.advance(3 * 60_000)
  assert.deepEqual(lines(), [])
  assert.equal(status()['morning']?.last_outcome, 'pending')
  disk.full = false
  await clock.advance(60_000)
  await stop()
  assert.equal(lines().length, 1)
  assert.ok(warned.every(line => line.endsWith('waits until the journal can be written')))
  assert.equal(status()['morning']?.last_outcome, 'accepted')
})

test('a disk that refuses for longer than a run may be late: it is lost, and said so; nothing is said afterwards', async () => {
  const { clock, disk, start, lines, warned, status } = house(Date.UTC(2026, 0, 1, 23, 59, 0))
  const stop = start([MORNING])
  disk.full = true
  await clock.advance(7 * 60_000)
  disk.full = false
  await clock.advance(HOUR_MS)
  await stop()
  assert.deepEqual(lines(), [])
  assert.equal(warned.at(-1), 'a scheduled message was not written down, and is lost')
  assert.equal(status()['morning']?.last_outcome, 'journal_unwritable')
})

test('a run that is written down and whose outcome cannot be looked at is not called lost: it is looked for once more', async () => {
  for (const [failing, outcome] of [
    [1, 'accepted'],
    [2, 'unknown'],
  ] as const) {
    const { clock, looks, start, lines, warned, status } = house(Date.UTC(2026, 0, 1, 23, 59, 0))
    looks.failing = failing
    const stop = start([MORNING])
    await clock.advance(HOUR_MS)
    await stop()
    assert.equal(lines().length, 1)
    assert.equal(warned[0], 'a scheduled message is followed by what is on disk of it')
    assert.ok(!warned.some(line => line.includes('lost')))
    assert.equal(status()['morning']?.last_outcome, outcome)
  }
})

test('a restart while the disk refuses: the next process makes the run, where it begins in time', async () => {
  const { clock, disk, start, lines } = house(Date.UTC(2026, 0, 1, 23, 59, 0))
  const first = start([MORNING])
  await clock.advance(1_000)
  disk.full = true
  await clock.advance(2 * 60_000)
  await first()
  disk.full = false
  const second = start([MORNING])
  await clock.advance(HOUR_MS)
  await second()
  assert.equal(lines().length, 1)
})

test('a run that a restart cut off from its outcome: the next process follows it, and makes it only where there is time', async () => {
  for (const [downMs, isWritten, outcome, lineCount] of [
    [MINUTE_MS, false, 'accepted', 1],
    [MINUTE_MS, true, 'accepted', 1],
    [HOUR_MS, true, 'accepted', 1],
    [HOUR_MS, false, 'unknown', 0],
  ] as const) {
    const { clock, agent, start, lines, warned, status } = house(Date.UTC(2026, 0, 1, 23, 59, 0))
    Object.assign(agent, { slow: true, isWritten })
    const first = start([MORNING])
    await clock.advance(2 * MINUTE_MS)
    assert.equal(status()['morning']?.last_outcome, 'pending')
    await first()
    agent.slow = false
    clock.jumpWall(downMs)
    const second = start([MORNING])
    await clock.advance(1_000)
    await second()
    const { last_outcome: last, runs } = status()['morning'] ?? {}
    assert.deepEqual([last, runs, lines().length], [outcome, { [outcome]: 1 }, lineCount])
    assert.deepEqual(warned, outcome === 'unknown' ? ['a scheduled message'] : [], 'its time was not missed')
  }
})

test('a reload while a text is under way for long: it is followed all the same', async () => {
  const clock = createVirtualClock(Date.UTC(2026, 0, 1, 23, 59, 30))
  const store = { load: async () => undefined, keep: async () => {} }
  const linked = Promise.withResolvers<string>()
  const cutOff = (signal: AbortSignal): Promise<string> =>
    new Promise(resolve => signal.addEventListener('abort', () => resolve('pending'), { once: true }))
  const live = createLiveSchedules({
    clock,
    random: seededRandom(1),
    log: silentLogger,
    ledger: createLedger(store, silentLogger),
    carryOut: (_schedule, _key, signal) => cutOff(signal),
    follow: (_key, signal) => Promise.race([linked.promise, cutOff(signal)]),
    onBug: assert.ifError,
  })
  const outcome = () => live.status().schedules?.['morning']?.last_outcome
  await live.use([MORNING])
  for (let reload = 0; reload < 2; reload++) {
    await clock.advance(20 * MINUTE_MS)
    await live.use([MORNING])
  }
  await clock.advance(MINUTE_MS)
  assert.equal(outcome(), 'pending')
  linked.resolve('accepted')
  await clock.advance(0)
  assert.equal(outcome(), 'accepted')
  await live.stop()
})

test('what is wrong with a line or a zone is said', () => {
  assert.equal(cronTrouble('0 8 * * *', 'Asia/Shanghai'), undefined)
  for (const [cron, zone] of [
    ['0 25 * * *', 'Asia/Shanghai'],
    ['every day', 'Asia/Shanghai'],
    ['0 8 * * *', 'Asia/Nowhere'],
    ['0 0 30 2 *', 'UTC'],
  ] as const)
    assert.ok(cronTrouble(cron, zone), `${cron} ${zone}`)
})

test('runs are counted once, by the process that made them', async () => {
  const { clock, start, status } = house(Date.UTC(2026, 0, 1, 23, 58, 30))
  const often: Schedule = { ...MORNING, cron: '* * * * *' }
  const first = start([often])
  await clock.advance(3 * MINUTE_MS)
  assert.deepEqual(status()['morning']?.runs, { accepted: 3 })
  await first()
  const second = start([often])
  await clock.advance(2 * MINUTE_MS)
  assert.deepEqual(status()['morning']?.runs, { accepted: 2 }, 'those of the former process are looked at, not counted')
  await second()
})

test('an outcome that nobody knows is well for nobody', () => {
  const of = (verdict: string) =>
    [
      'accepted',
      'silent',
      'pending',
      'held',
      'refused',
      'unknown',
      'expired',
      'missed',
      'dead: agent',
      'no_chat',
      'new',
    ]
      .filter(outcome => verdictOn(outcome) === verdict)
      .join(' ')
  assert.equal(of('well'), 'accepted silent')
  assert.equal(of('open'), 'pending held')
  assert.equal(of('failed'), 'refused unknown expired missed dead: agent no_chat new')
})
