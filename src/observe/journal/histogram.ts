import type { Metric, Sample } from '../prometheus.ts'

/** How long something took, sorted into buckets, each by its labels. */
export interface Histogram {
  observe(labels: Readonly<Record<string, string>>, seconds: number): void
  metric(): Metric
}

interface Cell {
  readonly labels: Readonly<Record<string, string>>
  readonly counts: number[]
  sum: number
  count: number
}

/** `bounds`: the upper bounds of the buckets in seconds, in ascending order; what is longer counts in the last one, without a bound. */
export function createHistogram(name: string, help: string, bounds: readonly number[]): Histogram {
  const cells = new Map<string, Cell>()
  return {
    observe(labels, seconds) {
      const key = JSON.stringify(labels)
      const cell = cells.get(key) ?? { labels, counts: bounds.map(() => 0), sum: 0, count: 0 }
      cells.set(key, cell)
      const at = bounds.findIndex(bound => seconds <= bound)
      if (at >= 0) cell.counts[at] = (cell.counts[at] ?? 0) + 1
      cell.sum += seconds
      cell.count += 1
    },
    metric: () => ({
      name,
      help,
      type: 'histogram',
      samples: [...cells.values()].flatMap(cell => samplesOf(cell, bounds)),
    }),
  }
}

function samplesOf({ labels, counts, sum, count }: Cell, bounds: readonly number[]): Sample[] {
  let below = 0
  const buckets = bounds.map((bound, at): Sample => {
    below += counts[at] ?? 0
    return { suffix: '_bucket', labels: { ...labels, le: String(bound) }, value: below }
  })
  return [
    ...buckets,
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count },
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: count },
  ]
}
