/** Writes the tables of `docs/errors.md`, which are made of the code's own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ACCOUNT_CAUSES, AGENT_CAUSES, type Cause, PROCESS_CAUSES } from '../src/pages/causes.js'
import { type CloseAction, closeRule, KNOWN_CLOSE_CODES } from '../src/platforms/qqbot/link/close-codes.ts'
import { CODE_ROWS, type CodeOutcome } from '../src/platforms/qqbot/outbound/error-codes.ts'

export const ERRORS_FILE = resolve(import.meta.dirname, '../docs/errors.md')

const ACTIONS: Readonly<Record<CloseAction, string>> = {
  resume: 'resumes the session: at once the first time, then with growing waits',
  identify: 'begins a new session',
  token: 'fetches a new token and begins a new session',
  slow: 'resumes after a long pause',
  recount: 'asks how many connections there should be, where `shards` is `auto`; else ends the life: `fatal`',
  final: 'ends the life: `fatal`, probed slowly until a person has mended it',
}

const OUTCOMES: Readonly<Record<CodeOutcome['kind'], string>> = {
  accepted: 'counts as sent; the audit tells later whether it is shown',
  unknown: 'is tried again under the same key, where it has one',
  not_sent: 'is tried again',
  token_refused: 'is tried again with a new token',
  busy: 'is tried again with growing waits',
  duplicate: 'counts as sent when it was in doubt, else goes out under the next key',
  window_closed: 'goes out of its own accord where that is granted, else waits for the next message of the chat',
  no_right: 'waits for the next message of the chat',
  quota_spent: 'is tried again where the limit is that of a minute; else waits for the next message of the chat',
  form_refused: 'goes out in a plainer form',
  content_refused: 'is given up, and the chat is told',
  chat_gone: 'is given up, and the chat is marked',
  refused: 'is given up; `herald dead list` shows it with its code',
}

const PARTS: Readonly<Record<string, string>> = {
  markdown: 'goes out as plain text',
  link: 'goes out with its links disarmed',
  keyboard: 'goes out without its buttons, which become words',
  length: 'is cut in two',
  quote: 'goes out without its quote',
  media: 'goes out without its file, which becomes words',
}

const causeTable = (causes: readonly Cause[]) => (): string =>
  table(
    ['code', 'what happened', 'you'],
    causes.map(({ codes, what, cure }) => [codes.map(code => `\`${code}\``).join(', '), what.en, cure.en]),
  )

function closeTable(): string {
  const rows = [...KNOWN_CLOSE_CODES].map(code => ({ code, ...closeRule(code) }))
  const internal = rows.filter(({ code }) => code >= 4900 && code <= 4913)
  const [first] = internal
  const single = rows.filter(row => !internal.includes(row)).map(row => ({ ...row, codes: String(row.code) }))
  const all = first ? [...single, { ...first, codes: '4900–4913', hint: undefined }] : single
  return table(
    ['code', 'meaning', 'status says', 'Herald', 'you'],
    [
      ...all.map(({ codes, meaning, word, action, hint = '' }) => [
        codes,
        meaning,
        `\`${word}\``,
        ACTIONS[action],
        hint,
      ]),
      ['any other', 'not known to this version', '`qq_closed`', `${ACTIONS.resume}; counted in status`, 'report it'],
    ],
  )
}

function errorTable(): string {
  return table(
    ['codes', 'meaning', 'the message'],
    CODE_ROWS.map(({ codes, meaning, outcome, proactive }) => [
      ranges(codes),
      meaning,
      `${become(outcome)}${proactive === undefined ? '' : `; one of its own accord ${become(proactive)}`}`,
    ]),
  )
}

function become(outcome: CodeOutcome): string {
  return outcome.kind === 'form_refused' ? (PARTS[outcome.part] ?? OUTCOMES.form_refused) : OUTCOMES[outcome.kind]
}

/** `1, 2, 5–9`. */
function ranges(codes: readonly number[]): string {
  const runs: [first: number, last: number][] = []
  for (const code of [...codes].sort((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run && code === run[1] + 1) run[1] = code
    else runs.push([code, code])
  }
  return runs
    .map(([first, last]) => (last === first ? `${first}` : `${first}${last > first + 1 ? '–' : ', '}${last}`))
    .join(', ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

const BLOCKS = {
  'process codes': causeTable(PROCESS_CAUSES),
  'account codes': causeTable(ACCOUNT_CAUSES),
  'agent codes': causeTable(AGENT_CAUSES),
  'close codes': closeTable,
  'error codes': errorTable,
}

/** The page with its tables made anew. */
export function errorsPage(page: string): string {
  return Object.entries(BLOCKS).reduce((text, [name, make]) => {
    const [begin, end] = [`<!-- ${name}: made by \`npm run error-docs\` -->`, `<!-- /${name} -->`]
    const [before, rest] = text.split(begin)
    const after = rest?.split(end)[1]
    if (before === undefined || after === undefined)
      throw new Error(`${ERRORS_FILE} has lost its marks ${begin} … ${end}`)
    return `${before}${begin}\n${make()}\n${end}${after}`
  }, page)
}

if (import.meta.main) writeFileSync(ERRORS_FILE, errorsPage(readFileSync(ERRORS_FILE, 'utf8')))
