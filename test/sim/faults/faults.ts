/** When something goes wrong, and what: drawn for each seed. */

import type { Violations } from '../checks/violations.ts'
import type { Dice } from '../dice.ts'
import { ACCOUNT } from '../machine/boot.ts'
import type { Timeline } from '../timeline.ts'
import type { WorldClock } from '../world-clock.ts'
import { MENU, type Mishap, type Stage } from './fault-menu.ts'

export interface Storm {
  begin(): void
  /** Everything is well again, and stays so. */
  mend(): void
  /** Faults so far, by name. */
  readonly counts: Readonly<Record<string, number>>
}

export interface StormDeps extends Omit<Stage, 'undoLater' | 'again' | 'spanMs'> {
  readonly clock: WorldClock
  readonly timeline: Timeline
  readonly violations: Violations
  /** Between two faults, on average. */
  readonly gapMs: number
  /** How long a condition lasts, on average. */
  readonly meanSpanMs: number
}

/** Now and then something lasts much longer than usual. */
const LONG = { chance: 0.03, factor: 20 } as const
/** A person looks after an account that waits for one. */
const OPERATOR_EVERY_MS = 240_000

export function createStorm(deps: StormDeps): Storm {
  const { clock, timeline, platform, network, disk, machine } = deps
  const dice: Dice = deps.dice
  const total = MENU.reduce((sum, { weight }) => sum + weight, 0)
  const counts: Record<string, number> = {}
  const undos = new Set<() => void>()
  /** The next fault, the next look of the operator, and what a fault has still in store. */
  let cancels: (() => void)[] = []

  const stage: Stage = {
    ...deps,
    spanMs: () => dice.gap(deps.meanSpanMs) * (dice.chance(LONG.chance) ? LONG.factor : 1) + 1,
    undoLater(afterMs, undo) {
      const once = (): void => {
        if (undos.delete(once)) undo()
      }
      undos.add(once)
      clock.after(afterMs, once)
    },
    again: (afterMs, deed) => cancels.push(clock.after(afterMs, deed)),
  }

  const draw = (): Mishap => {
    let left = dice.next() * total
    for (const mishap of MENU) {
      left -= mishap.weight
      if (left < 0) return mishap
    }
    throw new Error('the menu is empty')
  }
  const strike = (): void => {
    const mishap = draw()
    counts[mishap.name] = (counts[mishap.name] ?? 0) + 1
    timeline.note('fault', () => mishap.name)
    mishap.strike(stage)
    cancels[0] = clock.after(dice.gap(deps.gapMs), strike)
  }
  const lookAfter = (): void => {
    const gateway = machine.running?.gateway
    if (gateway?.platforms()[ACCOUNT]?.retryable === false) {
      gateway.lives.resume(ACCOUNT)
      const after = gateway.platforms()[ACCOUNT]
      if (after?.retryable === false)
        deps.violations.add('deaf', `a person resumed the account, and it is still ${after.state}: ${after.error_code}`)
    }
    cancels[1] = clock.after(OPERATOR_EVERY_MS, lookAfter)
  }

  return {
    counts,
    begin() {
      cancels = [clock.after(dice.gap(deps.gapMs), strike), clock.after(OPERATOR_EVERY_MS, lookAfter)]
    },
    mend() {
      timeline.note('fault', () => 'everything is mended')
      for (const cancel of cancels) cancel()
      for (const undo of [...undos]) undo()
      platform.clearFaults()
      network.sky.mend()
      disk.mend()
      machine.running?.process.go()
      machine.running?.process.killAfter(Number.POSITIVE_INFINITY)
    },
  }
}
