/** Messages and how long they took, sampled from the metrics every few seconds: what a person sees of the last hour. */
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Metric } from '../observe/prometheus.ts'

/** What happened since the sample before. */
export interface Pulse {
  readonly atMs: number
  readonly spanMs: number
  /** Messages that were let in. */
  readonly incoming: number
  /** Replies that the platform took. */
  readonly outgoing: number
  /** From a message on disk to the end of its turn, on average; null where none ended. */
  readonly turnMs: number | null
  /** From a reply on disk to its outcome. */
  readonly replyMs: number | null
}

export interface Pulses {
  /** Oldest first, of the last hour. */
  list(): readonly Pulse[]
  stop(): void
}

interface Totals {
  readonly atMs: number
  readonly incoming: number
  readonly outgoing: number
  readonly turn: { readonly seconds: number; readonly count: number }
  readonly reply: { readonly seconds: number; readonly count: number }
}

const EVERY_MS = 10_000
const MOST_PULSES = 360

export function createPulses(clock: Clock, read: () => readonly Metric[]): Pulses {
  const pulses: Pulse[] = []
  let last = totalsOf(read(), clock.nowMs())
  let cancel: Cancel = () => {}
  const sample = (): void => {
    cancel = clock.after(EVERY_MS, sample)
    const now = totalsOf(read(), clock.nowMs())
    pulses.push(between(last, now))
    if (pulses.length > MOST_PULSES) pulses.shift()
    last = now
  }
  cancel = clock.after(EVERY_MS, sample)
  return { list: () => pulses, stop: () => cancel() }
}

export function between(before: Totals, now: Totals): Pulse {
  const average = (part: 'turn' | 'reply'): number | null => {
    const count = now[part].count - before[part].count
    return count > 0 ? Math.round(((now[part].seconds - before[part].seconds) / count) * 1000) : null
  }
  return {
    atMs: now.atMs,
    spanMs: now.atMs - before.atMs,
    incoming: now.incoming - before.incoming,
    outgoing: now.outgoing - before.outgoing,
    turnMs: average('turn'),
    replyMs: average('reply'),
  }
}

function totalsOf(metrics: readonly Metric[], atMs: number): Totals {
  const sum = (name: string, fits: (labels: Readonly<Record<string, string>>) => boolean, suffix?: string): number =>
    metrics
      .filter(metric => metric.name === name)
      .flatMap(({ samples }) => samples)
      .filter(sample => sample.suffix === suffix && fits(sample.labels ?? {}))
      .reduce((total, { value }) => total + value, 0)
  const timed = (name: string) => ({
    seconds: sum(name, () => true, '_sum'),
    count: sum(name, () => true, '_count'),
  })
  return {
    atMs,
    incoming: sum('herald_messages_total', ({ verdict }) => verdict === 'accepted'),
    outgoing: sum('herald_replies_total', ({ outcome }) => outcome === 'accepted'),
    turn: timed('herald_turn_seconds'),
    reply: timed('herald_reply_seconds'),
  }
}
