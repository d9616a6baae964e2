import type { Bot, BotSpec, Counters, ReplySource } from './model/access/bots.ts'
import { type FaultLimits, type FaultSpec, faultSpecSchema } from './model/faults/fault-specs.ts'
import type { ActiveFault } from './model/faults/faults.ts'
import { type FaultName, presetFault } from './model/faults/presets.ts'
import type { HostedFile } from './model/files/hosted.ts'
import type { CallbackAnswer } from './model/link/callback-post.ts'
import { challenge, type Forgery, forge } from './model/link/callbacks.ts'
import type { Totals } from './model/link/links.ts'
import { applyOptions, type OptionChanges } from './model/options.ts'
import type { Platform } from './model/platform.ts'
import type { HappeningKind, LogEntry } from './model/record.ts'
import type { Chat, ShownMessage } from './model/talk/chats.ts'
import type { Said, Say } from './model/talk/inbound.ts'
import type { Click, Interaction } from './model/talk/interactions.ts'
import { type ChatRef, findGroup, findPerson, type GroupSettings, type PersonSettings } from './model/talk/people.ts'

/** What is known of a WebSocket session, and of the socket it is on. */
export interface SessionView {
  readonly id: string
  readonly appId: string
  readonly intents: number
  readonly shard: readonly [number, number]
  readonly seq: number
  readonly connection: number | undefined
}

export interface ConnectionView {
  readonly id: number
  readonly appId: string | undefined
  readonly phase: string
  readonly sessionId: string | undefined
  readonly frozen: boolean
  readonly openedAtMs: number
  readonly lastBeatMs: number
}

export interface ActiveFaultHandle {
  readonly id: string
  readonly fired: number
  /** Mends it; false when it was over already. */
  off(): boolean
}

export interface SandboxLog {
  entries(filter?: { kinds?: readonly HappeningKind[]; since?: number; appId?: string }): LogEntry[]
  clear(): void
}

/** What a bot's address said to a post; without a status nobody answered. */
export interface CallbackTold extends CallbackAnswer {
  /** The challenge was answered rightly, or the event taken. */
  readonly kept: boolean
}

export interface PushedEvent {
  readonly appId?: string | undefined
  readonly type: string
  readonly d?: unknown
  readonly id?: string | undefined
}

export type BotChange = Pick<
  BotSpec,
  'appId' | 'status' | 'grantedIntents' | 'markdown' | 'proactive' | 'allowedHosts' | 'webhook'
> & {
  readonly secret?: string | undefined
}

/** Everything that the person at the controls can do and see. Works on the model alone, with or without a network. */
export interface Operator {
  /** The model behind it, for what this interface does not have. */
  readonly platform: Platform
  readonly log: SandboxLog
  addBot(spec: BotSpec): void
  /** Changes what the platform grants a bot, or its secret, from now on. */
  changeBot(change: BotChange): void
  /** Asks the bot's address, as the console does before it takes it. */
  validateWebhook(appId?: string): Promise<CallbackTold>
  /** Posts there what is not the platform's word, or is no longer. */
  forgeCallback(forgery: Forgery, appId?: string): Promise<CallbackTold>
  /** Sets up a person or changes the relation; what the bot is told of it goes out as events. Answers with the openid. */
  person(name: string, settings?: PersonSettings & { readonly appId?: string | undefined }): string
  group(name: string, settings?: GroupSettings & { readonly appId?: string | undefined }): string
  say(say: Say): Said
  sayAll(says: readonly Say[]): Said[]
  /** Keeps a file and returns the path under which the platform hands it out, for an attachment's `url`. */
  host(file: HostedFile): string
  /** Any event, with any `d`, to all sessions whose intents ask for it. */
  push(event: PushedEvent): void
  /** Presses a callback button under a message of the bot; throws when there is none of that id. */
  click(click: Click): Interaction
  /** A press, and how it was acknowledged. */
  interaction(id: string): Interaction | undefined
  /** What people see in a chat, oldest first, the bot's messages and their own. */
  shown(chat: ChatRef): readonly ShownMessage[]
  /** The bot's messages alone. */
  answers(chat: ChatRef): readonly ShownMessage[]
  /** Breaks something, by name or in full; limits may be laid over a name. */
  fault(
    fault: FaultName | FaultSpec,
    limits?: FaultLimits & { readonly delayMs?: number | undefined },
  ): ActiveFaultHandle
  faults(): readonly ActiveFault[]
  clearFaults(): void
  /** Changes disputed points and deployment values while it runs. */
  setOptions(options: OptionChanges): void
  counters(appId?: string): Counters
  readonly totals: Readonly<Totals>
  /** How a message or event was answered: places used, `msg_seq` values taken, tries made. */
  replies(id: string, appId?: string): Pick<ReplySource, 'places' | 'seqs' | 'posts'> | undefined
  sessions(appId?: string): SessionView[]
  connections(): ConnectionView[]
  /** Calls the listener at once for what happens, until the answer is called. */
  on(listener: (entry: LogEntry) => void, kinds?: readonly HappeningKind[]): () => void
  /** The platform's time, in milliseconds since the epoch. */
  now(): number
  /** Moves it forward. */
  advance(byMs: number): void
  /** Back to the beginning: links closed, people, chats, sessions, tokens, faults and log forgotten; bots stay. */
  reset(): void
}

export function createOperator(platform: Platform): Operator {
  const { world, gateway, inbox } = platform

  const chatOf = (ref: ChatRef): Chat | undefined => {
    const bot = platform.bot(ref.appId)
    if (ref.channel !== undefined) return bot.channels.get(ref.channel)
    if (ref.group !== undefined) return findGroup(bot, ref.group)
    return ref.person === undefined ? undefined : findPerson(bot, ref.person)
  }
  const shown = (ref: ChatRef): readonly ShownMessage[] => chatOf(ref)?.shown ?? []
  const called = (appId: string | undefined): readonly [Bot, string] => {
    const bot = platform.bot(appId)
    if (bot.webhook === null) throw new Error(`the bot ${bot.appId} has no webhook`)
    return [bot, bot.webhook]
  }
  const botsOf = (appId: string | undefined): Bot[] =>
    appId === undefined ? [...world.bots.values()] : [platform.bot(appId)]

  return {
    platform,
    log: { entries: world.record.entries, clear: world.record.clear },
    addBot(spec) {
      if (world.bots.has(spec.appId)) throw new Error(`there is a bot ${spec.appId} already`)
      platform.addBot(spec)
    },
    changeBot({ appId, secret, ...change }) {
      const given = Object.entries(change).filter(([, value]) => value !== undefined)
      Object.assign(platform.bot(appId), Object.fromEntries(given))
      if (secret === undefined) return
      world.conceal(secret)
      platform.bot(appId).secret = secret
    },
    async validateWebhook(appId) {
      const [bot, url] = called(appId)
      return new Promise(resolve => challenge(world, bot, url, (answer, kept) => resolve({ ...answer, kept })))
    },
    async forgeCallback(forgery, appId) {
      const [bot, url] = called(appId)
      return new Promise(resolve => forge(world, bot, url, forgery, (answer, kept) => resolve({ ...answer, kept })))
    },
    person: (name, { appId, ...settings } = {}) => platform.setPerson(platform.bot(appId), name, settings).openid,
    group: (name, { appId, ...settings } = {}) => platform.setGroup(platform.bot(appId), name, settings).openid,
    say: say => inbox.say(platform.bot(say.appId), say),
    sayAll: says => says.map(say => inbox.say(platform.bot(say.appId), say)),
    host: file => platform.hosted.add(file),
    push: ({ appId, type, d, id }) => platform.push(platform.bot(appId), type, d ?? {}, id),
    click: click => platform.interactions.click(platform.bot(click.appId), click),
    interaction: platform.interactions.find,
    shown,
    answers: ref => shown(ref).filter(message => message.from === 'bot'),
    fault(fault, limits = {}) {
      const named = typeof fault === 'string'
      const spec = faultSpecSchema.parse({ ...(named ? presetFault(fault) : fault), ...limits })
      const active = platform.fault(spec, named ? fault : undefined)
      return {
        id: active.id,
        get fired() {
          return active.fired
        },
        off: () => world.faults.remove(active.id),
      }
    },
    faults: world.faults.list,
    clearFaults: platform.clearFaults,
    setOptions: changes => applyOptions(world.options, changes),
    counters: appId => ({ ...platform.bot(appId).counters }),
    totals: gateway.links.totals,
    replies(id, appId) {
      const source = platform.bot(appId).sources.get(id)
      return source && { places: source.places, seqs: source.seqs, posts: source.posts }
    },
    sessions: appId =>
      botsOf(appId).flatMap(bot =>
        [...bot.sessions.values()].map(({ id, intents, shard, seq, link }) => ({
          id,
          appId: bot.appId,
          intents,
          shard,
          seq,
          connection: link,
        })),
      ),
    connections: () =>
      [...gateway.links.all()].map(link => ({
        id: link.id,
        appId: link.bot?.appId,
        phase: link.phase,
        sessionId: link.session?.id,
        frozen: link.frozenHost || link.frozenSelf,
        openedAtMs: link.openedAtMs,
        lastBeatMs: link.lastBeatMs,
      })),
    on: world.record.listen,
    now: world.now,
    advance: platform.advance,
    reset: platform.reset,
  }
}
