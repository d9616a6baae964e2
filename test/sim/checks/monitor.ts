/** Looks in again and again: is what the gateway says of itself true at this moment? */

import type { Dice } from '../dice.ts'
import { ACCOUNT } from '../machine/boot.ts'
import type { Machine } from '../machine/machine.ts'
import type { WorldClock } from '../world-clock.ts'
import type { Violations } from './violations.ts'
import type { Witness } from './witness.ts'

/** Beyond two heartbeat intervals, as promised. */
const PROMISE_MS = 1_000
/** A process that was away is given a moment before it is asked how it is. */
const AWAKE_MS = 30_000

export interface Monitor {
  begin(): void
  stop(): void
}

export function createMonitor(
  clock: WorldClock,
  dice: Dice,
  machine: Machine,
  witness: Witness,
  violations: Violations,
): Monitor {
  let cancel = (): void => {}
  let awakeSinceMs = 0

  const look = (): void => {
    const running = machine.running
    if (!running || running.process.stopped) {
      awakeSinceMs = clock.monotonicMs()
      return
    }
    const { process, gateway } = running
    const status = gateway.platforms()[ACCOUNT]
    const links = status === undefined ? [] : (status.shards ?? [status])
    const claimed = links.filter(({ state }) => state === 'connected').length
    const agesMs = witness
      .proofsOf(process)
      .map(({ atMs, intervalMs }) => process.clock.monotonicMs() - atMs - 2 * intervalMs)
    if (agesMs.length < claimed) {
      violations.add('false connected', `process #${process.number} is "connected" without READY on its socket`)
    } else if (agesMs.filter(ageMs => ageMs <= PROMISE_MS).length < claimed) {
      const oldest = Math.round(Math.max(...agesMs))
      violations.add('false connected', `"connected", and the last proof is too old by ${oldest} ms`)
    }
    if (status?.state === 'connected' && claimed < links.length)
      violations.add('false connected', `"connected", and so are only ${claimed} of ${links.length} connections`)
    const sinceMs = Math.max(awakeSinceMs, running.startedAtMs)
    if (clock.monotonicMs() - sinceMs > AWAKE_MS && !gateway.healthy())
      violations.add('unhealthy', `process #${process.number} is past its own word: ${JSON.stringify(status)}`)
  }
  const round = (): void => {
    look()
    cancel = clock.after(dice.between(3_000, 33_000), round)
  }
  return { begin: round, stop: () => cancel() }
}
