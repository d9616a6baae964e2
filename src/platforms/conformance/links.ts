import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdapterUnderTest } from './descriptor.ts'
import type { Stand } from './stand.ts'

type On = (check: (stand: Stand) => Promise<void>) => () => Promise<void>

/** Nothing happens for twice as long as a silence goes unnoticed: its state, its life and its word stay. */
async function staysQuietly(
  state: 'connected' | 'unverified',
  stand: Stand,
  { noticeMs }: AdapterUnderTest,
): Promise<void> {
  const { generation } = stand.status
  const until = Date.now() + 2 * noticeMs
  await stand.reach(
    'quiet time to pass',
    () => {
      assert.equal(stand.status.state, state)
      assert.equal(stand.runner.overdue(), false)
      return Date.now() >= until
    },
    3 * noticeMs + 5_000,
  )
  assert.equal(stand.status.generation, generation)
}

/** A link that the platform holds: proven, quiet, cut. */
export function checkHeldLinks(tested: AdapterUnderTest, on: On): void {
  test(
    'it connects, by proof, over one link',
    on(async stand => {
      stand.start()
      await stand.up()
      assert.notEqual(stand.status.evidence.ready_at, null)
      assert.equal(stand.status.attempt, 0)
      assert.equal(stand.platform.links(), 1)
    }),
  )

  test(
    'a quiet link stays connected, and keeps its word to report',
    on(async stand => {
      stand.start()
      await stand.up()
      await staysQuietly('connected', stand, tested)
      assert.equal(stand.platform.links(), 1)
    }),
  )

  test(
    'a link that is cut is not called connected, and comes back alone',
    on(async stand => {
      stand.start()
      await stand.up()
      const before = stand.status.evidence.ready_at
      stand.platform.break('cut')
      await stand.reach('a new proof', () => stand.status.evidence.ready_at !== before)
      await stand.up()
      assert.equal(stand.platform.links(), 1)
      await stand.hear('after the cut')
    }),
  )
}

/** A platform that calls: nothing is dialled, and nothing is claimed that nobody can know. */
export function checkCalls(tested: AdapterUnderTest, on: On): void {
  test(
    'what nothing proves is not called connected; a call proves it for a while, and no link is opened',
    on(async stand => {
      stand.start()
      await stand.up()
      const before = stand.status.evidence
      assert.deepEqual([before.last_ack_at, before.last_event_at], [null, null])
      assert.equal(stand.status.state, 'unverified')
      await stand.hear('a call')
      await stand.reach('the call to be evidence', () => stand.status.evidence.last_event_at !== null)
      await stand.reach('the proof', () => stand.status.state === 'connected')
      await stand.reach('its end', () => stand.status.state === 'unverified', (tested.callProofMs ?? 0) + 5_000)
      assert.equal(stand.platform.links(), 0)
    }),
  )

  test(
    'a quiet account keeps its word to report',
    on(async stand => {
      stand.start()
      await stand.up()
      await staysQuietly('unverified', stand, tested)
    }),
  )
}

/** A life as it is begun, lost, healed and given up, true about itself at every moment. */
export function checkLives(tested: AdapterUnderTest, on: On): void {
  test(
    tested.link === 'held'
      ? 'a link that falls silent is noticed in time, and healed'
      : 'a platform that falls silent is noticed in time, and its return too',
    on(async stand => {
      stand.start()
      await stand.up()
      const mend = stand.platform.break('silent')
      await stand.reach('the silence to be noticed', () => !stand.isUp, tested.noticeMs + 1_000)
      mend()
      await stand.up()
      await stand.hear('after the silence')
    }),
  )

  test(
    'while nobody can connect it says so: why, and when it tries again',
    on(async stand => {
      const mend = stand.platform.break('refused')
      stand.start()
      await stand.reach('a failed attempt', () => stand.status.attempt > 0)
      const { state, error_code: code, error_message: message } = stand.status
      assert.ok(state === 'retrying' || state === 'connecting' || state === 'fatal', state)
      await stand.reach('the time of the next try', () => stand.status.next_retry_at !== null)
      assert.match(code ?? '', /^[a-z0-9_]+$/)
      assert.ok((message ?? '').length > 0)
      mend()
      await stand.up()
    }),
  )

  test(
    'refused credentials are a cause that waiting does not cure, with a hint',
    on(async stand => {
      const mend = stand.platform.break('credentials')
      stand.start()
      await stand.reach('to be parked', () => stand.status.state === 'fatal')
      assert.equal(stand.status.retryable, false)
      assert.ok((stand.status.hint ?? '').length > 0, 'no hint says what to do')
      assert.equal(stand.platform.links(), 0)
      mend()
      stand.runner.resume('kit')
      await stand.up()
    }),
  )
}

/** Whatever a life is doing, a stop ends it, and nothing of it is left. */
export function checkStops(tested: AdapterUnderTest, on: On): void {
  const stopAndLook = async (stand: Stand): Promise<void> => {
    await stand.runner.stop()
    assert.equal(stand.runner.counts()['kit']?.hung, 0, 'it did not settle in time')
    await stand.reach('its links to be gone', () => stand.platform.links() === 0)
    assert.equal(stand.status.state, 'disconnected')
  }

  test(
    'stopped while it is up',
    on(async stand => {
      stand.start()
      await stand.up()
      await stopAndLook(stand)
    }),
  )
  test(
    'stopped while it waits for its next try',
    on(async stand => {
      stand.platform.break('refused')
      stand.start()
      await stand.reach('a failed attempt', () => stand.status.attempt > 0)
      await stopAndLook(stand)
    }),
  )
  for (const stage of tested.stages)
    test(
      `stopped while it is held at: ${stage}`,
      on(async stand => {
        const isHeld = stand.platform.stallAt(stage)
        stand.start()
        await stand.reach('the life to be held', isHeld)
        assert.equal(stand.isUp, false)
        await stopAndLook(stand)
      }),
    )
  test(
    tested.link === 'held' ? 'restarted, it never has two links' : 'restarted, it is called again',
    on(async stand => {
      stand.start()
      await stand.up()
      for (let round = 0; round < 5; round += 1) {
        const { generation } = stand.status
        stand.runner.restart('kit')
        await stand.reach('another life', () => {
          assert.ok(stand.platform.links() <= 1, 'two links at once')
          return stand.status.generation === generation + 1 && stand.isUp
        })
      }
      await stand.hear('after five restarts')
    }),
  )
}
