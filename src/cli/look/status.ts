import { callControl } from '../../gateway/control/control-client.ts'
import { describeLastWord, readStateFile } from '../../gateway/status/state-reader.ts'
import { isStatusDocument } from '../../gateway/status/status-check.ts'
import type { StatusDocument } from '../../gateway/status/status-document.ts'
import { printable } from '../../observe/clean.ts'
import { readinessOf } from '../../observe/readiness.ts'
import { readVersion } from '../../wiring/version.ts'
import { AS_ITS_USER, isNotOurs } from '../ask.ts'
import { type Cli, CODE } from '../context.ts'
import { renderStatus } from './render-status.ts'

/** The whole answer is due in 300 ms, and starting Node takes a part of them. */
const ASK_MS = 120
/** The file is written at least every 10 s; from a gateway that is silent and has missed that, nothing is believed. */
const SILENT_MS = 11_500

export type Finding =
  /** What is true now; `note` says so when it was not the gateway itself that answered. */
  | { readonly kind: 'present'; readonly document: StatusDocument; readonly note: string | null }
  | {
      readonly kind: 'not_running' | 'unknown'
      readonly message: string
      readonly lastWord: string | null
      /** What to do about it, where that is known. */
      readonly cure?: string
    }

/** Asks the running gateway, and the state file where it does not answer. */
export async function status(cli: Cli, { json = false }: { readonly json?: boolean }): Promise<number> {
  const finding = await findOut(cli)
  if (finding.kind === 'present') {
    const { document } = finding
    const note = [finding.note, outdated(document.version)].filter(part => part !== null).join('; ') || null
    if (json) cli.print(JSON.stringify({ ...document, ...(note === null ? {} : { note }) }, null, 2))
    else cli.print(renderStatus(document, note, cli.clock.nowMs(), cli.colour))
    const { ready, doubts } = readinessOf(document)
    return ready && Object.keys(doubts).length === 0 ? CODE.ok : CODE.no
  }
  const { kind, message, lastWord, cure } = finding
  if (json) cli.print(JSON.stringify({ kind: 'herald-status', answer: kind, message, last_word: lastWord }, null, 2))
  else {
    const word = lastWord === null ? '' : ` (last word: ${lastWord})`
    cli.print(printable(`${headOf(finding)}${word}: ${message}${cure === undefined ? '' : `; ${cure}`}`))
  }
  return kind === 'unknown' ? CODE.unknown : CODE.notRunning
}

/** An upgrade is in force from the next start on. */
function outdated(running: string): string | null {
  const installed = readVersion()
  return running === installed ? null : `${installed} is installed; \`herald restart\` begins it`
}

/** Of a gateway that ended without last words nobody knows how its accounts ended. */
function headOf({ kind, lastWord }: Exclude<Finding, { kind: 'present' }>): string {
  if (kind === 'unknown') return 'unknown'
  const settled = lastWord === null || /^(stopped|failed)\b/.test(lastWord)
  return settled ? 'not running' : 'not running, accounts unknown'
}

/** What is true of the gateway in this home. */
export async function findOut({ home, clock }: Cli): Promise<Finding> {
  const reply = await callControl(home, 'GET', '/status', undefined, ASK_MS)
  if (reply.kind === 'answer' && reply.status === 200 && isStatusDocument(reply.body))
    return { kind: 'present', document: reply.body, note: null }
  const silence = reply.kind === 'no_answer' ? reply.message : reply.kind === 'answer' ? unusable(reply.status) : null

  const nowMs = clock.nowMs()
  const reading = readStateFile(home, clock)
  if (reading.trusted) {
    const { document } = reading
    const lastWord = describeLastWord(document, nowMs)
    if (document.gateway_state === 'stopped' || document.gateway_state === 'failed')
      return { kind: 'not_running', message: `process ${document.pid} is ending`, lastWord }
    if (silence !== null && nowMs - Date.parse(document.updated_at) > SILENT_MS)
      return { kind: 'unknown', message: `process ${document.pid} does not answer (${silence})`, lastWord }
    const why = silence === null ? 'nobody listens on its control socket' : silence
    return { kind: 'present', document, note: `from the state file, ${lastWord}: ${why}` }
  }
  const lastWord = reading.lastWord === undefined ? null : describeLastWord(reading.lastWord, nowMs)
  const unknown = (message: string): Finding => {
    const known = { kind: 'unknown', message, lastWord } as const
    return isNotOurs(message) ? { ...known, cure: AS_ITS_USER } : known
  }
  const { why, message } = reading
  if (silence !== null) return unknown(`the gateway does not answer (${silence}), and ${message}`)
  // Nothing is left of it, so another can be started.
  if (why === 'missing' || why === 'process_gone')
    return { kind: 'not_running', message, lastWord, cure: '`herald run` starts it' }
  return unknown(message)
}

function unusable(status: number): string {
  return status === 200 ? 'its status is not one that this version knows' : `it answered ${status}`
}
