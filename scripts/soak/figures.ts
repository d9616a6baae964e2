/** What a process holds, and whether it stays the same. Pure but for the reading. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { JOURNAL_FILE_NAME } from '../../src/journal/journal.ts'

/** One of the ten looks. */
export interface Point {
  readonly messages: number
  readonly reconnects: number
  readonly residentMb: number
  readonly heapMb: number
  readonly descriptors: number
  readonly timers: number
  readonly databaseMb: number
}

export function readPoint(given: {
  readonly messages: number
  readonly reconnects: number
  readonly pid: number
  readonly home: string
  readonly metrics: string
}): Point {
  const { messages, reconnects, pid, home, metrics } = given
  const metric = (pattern: RegExp): number => Number(pattern.exec(metrics)?.[1] ?? Number.NaN)
  const sizes = readdirSync(home).filter(name => name.startsWith(JOURNAL_FILE_NAME))
  return {
    messages,
    reconnects,
    residentMb: metric(/^process_resident_memory_bytes (\S+)$/m) / MIB,
    heapMb: metric(/^nodejs_heap_size_used_bytes (\S+)$/m) / MIB,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    timers: metric(/^nodejs_active_resources\{type="Timeout"\} (\S+)$/m),
    databaseMb: sizes.reduce((sum, name) => sum + statSync(join(home, name)).size, 0) / MIB,
  }
}

const MIB = 1024 * 1024

/** Of several looks the smallest of each figure, because garbage comes and goes; and the newest of what only grows. */
export function least(looks: readonly Point[]): Point {
  const last = looks.at(-1)
  if (!last) throw new Error('nothing was looked at')
  const smallest = (pick: (point: Point) => number): number => Math.min(...looks.map(pick))
  return {
    ...last,
    residentMb: smallest(point => point.residentMb),
    heapMb: smallest(point => point.heapMb),
    descriptors: smallest(point => point.descriptors),
    timers: smallest(point => point.timers),
  }
}

interface Growth {
  readonly share: number
  readonly slack: number
}

const ALLOWED = {
  memory: { share: 0.15, slack: 5 },
  heap: { share: 0.25, slack: 5 },
  descriptors: { share: 0, slack: 3 },
  timers: { share: 0, slack: 5 },
} as const satisfies Readonly<Record<string, Growth>>
const DATABASE = { share: 0.3, slack: 0.1 } as const

const percent = ({ share, slack }: Growth, unit: string): string =>
  `${share === 0 ? '' : `${share * 100} % and `}${slack}${unit}`

/** The same in words. */
export const CRITERIA = [
  `${percent(ALLOWED.memory, ' MB')} of memory`,
  `${percent(ALLOWED.heap, ' MB')} of heap`,
  `${ALLOWED.descriptors.slack} descriptors`,
  `${ALLOWED.timers.slack} timers`,
  `${percent(DATABASE, ' KB')} of what a message takes in the database`,
].join(', ')

/** What is not flat, in words; empty when all is. */
export function complaints(points: readonly Point[]): readonly string[] {
  // The first looks are those of a process that still warms up.
  const early = points.slice(2, 5)
  const late = points.slice(-3)
  const grown = (what: string, pick: (point: Point) => number, { share, slack }: Growth): string[] => {
    const [before, after] = [median(early.map(pick)), median(late.map(pick))]
    // A figure that could not be read is not flat either.
    return after <= before * (1 + share) + slack ? [] : [`${what}: from ${before.toFixed(1)} to ${after.toFixed(1)}`]
  }
  return [
    ...grown('memory (MB)', point => point.residentMb, ALLOWED.memory),
    ...grown('heap (MB)', point => point.heapMb, ALLOWED.heap),
    ...grown('file descriptors', point => point.descriptors, ALLOWED.descriptors),
    ...grown('timers', point => point.timers, ALLOWED.timers),
    ...databaseComplaint(points),
  ]
}

/**
 * The keys of messages are kept for seven days and their content for one, so within minutes the database grows with them. Flat
 * is what each message takes.
 */
function databaseComplaint(points: readonly Point[]): string[] {
  const perMessage = points.flatMap((point, at) => {
    const before = points[at - 1]
    return before ? [((point.databaseMb - before.databaseMb) * 1024) / (point.messages - before.messages)] : []
  })
  const [before, after] = [median(perMessage.slice(1, 4)), median(perMessage.slice(-3))]
  return after > before * (1 + DATABASE.share) + DATABASE.slack
    ? [`database (KB a message): from ${before.toFixed(2)} to ${after.toFixed(2)}`]
    : []
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function table(points: readonly Point[]): string {
  const head = ['messages', 'reconnects', 'memory', 'heap', 'descriptors', 'timers', 'database']
  const rows = points.map(point => [
    point.messages.toLocaleString('en'),
    point.reconnects.toLocaleString('en'),
    `${point.residentMb.toFixed(0)} MB`,
    `${point.heapMb.toFixed(0)} MB`,
    String(point.descriptors),
    String(point.timers),
    `${point.databaseMb.toFixed(1)} MB`,
  ])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---:|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}
