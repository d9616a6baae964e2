/** When accounts were down, put together of the changes that the journal keeps. Pure. */
import type { TransitionRecord } from '../journal/journal.ts'

export interface DownTime {
  readonly account: string
  readonly fromMs: number
  /** When it was up again; null while it is not. */
  readonly untilMs: number | null
  /** The last change before it, with what was known then; undefined when nothing was. */
  readonly before: TransitionRecord | undefined
  /** Changes and attempts, oldest first; the last one is the one that ended it. */
  readonly story: readonly TransitionRecord[]
}

const UP: ReadonlySet<string> = new Set(['connected', 'unverified'])
/** What people asked for is no incident. */
const ASKED: ReadonlySet<string> = new Set(['paused', 'disabled'])

/** Of every account, newest first. */
export function downTimes(changes: readonly TransitionRecord[]): readonly DownTime[] {
  const accounts = Map.groupBy(changes, ({ account }) => account)
  return [...accounts.values()].flatMap(downTimesOf).sort((a, b) => b.fromMs - a.fromMs)
}

function downTimesOf(changes: readonly TransitionRecord[]): DownTime[] {
  const sorted = [...changes].sort((a, b) => a.atMs - b.atMs)
  const found: DownTime[] = []
  let open: { readonly begin: number; readonly before: TransitionRecord | undefined } | undefined
  const close = (end: number, untilMs: number | null): void => {
    if (open === undefined) return
    const story = sorted.slice(open.begin, end)
    const [first] = story
    if (first !== undefined)
      found.push({ account: first.account, fromMs: first.atMs, untilMs, before: open.before, story })
    open = undefined
  }
  for (const [at, change] of sorted.entries()) {
    if (UP.has(change.to)) close(at + 1, change.atMs)
    else if (ASKED.has(change.to)) close(at + 1, change.atMs)
    else if (open === undefined && isTrouble(change)) open = { begin: at, before: sorted[at - 1] }
  }
  close(sorted.length, null)
  return found
}

/** A stop in order, and a start, are none: what follows them may be. */
function isTrouble({ to, code }: TransitionRecord): boolean {
  return to === 'retrying' || to === 'fatal' || code !== null
}

/** What brought it back. */
export type Cure =
  | { readonly kind: 'still_down' }
  | { readonly kind: 'asked'; readonly to: string }
  | { readonly kind: 'new_process' }
  | { readonly kind: 'new_life'; readonly from: number; readonly to: number }
  | { readonly kind: 'same_life' }

export function cureOf({ story, before, untilMs }: DownTime): Cure {
  const last = story.at(-1)
  if (untilMs === null || last === undefined) return { kind: 'still_down' }
  if (ASKED.has(last.to)) return { kind: 'asked', to: last.to }
  if (story.some(({ from, to }) => from === 'disconnected' && to === 'connecting')) return { kind: 'new_process' }
  const generations = [before, ...story].flatMap(change => change?.facts?.['generation'] ?? [])
  const [first = 0] = generations
  const newest = generations.at(-1) ?? 0
  return newest > first ? { kind: 'new_life', from: first, to: newest } : { kind: 'same_life' }
}

/** Failed attempts, over all lives: the count begins anew with each. */
export function attemptsOf({ story }: DownTime): number {
  let attempts = 0
  let before = 0
  for (const { facts, to } of story) {
    const now = facts?.['attempt'] ?? before
    if (!UP.has(to) && now > before) attempts += now - before
    before = UP.has(to) ? 0 : now
  }
  return attempts
}
