/** One world: a platform, a network, a machine with a disk, people, whatever goes wrong, and those who watch. */

import type { Bot } from '../../src/sandbox/model/access/bots.ts'
import { createPlatform, type Platform } from '../../src/sandbox/model/platform.ts'
import { createDriver } from '../../src/sandbox/shell/driver.ts'
import { createFates } from './checks/fates.ts'
import { createLedger, type Ledger } from './checks/ledger.ts'
import { createMonitor, type Monitor } from './checks/monitor.ts'
import { type Audits, listenToFaults, listenToStreams, type StreamEar } from './checks/platform-ear.ts'
import { checkStop, createLogWatch } from './checks/stop-check.ts'
import { createViolations, type Violations } from './checks/violations.ts'
import { createWitness, type Witness } from './checks/witness.ts'
import { createDice } from './dice.ts'
import { createStorm, type Storm } from './faults/faults.ts'
import { ACCOUNT, APP_ID, SECRET } from './machine/boot.ts'
import { createDisk, type Disk } from './machine/disk.ts'
import { createMachine, type Machine } from './machine/machine.ts'
import { createNetwork, type Network } from './network/network.ts'
import { createUsers, type Users } from './people/users.ts'
import type { Plan } from './runs/plan.ts'
import { createTimeline, type Timeline } from './timeline.ts'
import { createWorldClock, type WorldClock } from './world-clock.ts'

export interface World {
  readonly clock: WorldClock
  readonly timeline: Timeline
  readonly violations: Violations
  readonly ledger: Ledger
  readonly platform: Platform
  readonly bot: Bot
  readonly network: Network
  readonly disk: Disk
  readonly machine: Machine
  readonly storm: Storm
  readonly users: Users
  readonly monitor: Monitor
  readonly witness: Witness
  readonly audits: Audits
  readonly ear: StreamEar
  /** The clock of the machine is set. */
  jumpWall(byMs: number): void
  /** The messages as they came to disk. */
  readonly order: ReadonlyMap<string, number>
  readonly commits: number
  dispose(): Promise<void>
}

export interface WorldOptions {
  /** A folder for the journal's file; without one it is in memory. */
  readonly folder?: string
  readonly print?: (line: string) => void
}

const WALL_START_MS = Date.UTC(2026, 0, 1)

export function createWorld(plan: Plan, options: WorldOptions): World {
  const dice = createDice(plan.seed ^ 0x5eed)
  const clock = createWorldClock(WALL_START_MS)
  const nowMs = (): number => clock.monotonicMs()
  const timeline = createTimeline(nowMs, options.print)
  const violations = createViolations(nowMs, ({ invariant, detail }) =>
    timeline.note('check', () => `BROKEN: ${invariant}: ${detail}`),
  )
  const ledger = createLedger()
  const order = new Map<string, number>()
  let wallSkewMs = 0
  let commits = 0

  // They speak to each other in both directions, so what is built first asks for the others when it needs them.
  let network: Network
  let disk: Disk
  const driver = createDriver(clock, () => platform)
  const fates = createFates({ ledger, violations, nowMs, platform: () => platform })
  const platform: Platform = createPlatform({
    clock,
    random: dice.fork(),
    effect(effect) {
      if (effect.kind !== 'host') fates.told(effect)
      network.carry(effect)
    },
    rearm: () => driver.rearm(),
    options: plan.options,
    logCapacity: 1_000,
  })
  const bot = platform.addBot({ appId: APP_ID, secret: SECRET })
  const audits = listenToFaults(platform, bot, ledger)
  const ear = listenToStreams(platform, violations)
  const witness = createWitness({
    violations,
    ledger,
    fates,
    clock,
    platform: () => platform,
    store: () => disk.store,
    shards: plan.settings.shards,
    lifeNow: () => machine.running?.gateway.counts()[ACCOUNT]?.generations,
  })
  network = createNetwork({ clock, dice: dice.fork(), timeline, watch: witness, platform: () => platform })
  disk = createDisk({
    clock,
    dice: dice.fork(),
    path: options.folder === undefined ? ':memory:' : `${options.folder}/journal-${plan.seed}.db`,
    wallMs: () => Math.floor(clock.nowMs() + wallSkewMs),
    onCommit(writes) {
      commits += 1
      timeline.note('disk', () => `commit of ${writes}`)
    },
    onRefusal: writes => timeline.note('disk', () => `${writes} writes refused`),
    onAccepted(id, acceptance) {
      if (acceptance !== 'known') order.set(id, order.size)
    },
  })
  const machine = createMachine({
    clock,
    dice: dice.fork(),
    timeline,
    network,
    disk,
    settings: plan.settings,
    wallSkewMs: () => wallSkewMs,
    moodOf: tag => ledger.byTag(tag)?.mood ?? 'echo',
    onTrouble: createLogWatch(violations),
    onEscaped: thrown => violations.add('bug', `escaped: ${told(thrown)}`),
    onStopped: (running, stop) => checkStop(running, stop, network, violations),
  })
  const jumpWall = (byMs: number): void => {
    wallSkewMs += byMs
    witness.wallJumped(byMs)
  }
  const storm = createStorm({
    clock,
    dice: dice.fork(),
    timeline,
    violations,
    platform,
    network,
    disk,
    machine,
    people: plan.crowd.people,
    groups: plan.crowd.groups,
    gapMs: plan.faultGapMs,
    meanSpanMs: plan.meanSpanMs,
    jumpWall,
  })
  return {
    clock,
    timeline,
    violations,
    ledger,
    platform,
    bot,
    network,
    disk,
    jumpWall,
    machine,
    storm,
    users: createUsers({ clock, dice: dice.fork(), timeline, platform, ledger, crowd: plan.crowd }),
    monitor: createMonitor(clock, dice.fork(), machine, witness, violations),
    witness,
    audits,
    ear,
    order,
    get commits() {
      return commits
    },
    async dispose() {
      driver.stop()
      await disk.dispose()
    },
  }
}

function told(thrown: unknown): string {
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return text.split('\n').slice(0, 4).join(' | ')
}
