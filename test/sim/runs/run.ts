/** The course of one world: storms, each followed by quiet time in which everything has to come right. */

import { checkMessages, checkSessions } from '../checks/message-check.ts'
import { awaitRecovery } from '../checks/recovery-check.ts'
import { checkStreams } from '../checks/stream-check.ts'
import type { Violation } from '../checks/violations.ts'
import { ACCOUNT } from '../machine/boot.ts'
import { createWorld, type World, type WorldOptions } from '../world.ts'
import type { Plan } from './plan.ts'

export interface WorldReport {
  readonly seed: number
  readonly bad: boolean
  readonly hours: number
  readonly faults: Readonly<Record<string, number>>
  readonly messages: number
  /** How they ended, by name. */
  readonly ends: Readonly<Record<string, number>>
  readonly processes: number
  readonly identifies: number
  readonly commits: number
  /** The longest time from the end of a storm to `connected`. */
  readonly slowestBackMs: number
  readonly fingerprint: number
  readonly violations: readonly Violation[]
}

const HOUR_MS = 3_600_000
const SHORTEST_STORM_MS = 600_000
/** No reply waits longer than its window, and the longest window is an hour. */
const LONGEST_QUIET_MS = 75 * 60_000
const QUIET_STEP_MS = 20_000
/** Two of the longest heartbeat intervals, and a moment. */
const ZOMBIE_MS = 2 * 120_000 + 5_000
const LONGEST_STOP_MS = 30_000

export async function runWorld(plan: Plan, options: WorldOptions = {}): Promise<WorldReport> {
  const world = createWorld(plan, options)
  const { clock, machine } = world
  const escaped = (thrown: unknown): void => machine.escaped(thrown)
  process.on('unhandledRejection', escaped)
  const ends: Record<string, number> = {}
  let slowestBackMs = 0
  let checked = 0
  try {
    machine.boot()
    world.monitor.begin()
    for (let episode = 1; episode <= plan.episodes; episode++) {
      const stormAtMs = world.platform.world.now()
      const endsAtMs = (episode * plan.hours * HOUR_MS) / plan.episodes
      await storm(world, Math.max(SHORTEST_STORM_MS, endsAtMs - clock.monotonicMs()))
      slowestBackMs = Math.max(
        slowestBackMs,
        await awaitRecovery(clock, machine, plan.settings.shards, world.violations),
      )
      await quiet(world, plan.settings.shards)
      for (const [end, count] of Object.entries(await check(world, checked, stormAtMs)))
        ends[end] = (ends[end] ?? 0) + count
      checked = world.ledger.all.length
    }
    world.monitor.stop()
    await shutDown(world)
  } finally {
    process.off('unhandledRejection', escaped)
    await world.dispose()
  }
  return {
    seed: plan.seed,
    bad: plan.bad,
    hours: clock.monotonicMs() / HOUR_MS,
    faults: world.storm.counts,
    messages: world.ledger.all.length,
    ends,
    processes: machine.started,
    identifies: world.witness.identifies,
    commits: world.commits,
    slowestBackMs,
    fingerprint: world.timeline.fingerprint,
    violations: world.violations.list,
  }
}

/** People go on writing until the world is mended, and while the gateway finds its way back. */
async function storm({ clock, users, storm }: World, forMs: number): Promise<void> {
  users.begin()
  storm.begin()
  await clock.advance(forMs)
  storm.mend()
}

/** A link may have died unheard in the last moment of a storm: that is noticed, and mended, in quiet time. */
async function quiet({ clock, users, disk, machine, violations }: World, shards: number): Promise<void> {
  users.fallSilent()
  await clock.advance(ZOMBIE_MS)
  await awaitRecovery(clock, machine, shards, violations)
  const untilMs = clock.monotonicMs() + LONGEST_QUIET_MS
  const settled = (): boolean => {
    const { incoming, outgoing } = disk.store.pending(ACCOUNT)
    return incoming + outgoing === 0
  }
  do await clock.advance(QUIET_STEP_MS)
  while (clock.monotonicMs() < untilMs && !settled())
}

async function check(world: World, from: number, sinceMs: number): Promise<Readonly<Record<string, number>>> {
  const { bot, clock, ledger, disk, order, audits, ear, violations } = world
  await checkSessions(bot, ledger, disk.store, clock.monotonicMs(), violations)
  const result = await checkMessages(
    ledger.all.slice(from),
    { store: disk.store, bot, ledger, order, audited: audits, ear },
    violations,
  )
  await checkStreams({ store: disk.store, bot, ledger, ear, audited: audits }, sinceMs, violations)
  ledger.prune(bot)
  return result.ends
}

async function shutDown({ clock, machine, violations }: World): Promise<void> {
  const untilMs = clock.monotonicMs() + LONGEST_STOP_MS
  let down = false
  machine.shutDown().then(
    () => {
      down = true
    },
    thrown => machine.escaped(thrown),
  )
  while (!down && clock.monotonicMs() < untilMs) await clock.advance(1_000)
  if (!down) violations.add('slow stop', `the last process has not ended after ${LONGEST_STOP_MS / 1000} s`)
}
