/** The sum over many worlds, and how it is told. */

import { stamp } from '../timeline.ts'
import type { WorldReport } from './run.ts'
import type { Crashed } from './worker.ts'

export interface Totals {
  add(result: WorldReport | Crashed): void
  /** Broken invariants, each with its seed; one line each. */
  readonly broken: readonly string[]
  readonly worlds: number
  lines(tookMs: number): string[]
}

export function createTotals(): Totals {
  const faults = new Map<string, number>()
  const ends = new Map<string, number>()
  const broken: string[] = []
  const sums = {
    worlds: 0,
    bad: 0,
    hours: 0,
    messages: 0,
    processes: 0,
    identifies: 0,
    commits: 0,
    badHours: 0,
    badFaults: 0,
  }
  let slowestBackMs = 0

  return {
    broken,
    get worlds() {
      return sums.worlds
    },
    add(result) {
      sums.worlds += 1
      if ('crashed' in result) {
        broken.push(`seed ${result.seed}: the world broke down: ${result.crashed.split('\n').slice(0, 3).join(' | ')}`)
        return
      }
      const count = sumOf(Object.values(result.faults))
      sums.hours += result.hours
      sums.messages += result.messages
      sums.processes += result.processes
      sums.identifies += result.identifies
      sums.commits += result.commits
      if (result.bad) {
        sums.bad += 1
        sums.badHours += result.hours
        sums.badFaults += count
      }
      slowestBackMs = Math.max(slowestBackMs, result.slowestBackMs)
      addAll(faults, result.faults)
      addAll(ends, result.ends)
      for (const { invariant, atMs, detail } of result.violations)
        broken.push(`seed ${result.seed}: ${stamp(atMs)} ${invariant}: ${detail}`)
    },
    lines(tookMs) {
      const perHour = sums.badHours === 0 ? 0 : sums.badFaults / sums.badHours
      return [
        `${sums.worlds} worlds (${sums.bad} bad ones, ${Math.round(perHour)} faults an hour in these), ${Math.round(sums.hours)} virtual hours in ${(tookMs / 1000).toFixed(1)} s`,
        `${sumOf([...faults.values()])} faults: ${listed(faults)}`,
        `${sums.messages} messages: ${listed(ends)}`,
        `${sums.processes} processes, ${sums.identifies} IDENTIFYs, ${sums.commits} commits; slowest way back ${Math.round(slowestBackMs / 1000)} s`,
        broken.length === 0 ? 'no invariant broken' : `${broken.length} broken:`,
        ...broken.map(line => `  ${line}`),
      ]
    },
  }
}

function addAll(into: Map<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(from)) into.set(name, (into.get(name) ?? 0) + count)
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0)
}
