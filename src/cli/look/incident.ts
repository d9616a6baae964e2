/** `herald incident`: why were you down? The answer is fit to be pasted: secrets, ids of people and paths are masked. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { INCIDENT_FILE_NAME } from '../../gateway/process/incidents.ts'
import type { TransitionRecord } from '../../journal/journal.ts'
import { isRecord, parseJson } from '../../lib/json.ts'
import { printable } from '../../observe/clean.ts'
import { attemptsOf, type Cure, cureOf, type DownTime, downTimes } from '../../observe/incidents.ts'
import { readVersion } from '../../wiring/version.ts'
import { ask } from '../ask.ts'
import { type Cli, CODE, CommandError } from '../context.ts'
import { noJournal, withJournal } from '../offline-journal.ts'
import { duration, moment, painter } from '../words.ts'
import { trace } from './trace.ts'

const MONTH_MS = 30 * 24 * 3_600_000
/** A few attempts at each end of a long row of them tell the story. */
const MOST_OF_A_ROW = 3
const OF_A_TURN = /^[0-9a-f]{8}$/
/** What the process wrote about itself that close to the time belongs to it. */
const NEAR_MS = 60_000

/** `which`: `last`, `list`, a number of the list, or that of a turn that failed. */
export async function incident(
  cli: Cli,
  which: string,
  { json = false }: { readonly json?: boolean },
): Promise<number> {
  // What a chat was told when a turn failed: no account was down.
  if (OF_A_TURN.test(which)) return await trace(cli, which, { json })
  const all = downTimes(await changesOf(cli))
  if (which === 'list') {
    if (json) cli.print(JSON.stringify(all, null, 2))
    else cli.print(all.length === 0 ? 'No account was down in the last 30 days.' : listed(all, cli))
    return CODE.ok
  }
  const number = which === 'last' ? 1 : Number(which)
  const chosen = all[number - 1]
  if (chosen === undefined) {
    if (which === 'last') throw new CommandError(CODE.no, 'no account was down in the last 30 days')
    throw new CommandError(CODE.no, `there is no incident ${printable(which)}; \`herald incident list\` shows them`)
  }
  cli.print(json ? JSON.stringify(chosen, null, 2) : report(chosen, number, all.length, cli))
  return CODE.ok
}

async function changesOf(cli: Cli): Promise<readonly TransitionRecord[]> {
  const sinceMs = cli.clock.nowMs() - MONTH_MS
  const answer = await ask(cli, 'GET', `/history?since=${sinceMs}`)
  if (answer === undefined) {
    const changes = await withJournal(cli, journal => journal.transitions(undefined, sinceMs))
    if (!changes) throw noJournal(cli)
    return changes
  }
  const changes: unknown = isRecord(answer) ? answer['changes'] : undefined
  return Array.isArray(changes) ? changes.filter(isChange) : []
}

function listed(all: readonly DownTime[], { colour, clock }: Cli): string {
  const paint = painter(colour)
  return all
    .map((down, at) => {
      const { account, fromMs, untilMs } = down
      const took =
        untilMs === null
          ? paint('red', `down for ${duration(clock.nowMs() - fromMs)}, still`)
          : `down for ${duration(untilMs - fromMs)}`
      return `${String(at + 1).padStart(3)}  ${moment(fromMs)}  ${paint('bold', printable(account))}  ${took}  ${masked(causeOf(down), '')}`
    })
    .join('\n')
}

function report(down: DownTime, number: number, count: number, { home, clock }: Cli): string {
  const { account, fromMs, untilMs, story } = down
  const endMs = untilMs ?? clock.nowMs()
  const state = untilMs === null ? 'has been down' : 'was down'
  const ofProcess = processIncidents(home, fromMs - NEAR_MS, endMs + NEAR_MS)
  return [
    `Herald ${readVersion()}, incident ${number} of ${count}: ${account} ${state} for ${duration(endMs - fromMs)}`,
    `from ${moment(fromMs)} ${untilMs === null ? 'until now' : `to ${moment(untilMs)}`} (UTC${offset(fromMs)})`,
    '',
    `why       ${causeOf(down)}`,
    `before    ${before(down)}`,
    `after     ${after(down)}`,
    `attempts  ${attemptsOf(down)} failed`,
    `healed    ${healed(cureOf(down))}`,
    '',
    'time line',
    ...shortened(story).map(line => `  ${line}`),
    ...(ofProcess.length === 0 ? [] : ['', 'what the process wrote down', ...ofProcess.map(line => `  ${line}`)]),
  ]
    .map(line => masked(line, home))
    .join('\n')
}

/** The worst that was said of it: a fatal end explains more than the attempts before it. */
function causeOf({ story }: DownTime): string {
  const told = story.findLast(({ to }) => to === 'fatal') ?? story.find(({ code }) => code !== null)
  return told === undefined ? 'unknown' : cause(told)
}

const cause = ({ code, message }: TransitionRecord): string =>
  [code, message].filter(part => part !== null).join(': ') || 'no cause was given'

const EVIDENCE = {
  readyAtMs: 'ready',
  ackAtMs: 'heartbeat',
  challengeAtMs: 'challenge',
  eventAtMs: 'event',
  sendAtMs: 'send',
}

function before({ before: change, story, fromMs }: DownTime): string {
  const was = change === undefined ? 'nothing is known' : `${change.to} for ${duration(fromMs - change.atMs)}`
  const facts = story[0]?.facts ?? {}
  const seen = Object.entries(EVIDENCE).flatMap(([key, name]) => {
    const atMs = facts[key]
    return typeof atMs === 'number' && atMs <= fromMs ? [`${name} ${duration(fromMs - atMs)}`] : []
  })
  return seen.length === 0 ? was : `${was}; last ${seen.join(', ')} before it`
}

function after({ story, untilMs }: DownTime): string {
  const last = story.at(-1)
  if (untilMs === null || last === undefined) return 'it is not over'
  const readyAtMs = last.facts?.['readyAtMs']
  const proof =
    typeof readyAtMs === 'number' && readyAtMs >= (story[0]?.atMs ?? 0) ? `, ready at ${moment(readyAtMs)}` : ''
  return `${last.to} at ${moment(untilMs)}${proof}`
}

function healed(cure: Cure): string {
  switch (cure.kind) {
    case 'still_down':
      return 'not yet'
    case 'asked':
      return `by nothing: a person or the settings made it ${cure.to}`
    case 'new_process':
      return 'by a new process'
    case 'new_life':
      return `by a new life (${cure.from} to ${cure.to})`
    case 'same_life':
      return 'by a reconnect of the same life'
  }
}

/** One line a change; of a long row of attempts the first and the last ones. */
function shortened(story: readonly TransitionRecord[]): string[] {
  const lines: string[] = []
  let row: TransitionRecord[] = []
  const flush = (): void => {
    const skipped = row.length - 2 * MOST_OF_A_ROW
    const shown = skipped > 0 ? [...row.slice(0, MOST_OF_A_ROW), undefined, ...row.slice(-MOST_OF_A_ROW)] : row
    for (const change of shown) lines.push(change === undefined ? `… ${skipped} more attempts` : line(change))
    row = []
  }
  for (const change of story) {
    if (change.from === change.to) row.push(change)
    else {
      flush()
      lines.push(line(change))
    }
  }
  flush()
  return lines
}

function line(change: TransitionRecord): string {
  const { atMs, from, to, code, facts } = change
  const attempt = facts?.['attempt']
  const what = from === to ? 'attempt' : to
  const number = typeof attempt === 'number' && attempt > 0 ? ` (attempt ${attempt})` : ''
  return `${moment(atMs)}  ${what.padEnd(12)}  ${code === null ? '' : `${cause(change)}${number}`}`.trimEnd()
}

/** Lines of `incidents.log` of that time. */
function processIncidents(home: string, fromMs: number, untilMs: number): string[] {
  let text = ''
  try {
    text = readFileSync(join(home, INCIDENT_FILE_NAME), 'utf8')
  } catch {
    // Nothing bad enough was ever written.
  }
  return text.split('\n').flatMap(each => {
    const entry = parseJson(each)
    if (!isRecord(entry)) return []
    const atMs = Date.parse(String(entry['at']))
    return atMs >= fromMs && atMs <= untilMs ? [`${moment(atMs)}  ${entry['code']}: ${entry['message']}`] : []
  })
}

/** Openids and paths of this machine are nobody else's business; secrets never came here. */
function masked(text: string, home: string): string {
  const clean = printable(text).replaceAll(/\b[0-9A-Fa-f]{32}\b/g, '<id>')
  return home === '' ? clean : clean.replaceAll(home, '<home>')
}

function offset(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset()
  const part = (value: number): string => String(Math.floor(Math.abs(value))).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${part(minutes / 60)}:${part(minutes % 60)}`
}

function isChange(value: unknown): value is TransitionRecord {
  if (!isRecord(value) || typeof value['atMs'] !== 'number') return false
  return ['account', 'from', 'to'].every(key => typeof value[key] === 'string')
}
