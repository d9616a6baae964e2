import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import { parseJson } from '../../lib/json.ts'
import { type ProcessTable, systemProcesses } from '../process/locks/process-identity.ts'
import { TRUSTED_FOR_MS } from './last-words.ts'
import { STATE_FILE_NAME } from './state-file.ts'
import { claimsToBeStatusDocument, isStatusDocument } from './status-check.ts'
import type { StatusDocument } from './status-document.ts'

/** Why the file is not believed. */
export type Doubt =
  /** There is no file. */
  | 'missing'
  /** It is there and cannot be read. */
  | 'unreadable'
  /** Not JSON, or not a whole document. */
  | 'corrupt'
  /** Of another program, or of a Herald whose documents this one does not know. */
  | 'foreign'
  /** Written in another home and brought here. */
  | 'copied'
  /** The process that wrote it is gone, also when its number is in use again. */
  | 'process_gone'
  /** It is older than its promise. */
  | 'expired'
  /** It is dated later than now. */
  | 'from_the_future'

export type StateReading =
  | { readonly trusted: true; readonly document: StatusDocument }
  | {
      readonly trusted: false
      readonly why: Doubt
      /** One sentence for people. */
      readonly message: string
      /** What the file says all the same; absent where it says nothing readable. Never to be shown as the present. */
      readonly lastWord?: StatusDocument
    }

/** Clocks of one machine may be set by small steps between a write and a read. */
const CLOCK_SLACK_MS = 5000

/** Reads `<home>/gateway_state.json` and says whether it is true now. Never throws, and never believes without proof. */
export function readStateFile(
  home: string,
  clock: Pick<Clock, 'nowMs'>,
  processes: ProcessTable = systemProcesses,
): StateReading {
  const path = join(home, STATE_FILE_NAME)
  const file = readText(path)
  if (file.text === undefined) return file.doubt
  const parsed = parseJson(file.text)
  if (!isStatusDocument(parsed)) {
    return claimsToBeStatusDocument(parsed) || parsed === undefined
      ? { trusted: false, why: 'corrupt', message: `${path} is damaged` }
      : { trusted: false, why: 'foreign', message: `${path} was not written by a Herald that this one understands` }
  }
  const doubt = doubtOf(parsed, realHome(home), clock.nowMs(), processes)
  return doubt ? { trusted: false, ...doubt, lastWord: parsed } : { trusted: true, document: parsed }
}

/** "running, 3 min ago": what an untrusted document said about the gateway, and how long ago. Says nothing of accounts. */
export function describeLastWord(document: StatusDocument, nowMs: number): string {
  const reason = document.exit_reason === null ? '' : ` (${document.exit_reason})`
  return `${document.gateway_state}${reason}, ${describeAge(nowMs - Date.parse(document.updated_at))}`
}

function doubtOf(
  document: StatusDocument,
  home: string,
  nowMs: number,
  processes: ProcessTable,
): { why: Doubt; message: string } | undefined {
  const updatedAtMs = Date.parse(document.updated_at)
  const expiresAtMs = Date.parse(document.expires_at)
  if (document.home !== undefined && document.home !== home)
    return { why: 'copied', message: `the state file was written in ${document.home} and brought here` }
  if (!processes.isAlive(document.pid)) return { why: 'process_gone', message: `process ${document.pid} is gone` }
  if (processes.startTicks(document.pid) !== document.pid_start)
    return { why: 'process_gone', message: `the gateway is gone, and its number ${document.pid} is in use again` }
  const uptimeMs = processes.uptimeMs()
  if (uptimeMs !== null && updatedAtMs < nowMs - uptimeMs - CLOCK_SLACK_MS)
    return { why: 'process_gone', message: 'the machine was started after the state file was written' }
  if (updatedAtMs > nowMs + CLOCK_SLACK_MS || expiresAtMs > nowMs + TRUSTED_FOR_MS + CLOCK_SLACK_MS)
    return { why: 'from_the_future', message: `the state file is dated ${document.updated_at}, later than now` }
  if (expiresAtMs <= nowMs)
    return { why: 'expired', message: `process ${document.pid} lives but has stopped writing its state` }
  return undefined
}

function readText(path: string): { text: string } | { text?: never; doubt: StateReading } {
  try {
    return { text: readFileSync(path, 'utf8') }
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return {
      doubt: missing
        ? { trusted: false, why: 'missing', message: `there is no ${path}` }
        : { trusted: false, why: 'unreadable', message: `${path} cannot be read: ${describeError(error)}` },
    }
  }
}

function realHome(home: string): string {
  try {
    return realpathSync(home)
  } catch {
    return home
  }
}

function describeAge(ageMs: number): string {
  if (ageMs < 0) return 'dated in the future'
  const seconds = Math.round(ageMs / 1000)
  if (seconds < 120) return `${seconds} s ago`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min ago`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`
}
