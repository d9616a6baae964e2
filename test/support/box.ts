/**
 * The sandbox as another process sees it: over its control interface, which stays up when the platform's host is "down". The
 * same whether the sandbox runs in this process or in one of its own.
 */

import type {
  ChatRef,
  Counters,
  FaultName,
  FaultSpec,
  HappeningKind,
  LogEntry,
  OptionChanges,
  Said,
  Say,
  ShownMessage,
} from '../../src/sandbox/sandbox.ts'
import type { OperatorState } from './box-state.ts'

export interface BotLogin {
  readonly appId: string
  readonly secret: string
}

export interface BoxAddress {
  readonly apiBase: string
  readonly tokenUrl: string
  readonly controlUrl: string
  readonly bot: BotLogin
}

export interface FaultLimits {
  readonly times?: number
  readonly forMs?: number
  readonly afterMs?: number
  readonly appId?: string
}

export interface Box extends BoxAddress {
  readonly port: number
  say(say: Say): Promise<Said>
  /** Keeps a file of a person's; answers with what an attachment says of it. */
  host(name: string, bytes: Buffer): Promise<{ readonly url: string; readonly size: number }>
  /** What the bot has written in a chat. */
  answers(chat: ChatRef): Promise<readonly ShownMessage[]>
  /** Breaks something, by name or in full; answers with its id. */
  fault(fault: FaultName | FaultSpec, limits?: FaultLimits): Promise<string>
  /** Mends one fault, or all. */
  mend(id?: string): Promise<void>
  options(changes: OptionChanges): Promise<void>
  state(): Promise<OperatorState>
  counters(appId?: string): Promise<Counters>
  log(filter?: { readonly kinds?: readonly HappeningKind[]; readonly since?: number }): Promise<readonly LogEntry[]>
  /** Places, `msg_seq` values and posts of one message. */
  replies(messageId: string): Promise<{ readonly seqs: readonly number[]; readonly posts: number } | undefined>
  addBot(bot: BotLogin): Promise<void>
  changeBot(change: {
    readonly appId: string
    readonly secret?: string
    readonly status?: string
    readonly webhook?: string | null
  }): Promise<void>
  person(name: string, settings: Readonly<Record<string, unknown>>): Promise<void>
  group(name: string, settings: Readonly<Record<string, unknown>>): Promise<void>
  push(type: string, d: unknown): Promise<void>
  /** A post to the bot's webhook that it must not believe; the status that it answers with. */
  forge(what: 'wrong_signature' | 'unsigned' | 'stale' | 'replay'): Promise<number>
  advance(ms: number): Promise<void>
}

export function boxAt(address: BoxAddress): Box {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${address.controlUrl}/sandbox/${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} /sandbox/${path}: ${answer.status} ${text}`)
    return JSON.parse(text)
  }
  const query = (values: object): string => {
    const given = Object.entries(values).filter(([, value]) => value !== undefined)
    return new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)]))).toString()
  }
  const state = async (): Promise<OperatorState> => (await call('GET', 'state')) as OperatorState

  return {
    ...address,
    port: Number(new URL(address.apiBase).port),
    say: async say => (await call('POST', 'say', say)) as Said,
    host: async (name, bytes) =>
      (await call('POST', 'files', { name, data: bytes.toString('base64') })) as { url: string; size: number },
    async answers(chat) {
      const { messages } = (await call('GET', `chat?${query(chat)}`)) as { messages: ShownMessage[] }
      return messages.filter(message => message.from === 'bot')
    },
    async fault(fault, limits = {}) {
      const body = typeof fault === 'string' ? { name: fault, ...limits } : { ...fault, ...limits }
      return ((await call('POST', 'faults', body)) as { id: string }).id
    },
    mend: async id => void (await call('DELETE', id === undefined ? 'faults' : `faults/${id}`)),
    options: async changes => void (await call('PUT', 'options', changes)),
    state,
    async counters(appId) {
      const { bots } = await state()
      const bot = appId === undefined ? bots[0] : bots.find(each => each.appId === appId)
      if (bot === undefined) throw new Error(`no bot ${appId}`)
      return bot.counters
    },
    async log({ kinds, since } = {}) {
      const filter = query({ kinds: kinds?.join(','), since, limit: 20_000 })
      return ((await call('GET', `log?${filter}`)) as { entries: LogEntry[] }).entries
    },
    replies: async id =>
      (await call('GET', `replies?${query({ id })}`)) as { seqs: number[]; posts: number } | undefined,
    addBot: async bot => void (await call('POST', 'bots', bot)),
    changeBot: async change => void (await call('PUT', 'bots', change)),
    person: async (name, settings) => void (await call('POST', 'people', { name, ...settings })),
    group: async (name, settings) => void (await call('POST', 'groups', { name, ...settings })),
    push: async (type, d) => void (await call('POST', 'push', { type, d })),
    forge: async what => ((await call('POST', 'callbacks', { what })) as { status: number }).status,
    advance: async ms => void (await call('POST', 'advance', { ms })),
  }
}
