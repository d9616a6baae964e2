/** The table, for a terminal and for `docs/reliability.md`. Pure. */
import { LATER } from './later.ts'
import type { Proof } from './proofs.ts'
import type { Figures, Row } from './row.ts'

export type Outcome =
  | { readonly row: Row; readonly kind: 'passed'; readonly figures: Figures; readonly tookMs: number }
  | { readonly row: Row; readonly kind: 'failed'; readonly why: string; readonly tookMs: number }
  | { readonly row: Row; readonly kind: 'skipped'; readonly why: string; readonly tookMs: number }

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  readonly version: string
}

export interface Run {
  readonly outcomes: readonly Outcome[]
  readonly machine: Machine
  readonly command: string
  readonly date: string
  readonly tookMs: number
  readonly jobs: number
  /** Which files prove which row of the whole table. */
  readonly proofs: readonly Proof[]
}

export function lineOf({ row, kind, tookMs, ...more }: Outcome): string {
  const figures = 'figures' in more ? inWords(more.figures) : more.why.split('\n')[0]
  return `${kind.padEnd(7)} ${row.id.padEnd(5)} ${row.title}  (${(tookMs / 1000).toFixed(1)} s)${figures === '' ? '' : `\n${' '.repeat(14)}${figures}`}`
}

function inWords({ noticedMs, backMs, lost, doubled, identifies, note }: Figures): string {
  return [
    noticedMs === undefined ? '' : `noticed ${seconds(noticedMs)}`,
    backMs === undefined ? '' : `back ${seconds(backMs)}`,
    lost === undefined ? '' : `lost ${lost}`,
    doubled === undefined ? '' : `doubled ${doubled}`,
    identifies === undefined ? '' : `identifies ${identifies}`,
    note ?? '',
  ]
    .filter(part => part !== '')
    .join(', ')
}

const PARTS: Readonly<Record<string, string>> = {
  A: 'Start-up and credentials',
  B: 'Liveness',
  C: 'Closes and loops',
  D: 'What comes in',
  E: 'What goes out',
  F: 'Buttons',
  G: 'Operation',
  H: 'The truth',
  I: 'The process',
  J: 'The conversation',
}

export function reliabilityPage({ outcomes, machine, command, date, tookMs, jobs, proofs }: Run): string {
  const counted = (kind: Outcome['kind']): number => outcomes.filter(outcome => outcome.kind === kind).length
  const parts = Object.entries(PARTS).map(([letter, name]) => {
    const rows = outcomes.filter(({ row }) => row.id.startsWith(letter))
    return rows.length === 0 ? '' : `## ${letter}. ${name}\n\n${tableOf(rows)}\n`
  })
  const later = LATER.map(([rows, why]) => `| ${rows} | ${why} |`)
  return `# What Herald survives, measured

Made by \`${command}\`: do not edit. The built program and a QQ platform in a box ran as separate processes; every fault below was
made for real, over real sockets, signals, disks and a real \`systemd --user\`. A row passes only when all that it asks for held; one that does not
stands here as *failed*.

* ${counted('passed')} passed, ${counted('failed')} failed, ${counted('skipped')} skipped, in ${Math.round(tookMs / 1000)} s, ${jobs} rows at a time
* ${date}, Herald ${machine.version}, Node ${machine.node}
* ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}

*Noticed*: from the fault until the account's state said so. *Back*: from the end of the fault (or from the fault, where it ends by itself) until the
account was connected again. *Lost*: messages that were neither answered nor listed under a named end. *Doubled*: answered twice. *Identifies*: new sessions
that the platform counted, of its allowance of a day. Heartbeats of a second stand for the platform's 45 s, and waits between tries are short where the row is
not about them; everything else runs with the values that are shipped.

${parts.filter(part => part !== '').join('\n')}
## Not here

| rows | why |
|---|---|
${later.join('\n')}

## Where each row is proven

Every test carries the names of the rows that it proves: \`grep -r "C26 " test scripts/survival\` finds all of C26, for instance. Those under
\`scripts/survival\` are the ones above.

| row | files |
|---:|---|
${proofs.map(({ row, files }) => `| ${row} | ${files.map(file => `\`${file}\``).join(', ')} |`).join('\n')}
`
}

function tableOf(outcomes: readonly Outcome[]): string {
  const head =
    '| row | fault | result | noticed | back | lost | doubled | identifies | remarks |\n|---|---|---|---|---|---|---|---|---|'
  return [head, ...outcomes.map(tableRow)].join('\n')
}

function tableRow(outcome: Outcome): string {
  const { row, kind } = outcome
  const { noticedMs, backMs, lost, doubled, identifies, note }: Figures = kind === 'passed' ? outcome.figures : {}
  const remark = kind === 'passed' ? (note ?? '') : (outcome.why.split('\n')[0] ?? '')
  const cells = [
    row.id,
    row.title,
    kind === 'failed' ? '**failed**' : kind,
    noticedMs === undefined ? '' : seconds(noticedMs),
    backMs === undefined ? '' : seconds(backMs),
    lost ?? '',
    doubled ?? '',
    identifies ?? '',
    remark,
  ]
  return `| ${cells.map(cell => String(cell).replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
