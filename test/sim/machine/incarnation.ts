/**
 * One process of the gateway, as the rest of the world sees it. Everything it does passes a port, and everything it hears
 * is delivered to it; so killing it between any two awaits is to let the next call at a port be the one that never happened.
 */
import type { Clock } from '../../../src/lib/clock.ts'
import { createProcessClock, type ProcessClock } from './process-clock.ts'

export interface Incarnation {
  readonly number: number
  readonly clock: ProcessClock
  readonly alive: boolean
  readonly stopped: boolean
  /** The process calls the outside: false when it is dead, or dies at this very call. Then the call has no effect. */
  calls(): boolean
  /** Something from outside reaches the process: now, when it is woken, or never. */
  deliver(event: () => void): void
  /** SIGKILL. */
  kill(): void
  /** SIGKILL at the `calls`-th call from now on. */
  killAfter(calls: number): void
  /** SIGSTOP and SIGCONT; `asleep` as of the machine. */
  stop(asleep: boolean): void
  go(): void
  onDeath(listener: () => void): void
}

export interface IncarnationPorts {
  readonly world: Clock
  wallSkewMs(): number
  /** Something that the process threw and did not catch. */
  onUncaught(thrown: unknown): void
}

export function createIncarnation(number: number, ports: IncarnationPorts): Incarnation {
  const { world } = ports
  const mail: (() => void)[] = []
  const mourners: (() => void)[] = []
  let alive = true
  let stopped = false
  let callsLeft = Number.POSITIVE_INFINITY

  const enter = (fn: () => void): void => {
    if (!alive) return
    try {
      fn()
    } catch (thrown) {
      ports.onUncaught(thrown)
    }
  }
  const clock = createProcessClock(world, ports.wallSkewMs, enter)
  const kill = (): void => {
    if (!alive) return
    alive = false
    clock.destroy()
    mail.length = 0
    for (const mourn of mourners) mourn()
  }
  return {
    number,
    clock,
    get alive() {
      return alive
    },
    get stopped() {
      return stopped
    },
    calls() {
      if (!alive) return false
      callsLeft -= 1
      if (callsLeft <= 0) kill()
      return alive
    },
    deliver(event) {
      if (stopped) mail.push(event)
      else enter(event)
    },
    kill,
    killAfter(calls) {
      callsLeft = calls
    },
    stop(asleep) {
      if (!alive || stopped) return
      stopped = true
      clock.stop(asleep)
    },
    go() {
      if (!alive || !stopped) return
      stopped = false
      clock.go()
      // As in Node's loop: timers that are due ring before what waits in the sockets is read.
      for (const event of mail.splice(0)) world.after(0, () => enter(event))
    },
    onDeath: listener => mourners.push(listener),
  }
}
