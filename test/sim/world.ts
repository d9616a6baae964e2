/** One world: a platform, a network, a machine with a disk, people; a storm, and what has to hold through it. */
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { createPlatform, type Platform } from '../../src/sandbox/model/platform.ts'
import { createDriver } from '../../src/sandbox/shell/driver.ts'
import { tagsIn } from './agent.ts'
import { ACCOUNT, APP_ID, SECRET } from './boot.ts'
import { createDice } from './dice.ts'
import { createDisk, type Disk } from './disk.ts'
import { createFates } from './fates.ts'
import { createStorm } from './faults.ts'
import { createLedger } from './ledger.ts'
import { createMachine, type Machine } from './machine.ts'
import { checkMessages, checkSessions } from './message-check.ts'
import { createMonitor } from './monitor.ts'
import { createNetwork, type Network } from './network.ts'
import type { Plan } from './plan.ts'
import { awaitRecovery } from './recovery-check.ts'
import { checkStop, createLogWatch } from './stop-check.ts'
import { createTimeline } from './timeline.ts'
import { createUsers } from './users.ts'
import { createViolations, type Violation } from './violations.ts'
import { createWitness } from './witness.ts'

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

export interface WorldOptions {
  /** A folder for the journal's file; without one it is in memory. */
  readonly folder?: string
  readonly print?: (line: string) => void
}

const HOUR_MS = 3_600_000
/** No reply waits longer than its window, and the longest window is an hour. */
const LONGEST_QUIET_MS = 75 * 60_000
const QUIET_STEP_MS = 20_000
const WALL_START_MS = Date.UTC(2026, 0, 1)

export async function runWorld(plan: Plan, options: WorldOptions = {}): Promise<WorldReport> {
  const dice = createDice(plan.seed ^ 0x5eed)
  const clock = createVirtualClock(WALL_START_MS)
  const timeline = createTimeline(() => clock.monotonicMs(), options.print)
  const violations = createViolations(
    () => clock.monotonicMs(),
    ({ invariant, detail }) => timeline.note('check', () => `BROKEN: ${invariant}: ${detail}`),
  )
  const ledger = createLedger()
  const order = new Map<string, number>()
  const ends: Record<string, number> = {}
  let commits = 0
  let slowestBackMs = 0

  let platform: Platform
  let network: Network
  let disk: Disk
  const fates = createFates({ ledger, violations, nowMs: () => clock.monotonicMs(), platform: () => platform })
  const witness = createWitness({
    violations,
    ledger,
    fates,
    nowMs: () => clock.monotonicMs(),
    platform: () => platform,
    store: () => disk.store,
    sessionOf(process) {
      const link = network.linkOf(process)
      return link === undefined ? undefined : platform.gateway.links.get(link)?.session?.id
    },
  })
  const driver = createDriver(clock, () => platform)
  platform = createPlatform({
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
  /** Messages whose answers the platform took for a human check: it may show them later, or never. */
  const audited = new Set<number>()
  let auditing = false
  platform.world.record.listen(
    entry => {
      if (entry.kind === 'request' && auditing) {
        for (const tag of tagsIn(entry.request)) audited.add(tag)
        auditing = false
      }
      if (entry.kind !== 'fault' || entry.change !== 'fired') return
      const { spec } = entry.fault
      if (spec.kind === 'audit') auditing = true
      // What the platform skips or numbers wrongly cannot be asked for again by its number.
      if ((spec.kind === 'events' && spec.do !== 'duplicate') || (spec.kind === 'mute' && spec.what === 'event'))
        ledger.disorder(bot)
    },
    ['fault', 'request'],
  )
  network = createNetwork({ clock, dice: dice.fork(), timeline, watch: witness, platform: () => platform })
  disk = createDisk({
    clock,
    dice: dice.fork(),
    path: options.folder === undefined ? ':memory:' : `${options.folder}/journal-${plan.seed}.db`,
    wallMs: () => Math.floor(clock.nowMs() + (machine?.wallSkewMs ?? 0)),
    onCommit(writes) {
      commits += 1
      timeline.note('disk', () => `commit of ${writes}`)
    },
    onRefusal: writes => timeline.note('disk', () => `${writes} writes refused`),
    onAccepted(id, acceptance) {
      if (acceptance !== 'known') order.set(id, order.size)
    },
  })
  let machine: Machine | undefined
  const present = createMachine({
    clock,
    dice: dice.fork(),
    timeline,
    network,
    disk,
    settings: plan.settings,
    moodOf: tag => ledger.byTag(tag)?.mood ?? 'echo',
    onStateChange: () => {},
    onTrouble: createLogWatch(violations),
    onEscaped(thrown) {
      const told = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
      violations.add('bug', `escaped: ${told.split('\n').slice(0, 4).join(' | ')}`)
    },
    onStopped: (running, tookMs, busy) => checkStop(running, network, tookMs, busy, violations),
  })
  machine = present

  const storm = createStorm({
    clock,
    dice: dice.fork(),
    timeline,
    platform,
    network,
    disk,
    machine: present,
    people: plan.crowd.people,
    groups: plan.crowd.groups,
    gapMs: plan.faultGapMs,
    meanSpanMs: plan.meanSpanMs,
    jumpWall(byMs) {
      present.wallSkewMs += byMs
      witness.wallJumped()
    },
  })
  const users = createUsers({ clock, dice: dice.fork(), timeline, platform, ledger, crowd: plan.crowd })
  const monitor = createMonitor(clock, dice.fork(), present, witness, violations)

  const settled = (): boolean => {
    const { incoming, outgoing } = disk.store.pending(ACCOUNT)
    return incoming + outgoing === 0
  }
  const quiet = async (): Promise<void> => {
    const untilMs = clock.monotonicMs() + LONGEST_QUIET_MS
    do await clock.advance(QUIET_STEP_MS)
    while (clock.monotonicMs() < untilMs && !settled())
  }

  const catcher = (thrown: unknown): void => present.escaped(thrown)
  process.on('unhandledRejection', catcher)
  try {
    present.boot()
    monitor.begin()
    let checked = 0
    for (let episode = 1; episode <= plan.episodes; episode++) {
      users.begin()
      storm.begin()
      const endsAtMs = (episode * plan.hours * HOUR_MS) / plan.episodes
      await clock.advance(Math.max(600_000, endsAtMs - clock.monotonicMs()))
      storm.mend()
      slowestBackMs = Math.max(
        slowestBackMs,
        await awaitRecovery(clock, present, violations, () => timeline.note('users', () => 'a person resumes the account')),
      )
      users.fallSilent()
      await quiet()
      await checkSessions(bot, ledger, disk.store, violations)
      const heard = ledger.all.slice(checked)
      checked = ledger.all.length
      const result = await checkMessages(heard, { store: disk.store, bot, order, audited }, violations)
      for (const [end, count] of Object.entries(result.ends)) ends[end] = (ends[end] ?? 0) + count
      ledger.prune(bot)
    }
    monitor.stop()
    let down = false
    present.shutDown().then(() => {
      down = true
    }, catcher)
    for (let seconds = 0; seconds < 30 && !down; seconds++) await clock.advance(1_000)
    if (!down) violations.add('slow stop', 'the last process has not ended after 30 s')
  } finally {
    process.off('unhandledRejection', catcher)
    driver.stop()
    await disk.dispose()
  }
  return {
    seed: plan.seed,
    bad: plan.bad,
    hours: clock.monotonicMs() / HOUR_MS,
    faults: storm.counts,
    messages: ledger.all.length,
    ends,
    processes: present.started,
    identifies: witness.identifies,
    commits,
    slowestBackMs,
    fingerprint: timeline.fingerprint,
    violations: violations.list,
  }
}
