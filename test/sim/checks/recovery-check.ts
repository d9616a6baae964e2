/** After the world is mended: the account is back within its bound, and what it shows then is true. */

import { ACCOUNT } from '../machine/boot.ts'
import type { Machine } from '../machine/machine.ts'
import type { WorldClock } from '../world-clock.ts'
import type { Violations } from './violations.ts'

/** The longest operation that may be under way when the world is mended. */
const UNDER_WAY_MS = 45_000
/** Backoff has a cap of 60 s and jitter; then token, gateway, dial, HELLO and READY. */
const CAP_MS = 60_000 * 1.25 + 15_000
/** A person who has asked so often need not wait longer. */
const MOST_PLEAS = 3
const STEP_MS = 1_000
/** Between two processes, and for one that had just been killed. */
const BOOT_MS = 10_000
/** Waits that the platform, the budget or the pace ask for: the state says until when. */
const LONGEST_ANNOUNCED_MS = 25 * 3_600_000
/** Waits are announced anew a few times at most, and each is held against its word. */
const MOST_ANNOUNCED = 3

/** Of several connections one begins after the other, and each may have an operation under way. */
const TURN_MS = UNDER_WAY_MS + 6_000

/** Resolves with how long it took. */
export async function awaitRecovery(
  clock: WorldClock,
  machine: Machine,
  shards: number,
  violations: Violations,
): Promise<number> {
  const mendedAtMs = clock.monotonicMs()
  const backMs = UNDER_WAY_MS + CAP_MS + (shards - 1) * TURN_MS
  let boundMs = mendedAtMs + BOOT_MS + backMs
  const announced = new Set<string>()
  let pleas = 0
  while (clock.monotonicMs() < boundMs) {
    await clock.advance(STEP_MS)
    const running = machine.running
    const status = running?.gateway.platforms()[ACCOUNT]
    if (!running || !status) continue
    if (status.state === 'connected') return clock.monotonicMs() - mendedAtMs
    if (status.state === 'paused' || (status.state === 'fatal' && status.retryable === false)) {
      running.gateway.lives.resume(ACCOUNT)
      if (++pleas <= MOST_PLEAS) boundMs = Math.max(boundMs, clock.monotonicMs() + backMs)
      continue
    }
    const longer = status.state === 'fatal' || status.error_code === 'qq_identify_budget' || isAsked(status.error_code)
    // A clock that was set makes the budget look again at the announced time, and announce another.
    const isNew = status.next_retry_at !== null && !announced.has(status.next_retry_at)
    if (!longer || !isNew || announced.size >= MOST_ANNOUNCED || status.next_retry_at === null) continue
    announced.add(status.next_retry_at)
    const waitMs = Date.parse(status.next_retry_at) - running.process.clock.nowMs()
    boundMs = Math.max(boundMs, clock.monotonicMs() + Math.min(waitMs, LONGEST_ANNOUNCED_MS) + backMs)
  }
  const status = machine.running?.gateway.platforms()[ACCOUNT]
  const what = status ? `${status.state} ${status.error_code ?? ''} (next ${status.next_retry_at})` : 'no process'
  violations.add(
    'not back',
    `${Math.round((clock.monotonicMs() - mendedAtMs) / 1000)} s after everything was well: ${what}`,
  )
  return clock.monotonicMs() - mendedAtMs
}

/** The platform asked for a pause, perhaps of its own length. */
function isAsked(code: string | null): boolean {
  return code !== null && /busy|too_fast|pace|failed/.test(code)
}
