/**
 * The machine that the gateway runs on: one process after another on the same disk, ended by signals, by its own verdict or
 * by being killed, and started again by a supervisor.
 */

import type { AllDown } from '../../../src/gateway/lives/runner.ts'
import { drain, drainBoundMs } from '../../../src/gateway/process/drain.ts'
import type { LogFields } from '../../../src/lib/log.ts'
import type { Gateway } from '../../../src/wiring/gateway.ts'
import type { Dice } from '../dice.ts'
import type { Network } from '../network/network.ts'
import { createSimAgent, type Mood } from '../people/agent.ts'
import { createSimLog, type Timeline } from '../timeline.ts'
import type { WorldClock } from '../world-clock.ts'
import { type BotLock, bootGateway, type Settings } from './boot.ts'
import type { Disk } from './disk.ts'
import { createIncarnation, type Incarnation } from './incarnation.ts'

/** A process with a gateway in it. */
export interface Running {
  readonly process: Incarnation
  readonly gateway: Gateway
  readonly startedAtMs: number
}

/** How a stop in good order went. `whole`: no step of it ran out of time. */
export interface Stop {
  /** Without the time that the process was not let run. */
  readonly tookMs: number
  readonly busy: boolean
  readonly whole: boolean
}

export interface Machine {
  /** The present process; undefined between two. */
  readonly running: Running | undefined
  /** How many there have been. */
  readonly started: number
  boot(): void
  /** SIGKILL now, or at one of the next calls that the process makes. */
  kill(afterCalls?: number): void
  /** SIGTERM: the stop that `run` makes, then a new process. */
  restart(): void
  /** SIGTERM, and nothing comes after it. Resolves when the process has ended. */
  shutDown(): Promise<void>
  suspend(forMs: number, asleep: boolean): void
  /** What escaped from the process and reached Node's last handlers. */
  escaped(thrown: unknown): void
}

export interface MachineDeps {
  readonly clock: WorldClock
  readonly dice: Dice
  readonly timeline: Timeline
  readonly network: Network
  readonly disk: Disk
  readonly settings: Settings
  /** How far the wall clock is off. */
  wallSkewMs(): number
  moodOf(tag: number): Mood
  onTrouble(message: string, fields: LogFields): void
  onEscaped(thrown: unknown): void
  /** The process is about to end after a stop in good order. */
  onStopped(running: Running, stop: Stop): void
}

const RESTART_MS = 5_000

export function createMachine(deps: MachineDeps): Machine {
  const { clock, dice, timeline, network, disk } = deps
  const lock: BotLock = { holder: undefined }
  let running: Running | undefined
  let started = 0
  let off = false
  const stopping = new WeakSet<Running>()
  /** How long each was suspended so far, by a clock that went on. */
  const suspendedMs = new WeakMap<Running, number>()
  const suspended = (one: Running): number => suspendedMs.get(one) ?? 0

  const note = (what: string): void => timeline.note('process', () => what)

  const bootLater = (delayMs: number): void => {
    clock.after(delayMs, () => {
      if (!off && running === undefined) machine.boot()
    })
  }
  const stopInOrder = async (one: Running): Promise<void> => {
    const { gateway, process } = one
    const { busy } = gateway
    const beganMs = process.clock.monotonicMs() - suspended(one)
    const steps = await drain(gateway.drainSteps, drainBoundMs(busy), process.clock)
    if (!process.alive) return
    const tookMs = process.clock.monotonicMs() - suspended(one) - beganMs
    deps.onStopped(one, { tookMs, busy, whole: steps.every(step => step.end === 'done') })
    process.kill()
  }
  const end = (one: Running, why: string): void => {
    if (stopping.has(one)) return
    stopping.add(one)
    note(`#${one.process.number} stops: ${why}`)
    stopInOrder(one).catch(deps.onEscaped)
  }

  const machine: Machine = {
    get running() {
      return running
    },
    get started() {
      return started
    },
    boot() {
      started += 1
      const process = createIncarnation(started, {
        world: clock,
        wallSkewMs: deps.wallSkewMs,
        onUncaught: thrown => machine.escaped(thrown),
      })
      const own = dice.fork()
      const gateway = bootGateway({
        process,
        dice: own,
        log: createSimLog(timeline, (message, fields) => {
          if (process.alive) deps.onTrouble(message, fields)
        }),
        net: network.doorOf(process),
        journal: disk.mount(process),
        agent: createSimAgent(process, dice.fork(), deps.moodOf),
        settings: deps.settings,
        lock,
        onChange: () => {},
        onVerdict: (verdict: AllDown) => end(one, `verdict ${verdict.code}`),
        onBug: thrown => machine.escaped(thrown),
      })
      const one: Running = { process, gateway, startedAtMs: clock.monotonicMs() }
      running = one
      note(`#${started} starts`)
      process.onDeath(() => {
        note(`#${process.number} is gone`)
        running = undefined
        bootLater(RESTART_MS)
      })
      gateway.start(0)
    },
    kill(afterCalls) {
      if (afterCalls === undefined) running?.process.kill()
      else running?.process.killAfter(afterCalls)
    },
    restart() {
      if (running && !running.process.stopped) end(running, 'SIGTERM')
    },
    async shutDown() {
      off = true
      if (running && !stopping.has(running)) await stopInOrder(running)
    },
    suspend(forMs, asleep) {
      const one = running
      if (!one || one.process.stopped) return
      note(`#${one.process.number} ${asleep ? 'sleeps' : 'is suspended'} for ${Math.round(forMs)} ms`)
      one.process.stop(asleep)
      if (!asleep) suspendedMs.set(one, suspended(one) + forMs)
      clock.after(forMs, () => one.process.go())
    },
    escaped(thrown) {
      if (running && !running.gateway.attribute(thrown)) running.process.kill()
      deps.onEscaped(thrown)
    },
  }
  return machine
}
