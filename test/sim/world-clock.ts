/**
 * The time of a world. As the virtual clock of the tests, and quicker: a heap of timers, and between two of them no turn of
 * the event loop, for nothing in a world waits for the system.
 */
import type { Clock } from '../../src/lib/clock.ts'

export interface WorldClock extends Clock {
  /** Moves time forward, firing timers in order; between two timers all promises get to run. */
  advance(byMs: number): Promise<void>
}

interface Timer {
  readonly atMs: number
  readonly order: number
  fn: (() => void) | undefined
}

/** Now and then the event loop turns all the same: rejections that nobody handles are told there. */
const TURN_EVERY = 32

export function createWorldClock(wallStartMs: number): WorldClock {
  const heap: Timer[] = []
  let monotonicMs = 0
  let order = 0
  let settled = 0

  /** A tick comes when no promise has anything left to do. */
  const settle = (): Promise<void> => {
    settled += 1
    const turn = settled % TURN_EVERY === 0
    return new Promise(resolve => (turn ? setImmediate(resolve) : process.nextTick(resolve)))
  }

  return {
    nowMs: () => wallStartMs + monotonicMs,
    monotonicMs: () => monotonicMs,
    after(delayMs, fn) {
      const timer: Timer = { atMs: monotonicMs + Math.max(0, delayMs), order: order++, fn }
      push(heap, timer)
      return () => {
        timer.fn = undefined
      }
    },
    async advance(byMs) {
      const untilMs = monotonicMs + byMs
      await settle()
      for (let due = heap[0]; due && due.atMs <= untilMs; due = heap[0]) {
        pop(heap)
        if (due.fn === undefined) continue
        monotonicMs = due.atMs
        due.fn()
        await settle()
      }
      monotonicMs = untilMs
      await settle()
    },
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

function push(heap: Timer[], timer: Timer): void {
  let at = heap.push(timer) - 1
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || isBefore(parent, timer)) break
    heap[at] = parent
    at = above
  }
  heap[at] = timer
}

/** Takes the first one off. */
function pop(heap: Timer[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    let below = 2 * at + 1
    const [left, right] = [heap[below], heap[below + 1]]
    if (left === undefined) break
    if (right !== undefined && isBefore(right, left)) below += 1
    const child = heap[below]
    if (child === undefined || isBefore(last, child)) break
    heap[at] = child
    at = below
  }
  heap[at] = last
}
