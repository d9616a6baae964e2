/**
 * Growing delays between starts, kept on disk: a process that dies young again and again must not dial, and spend its
 * identifies, at the pace at which its supervisor restarts it. It always starts; only its accounts wait.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFileSync } from '../../lib/atomic-file.ts'
import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import { isRecord, parseJson } from '../../lib/json.ts'

export const STARTS_FILE_NAME = 'starts.json'

/** The wait before the accounts of the n-th start in a row that followed a young death; the last one repeats. */
const START_DELAYS_SECONDS: readonly number[] = [0, 0, 1, 2, 5, 10, 30, 60]
/** A process that lived so long died of something else than its start. */
const LONG_LIFE_MS = 10 * 60_000
/** A death that lies so far back says nothing about this start: the machine was off. */
const FORGOTTEN_MS = 60 * 60_000

/** What the last start left behind. */
export interface StartRecord {
  /** Starts in a row, up to this one, that followed a young death. */
  readonly quickStarts: number
  readonly startedAtMs: number
  /** It was asked to stop, or lived long: the next start owes nothing to it. */
  readonly settled: boolean
}

/** The record of a start that follows `previous`. Pure. */
export function nextStart(previous: StartRecord | undefined, nowMs: number): StartRecord {
  const ageMs = previous ? nowMs - previous.startedAtMs : 0
  const owes = previous !== undefined && !previous.settled && ageMs < FORGOTTEN_MS
  return { quickStarts: owes ? previous.quickStarts + 1 : 0, startedAtMs: nowMs, settled: false }
}

export function startDelayMs(record: StartRecord, stepsSeconds: readonly number[] = START_DELAYS_SECONDS): number {
  const step = stepsSeconds[Math.min(record.quickStarts, stepsSeconds.length - 1)] ?? 0
  return step * 1000
}

export interface Start {
  /** How long the accounts wait before their first life. */
  readonly delayMs: number
  /** Starts in a row that followed a young death, this one included. */
  readonly quickStarts: number
  /** What is wrong with the record, if anything; the start goes on without it. */
  readonly trouble: string | undefined
  /** The process was asked to stop: the next start need not wait. */
  stopped(): void
  /** Disarms what waits for the long life, and leaves the record as it is. */
  dispose(): void
}

/** Notes this start in `<home>/starts.json`. Never throws: a record that cannot be kept must not keep a gateway down. */
export function beginStart(home: string, clock: Clock, stepsSeconds?: readonly number[]): Start {
  const path = join(home, STARTS_FILE_NAME)
  const record = nextStart(readRecord(path), clock.nowMs())
  let trouble: string | undefined
  const keep = (kept: StartRecord): void => {
    try {
      replaceFileSync(path, 'next', `${JSON.stringify(kept)}\n`)
    } catch (error) {
      trouble = `${path} cannot be written: ${describeError(error)}`
    }
  }
  keep(record)
  const settle = (): void => keep({ ...record, settled: true })
  const cancel = clock.after(LONG_LIFE_MS, settle)
  return {
    delayMs: startDelayMs(record, stepsSeconds),
    quickStarts: record.quickStarts,
    get trouble() {
      return trouble
    },
    stopped() {
      cancel()
      settle()
    },
    dispose: cancel,
  }
}

/** Undefined for a file that is missing or makes no sense: the worst that follows is a start without a delay. */
function readRecord(path: string): StartRecord | undefined {
  let value: unknown
  try {
    value = parseJson(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
  if (!isRecord(value)) return undefined
  const { quickStarts, startedAtMs, settled } = value
  if (!isCount(quickStarts) || !isCount(startedAtMs) || typeof settled !== 'boolean') return undefined
  return { quickStarts, startedAtMs, settled }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
