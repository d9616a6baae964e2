/** What the measurements come down to. */

/** One contender in one round. */
export interface Figures {
  /** From the start of its process to the READY that the platform sent it. */
  readonly readyMs: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly messagesPerSecond: number
  /** User and system time of all its threads. */
  readonly cpuMsPerMessage: number
  readonly freshMb: number
  readonly afterBurstMb: number
  /** How busy the platform itself was while the burst lasted: near 1 it would be what is measured. */
  readonly platformLoad: number
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

/** Each figure by itself, over all rounds. */
function mediansOf(rounds: readonly Figures[]): Figures {
  const of = (pick: (one: Figures) => number): number => median(rounds.map(pick))
  return {
    readyMs: of(one => one.readyMs),
    p50Ms: of(one => one.p50Ms),
    p99Ms: of(one => one.p99Ms),
    messagesPerSecond: of(one => one.messagesPerSecond),
    cpuMsPerMessage: of(one => one.cpuMsPerMessage),
    freshMb: of(one => one.freshMb),
    afterBurstMb: of(one => one.afterBurstMb),
    platformLoad: of(one => one.platformLoad),
  }
}

interface Line {
  readonly title: string
  readonly unit: string
  readonly digits: number
  pick(figures: Figures): number
  /** The aim, and whether it is met; absent where a figure is only told. */
  readonly aim?: string
  met?(herald: number, floor: number): boolean
}

const LINES: readonly Line[] = [
  {
    title: 'start to READY',
    unit: 'ms',
    digits: 0,
    pick: one => one.readyMs,
    aim: 'floor + 200 ms',
    met: (herald, floor) => herald <= floor + 200,
  },
  {
    title: 'one at a time, p50',
    unit: 'ms',
    digits: 2,
    pick: one => one.p50Ms,
    aim: 'floor + 1 ms',
    met: (herald, floor) => herald <= floor + 1,
  },
  {
    title: 'one at a time, p99',
    unit: 'ms',
    digits: 2,
    pick: one => one.p99Ms,
    aim: '2 × floor',
    met: (herald, floor) => herald <= floor * 2,
  },
  {
    title: 'burst',
    unit: 'messages/s',
    digits: 0,
    pick: one => one.messagesPerSecond,
    aim: '2 × floor',
    met: (herald, floor) => herald >= floor * 2,
  },
  {
    title: 'burst, CPU',
    unit: 'ms/message',
    digits: 3,
    pick: one => one.cpuMsPerMessage,
    aim: 'floor / 2',
    met: (herald, floor) => herald <= floor / 2,
  },
  { title: 'memory, just started', unit: 'MB', digits: 1, pick: one => one.freshMb },
  { title: 'memory, just after the burst', unit: 'MB', digits: 1, pick: one => one.afterBurstMb },
  { title: 'load of the platform in the burst', unit: 'cores', digits: 2, pick: one => one.platformLoad },
]

const COLUMNS = [34, 12, 10, 10, 7, 16] as const

function row(cells: readonly string[]): string {
  return cells
    .map((cell, at) => (at < 2 || at === 5 ? cell.padEnd(COLUMNS[at] ?? 0) : cell.padStart(COLUMNS[at] ?? 0)))
    .join('  ')
    .trimEnd()
}

/** What memory comes to when nothing happens for a while. */
export interface Idle {
  readonly seconds: number
  readonly heraldMb: number
  readonly floorMb: number
}

const LARGEST_IDLE_MB = 100

/** Medians side by side, their ratio, and what was aimed at. */
export function table(herald: readonly Figures[], floor: readonly Figures[], idle: Idle | undefined): string {
  const [ours, theirs] = [mediansOf(herald), mediansOf(floor)]
  const lines = LINES.map(({ title, unit, digits, pick, aim, met }) => {
    const [a, b] = [pick(ours), pick(theirs)]
    const verdict = aim === undefined ? '' : mark(met?.(a, b) === true, aim)
    return row([title, unit, a.toFixed(digits), b.toFixed(digits), (a / b).toFixed(2), verdict])
  })
  const rest = idle === undefined ? [] : [idleRow(idle)]
  return [row(['', '', 'Herald', 'floor', 'ratio', '  aim']), ...lines, ...rest].join('\n')
}

function idleRow({ seconds, heraldMb: a, floorMb: b }: Idle): string {
  const verdict = mark(a < LARGEST_IDLE_MB, `${LARGEST_IDLE_MB} MB`)
  return row([`memory, idle for ${seconds} s`, 'MB', a.toFixed(1), b.toFixed(1), (a / b).toFixed(2), verdict])
}

function mark(met: boolean, aim: string): string {
  return `  ${met ? '✓' : '✗'} ${aim}`
}

/** One round in one line, for whoever wants to see how far the rounds lie apart. */
export function inOneLine(figures: Figures): string {
  return LINES.map(({ unit, digits, pick }) => `${pick(figures).toFixed(digits)} ${unit}`).join(' · ')
}
