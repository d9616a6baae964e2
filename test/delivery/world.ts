/** A journal, a scripted platform and a link, on a clock that stands still: all that delivery needs. */
import type { Delivery, Links } from '../../src/delivery/delivery.ts'
import { createDelivery, type DeliveryDeps } from '../../src/delivery/outbox.ts'
import type { Journal, NewReply, OutboxRow } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import type { Json } from '../../src/lib/json.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { createVirtualClock, type VirtualClock } from '../../src/lib/virtual-clock.ts'
import type {
  Capabilities,
  ChatAddress,
  ChatKind,
  Inbound,
  Outgoing,
  PlatformAdapter,
  SendOutcome,
} from '../../src/platforms/platform.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS

/** `lost`: shown, and the answer never came back. `hang`: no answer until `answer` is called. */
export type Scripted = SendOutcome | 'lost' | 'hang'

export interface Post extends Outgoing {
  readonly atMs: number
}

/** A platform that shows what it accepts, knows keys that were used, and answers by script where there is one. */
export interface ScriptedAdapter extends PlatformAdapter {
  readonly posts: Post[]
  /** What people saw, in order. */
  readonly shown: Outgoing[]
  readonly script: Scripted[]
  /** One for each post. */
  readonly signals: AbortSignal[]
  /** Answers the oldest post that hangs. */
  answer(outcome: SendOutcome): void
}

export const QQ_LIKE: Capabilities = {
  textLimit: 100,
  markdown: true,
  proof: 'heartbeat',
  replyAllowance: kind =>
    kind === 'c2c' ? { windowMs: HOUR_MS, places: 4 } : { windowMs: 5 * MINUTE_MS, places: kind === 'group' ? 5 : 20 },
  keyedReplies: kind => kind === 'c2c' || kind === 'group',
}

export function scriptedAdapter(clock: VirtualClock, capabilities: Capabilities = QQ_LIKE): ScriptedAdapter {
  const posts: Post[] = []
  const shown: Outgoing[] = []
  const script: Scripted[] = []
  const signals: AbortSignal[] = []
  const used = new Set<string>()
  const hanging: ((outcome: SendOutcome) => void)[] = []
  const show = (outgoing: Outgoing): void => {
    shown.push(outgoing)
    const { reply, chat } = outgoing
    if (reply && capabilities.keyedReplies(chat.kind)) used.add(`${reply.id} ${reply.seq}`)
  }
  return {
    account: 'qqbot',
    capabilities,
    posts,
    shown,
    script,
    signals,
    run: () => new Promise(() => {}),
    async send(outgoing, signal) {
      signals.push(signal)
      posts.push({ ...outgoing, atMs: clock.monotonicMs() })
      const next = script.shift()
      if (next === 'hang') return new Promise(resolve => hanging.push(resolve))
      if (next === 'lost') {
        show(outgoing)
        return { kind: 'unknown' }
      }
      if (next) {
        if (next.kind === 'accepted') show(outgoing)
        return next
      }
      if (outgoing.reply && used.has(`${outgoing.reply.id} ${outgoing.reply.seq}`)) {
        return { kind: 'duplicate', code: '40054005' }
      }
      show(outgoing)
      return { kind: 'accepted', status: 200, platformId: `p${shown.length}` }
    },
    answer: outcome => hanging.shift()?.(outcome),
  }
}

export interface TestLinks extends Links {
  set(up: boolean): void
}

export function testLinks(): TestLinks {
  const listeners = new Set<(account: string) => void>()
  let up = true
  return {
    isUp: () => up,
    onUp(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    set(now) {
      up = now
      if (now) for (const listener of [...listeners]) listener('qqbot')
    },
  }
}

export interface World {
  readonly clock: VirtualClock
  readonly journal: Journal
  readonly adapter: ScriptedAdapter
  readonly links: TestLinks
  readonly delivery: Delivery
  readonly accepted: OutboxRow[]
  /** A message that has just arrived and is on disk. */
  arrive(id: string, options?: { chat?: ChatAddress; windowMs?: number }): Promise<Inbound>
  /** Plans, commits and enqueues an answer. Returns its rows. */
  answer(message: Inbound, text: string): Promise<readonly OutboxRow[]>
  /** Commits and enqueues a message of the bot's own accord. */
  say(chat: ChatAddress, text: string): Promise<OutboxRow>
  row(id: number): Promise<OutboxRow>
  states(rows: readonly OutboxRow[]): Promise<readonly string[]>
  facts(chat: ChatAddress, facts: { readonly [name: string]: Json }): Promise<void>
  /** Lets everything that is ready happen, without time moving on. */
  settle(): Promise<void>
}

export interface WorldOptions {
  readonly path?: string
  readonly clock?: VirtualClock
  readonly adapter?: ScriptedAdapter
  readonly links?: TestLinks
  readonly journal?: Journal
  readonly deps?: Partial<DeliveryDeps>
}

export const ALICE: ChatAddress = { account: 'qqbot', kind: 'c2c', id: 'alice' }
export const GROUP: ChatAddress = { account: 'qqbot', kind: 'group', id: 'g1' }

export function chatOf(kind: ChatKind, id: string): ChatAddress {
  return { account: 'qqbot', kind, id }
}

export function createWorld(options: WorldOptions = {}): World {
  const clock = options.clock ?? createVirtualClock()
  const journal = options.journal ?? openJournal({ path: options.path ?? ':memory:', clock, schedule: queueMicrotask })
  const adapter = options.adapter ?? scriptedAdapter(clock)
  const links = options.links ?? testLinks()
  const accepted: OutboxRow[] = []
  const delivery = createDelivery({
    journal,
    adapterFor: account => (account === 'qqbot' ? adapter : undefined),
    links,
    clock,
    random: seededRandom(7),
    log: silentLogger,
    language: 'en',
    onAccepted: row => accepted.push(row),
    ...options.deps,
  })
  const rows = new Map<number, ChatAddress>()
  const remember = (added: readonly OutboxRow[]): readonly OutboxRow[] => {
    for (const row of added) rows.set(row.id, row.chat)
    return added
  }
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 8; round++) await clock.advance(0)
  }
  const row = async (id: number): Promise<OutboxRow> => {
    const found = await findRow(journal, rows.get(id) ?? ALICE, id)
    if (!found) throw new Error(`no row ${id}`)
    return found
  }
  return {
    clock,
    journal,
    adapter,
    links,
    delivery,
    accepted,
    async arrive(id, { chat = ALICE, windowMs } = {}) {
      const message: Inbound = {
        id,
        chat,
        sender: { id: 'alice', isBot: false },
        text: 'hi',
        attachments: [],
        addressed: true,
        reply: { via: 'msg_id', id },
        raw: null,
      }
      const replyUntilMs = clock.nowMs() + (windowMs ?? adapter.capabilities.replyAllowance(chat.kind).windowMs)
      await journal.accept('qqbot', { message }, { triage: { run: true }, replyUntilMs })
      return message
    },
    async answer(message, text) {
      const planned = await delivery.plan(message, text, 'answer')
      const added = remember(await journal.endTurn('qqbot', [message.id], 'answered', null, planned))
      delivery.enqueue(added)
      await settle()
      return added
    },
    async say(chat, text) {
      const added = remember(await journal.addReplies([ownAccord(chat, text)]))
      delivery.enqueue(added)
      await settle()
      const [first] = added
      if (!first) throw new Error('nothing was added')
      return first
    },
    row,
    states: async list => Promise.all(list.map(async one => (await row(one.id)).state)),
    facts: (chat, facts) => journal.setChatFacts(chat, facts),
    settle,
  }
}

/** One short answer to one message, the platform answering by script. */
export async function oneAnswer(script: readonly Scripted[], text = 'hello') {
  const world = createWorld()
  world.adapter.script.push(...script)
  const message = await world.arrive('m1')
  const [row] = await world.answer(message, text)
  if (!row) throw new Error('nothing was planned')
  const state = async () => (await world.row(row.id)).state
  const seqs = () => world.adapter.posts.map(post => post.reply?.seq)
  return { ...world, id: row.id, message, state, seqs }
}

export function ownAccord(chat: ChatAddress, text: string): NewReply {
  return { chat, inboundId: null, purpose: 'answer', text, form: 'plain', state: 'pending', reply: null }
}

const STATES = [
  'pending',
  'sending',
  'held',
  'superseded',
  'accepted',
  'refused',
  'unknown',
  'expired',
  'dropped',
] as const

/** Everything in the outbox of a chat, oldest first. */
export async function outboxOf(journal: Journal, chat: ChatAddress): Promise<readonly OutboxRow[]> {
  const found = await Promise.all(STATES.map(state => journal.repliesOf(chat, state)))
  return found.flat().sort((a, b) => a.id - b.id)
}

async function findRow(journal: Journal, chat: ChatAddress, id: number): Promise<OutboxRow | undefined> {
  return (await outboxOf(journal, chat)).find(one => one.id === id)
}
