/** One row of the survival table: a fault, made for real, and what Herald made of it. */
import type { World } from './world.ts'

/** What is measured. Absent: the row has no such figure. */
export interface Figures {
  /** From the fault until the state file said so. */
  readonly noticedMs?: number
  /** From the end of the fault until the account was connected again. */
  readonly backMs?: number
  /** Messages that got no answer and stand under no named end. */
  readonly lost?: number
  /** Messages that were answered more than once. */
  readonly doubled?: number
  readonly identifies?: number
  /** Anything else worth a word. */
  readonly note?: string
}

export interface Row {
  /** As in the table of what Herald must survive: a letter for its part, then its number. */
  readonly id: string
  readonly title: string
  /** Over in seconds: the test suite runs it as well. */
  readonly quick: boolean
  readonly boundMs: number
  /** Why this machine cannot run it; undefined where it can. */
  readonly cannot?: () => string | undefined
  /** Throws when Herald does not do what the row asks. */
  run(world: World): Promise<Figures>
}

type Options = Partial<Pick<Row, 'boundMs' | 'cannot'>>

/** A row that the tests run too. */
export function quick(id: string, title: string, run: Row['run'], options: Options = {}): Row {
  return { id, title, quick: true, boundMs: 60_000, run, ...options }
}

/** A row whose bounds are those of the product, so that it takes its time. */
export function slow(id: string, title: string, run: Row['run'], options: Options = {}): Row {
  return { id, title, quick: false, boundMs: 240_000, run, ...options }
}
