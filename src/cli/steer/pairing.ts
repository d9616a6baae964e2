/** `herald pairing`: who is let in. Asks the running gateway, or the journal itself while none runs. */
import { loadConfig } from '../../config/load.ts'
import type { Person } from '../../conversation/pairing/book.ts'
import type { AccountPairing, DeskAnswer, PairingDesk } from '../../conversation/pairing/desk.ts'
import { isRecord, type Json } from '../../lib/json.ts'
import { printable } from '../../observe/clean.ts'
import { ask } from '../ask.ts'
import { type Cli, CODE, CommandError } from '../context.ts'
import { noJournal, withJournal } from '../offline-journal.ts'
import { duration, quoted } from '../words.ts'

export type PairingVerb = 'approve' | 'revoke' | 'block' | 'owner'

const BECAME = { approve: 'let in', revoke: 'let in no more', block: 'let in nowhere' } as const

export interface PairingFlags {
  readonly account?: string
  readonly json?: boolean
}

async function offline<T>(cli: Cli, use: (desk: PairingDesk) => Promise<T>): Promise<T> {
  const { home, configPath, env, clock } = cli
  const result = await withJournal(cli, async journal => {
    const [{ createPeople }, { createPairingDesk }] = await Promise.all([
      import('../../conversation/pairing/people.ts'),
      import('../../conversation/pairing/desk.ts'),
    ])
    const accounts = (await loadConfig({ home, configPath, env })).accounts.map(({ account }) => account)
    return { value: await use(createPairingDesk(createPeople(journal, clock), () => accounts, clock)) }
  })
  if (!result) throw noJournal(cli)
  return result.value
}

export async function listPairing(cli: Cli, { json = false }: PairingFlags): Promise<number> {
  const answer = await ask(cli, 'GET', '/pairing')
  const accounts = answer === undefined ? await offline(cli, desk => desk.list()) : accountsOf(answer)
  cli.print(json ? JSON.stringify(accounts, null, 2) : accounts.flatMap(each => describe(each, cli)).join('\n'))
  return CODE.ok
}

/** Exit 1, and one line, when it is refused. */
export async function changePairing(
  cli: Cli,
  verb: PairingVerb,
  subject: string,
  { account, json = false }: PairingFlags,
): Promise<number> {
  const body: Json = { ...(subject === '' ? {} : { subject }), ...(account === undefined ? {} : { account }) }
  const answered = await ask(cli, 'POST', `/pairing/${verb}`, body)
  const answer = answered === undefined ? await offline(cli, desk => act(desk, verb, subject, account)) : answered
  if (!isRecord(answer)) throw new CommandError(CODE.unknown, 'the gateway gave no usable answer')
  if (answer['kind'] === 'refused') throw new CommandError(CODE.no, String(answer['why']))
  if (json) cli.print(JSON.stringify(answer))
  else cli.print(printable(inWords(verb, answer)))
  return CODE.ok
}

function act(desk: PairingDesk, verb: PairingVerb, subject: string, account?: string) {
  const answers: Readonly<Record<typeof verb, () => Promise<DeskAnswer>>> = {
    approve: () => desk.approve(subject, account),
    revoke: () => desk.revoke(subject, account),
    block: () => desk.block(subject, account),
    owner: () => desk.owner(account),
  }
  return answers[verb]()
}

function inWords(verb: PairingVerb, answer: Readonly<Record<string, unknown>>): string {
  const account = String(answer['account'])
  if (verb === 'owner') {
    return `Send this code to the bot of ${account} in a private chat within 24 hours to become its owner: ${String(answer['code'])}`
  }
  const name = typeof answer['name'] === 'string' ? ` ${quoted(answer['name'], 60)}` : ''
  return `${account}: ${String(answer['id'])}${name} is ${BECAME[verb]}.`
}

function describe({ account, people, pending }: AccountPairing, { clock }: Cli): string[] {
  const ago = (atMs: number): string => `${duration(clock.nowMs() - atMs)} ago`
  const told = ({ id, role, sinceMs }: Person): string => `${role}  ${id}, since ${ago(sinceMs)}`
  const isPaired = ({ role }: Person): boolean => role !== 'blocked'
  const paired = people.filter(isPaired).map(told)
  const asking = pending.map(({ id, name, atMs }) => {
    const called = name === undefined ? '' : ` ${quoted(name, 60)}`
    return `asks    ${id}${called}, ${ago(atMs)}; \`herald pairing approve <code>\` with the code that they were given`
  })
  const lines = paired.length + asking.length === 0 ? ['nobody is paired, and nobody asks'] : [...paired, ...asking]
  const blocked = people.filter(one => !isPaired(one)).map(told)
  const hint = people.some(({ role }) => role === 'owner') ? [] : ['no owner yet; `herald pairing owner` gives a code']
  return [account, ...[...lines, ...hint, ...blocked].map(indent)]
}

const indent = (line: string): string => `  ${printable(line)}`

function accountsOf(answer: unknown): readonly AccountPairing[] {
  const accounts: unknown = isRecord(answer) ? answer['accounts'] : undefined
  return Array.isArray(accounts) ? accounts.filter(isAccountPairing) : []
}

function isAccountPairing(value: unknown): value is AccountPairing {
  if (!isRecord(value) || typeof value['account'] !== 'string') return false
  const { people, pending } = value
  const all: readonly unknown[] = [...(Array.isArray(people) ? people : []), ...(Array.isArray(pending) ? pending : [])]
  return (
    Array.isArray(people) && Array.isArray(pending) && all.every(one => isRecord(one) && typeof one['id'] === 'string')
  )
}
