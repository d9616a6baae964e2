import type { Random } from '../random.ts'

/** Jitter takes away at most this share of a step, so a wait is never longer than the one promised. */
const JITTER_SHARE = 0.2

/**
 * The wait before attempt number `attempt` (1 is the first retry), in milliseconds. Steps are seconds, the last one
 * repeats. Jitter is drawn anew for every attempt, so that bots which lost the same host do not return together.
 */
export function backoffMs(stepsSeconds: readonly number[], attempt: number, random: Random): number {
  const step = stepsSeconds[Math.min(Math.max(attempt, 1), stepsSeconds.length) - 1] ?? 0
  return Math.round(step * 1000 * (1 - JITTER_SHARE * random.next()))
}
