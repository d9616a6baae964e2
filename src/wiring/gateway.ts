/**
 * The wiring of the rooms: platform, intake, conversation, agent and delivery around one journal and one runner. It knows no
 * process, no file and no port, so a simulation builds the very same gateway in its own world.
 */
import type { Agent, HistoryEntry } from '../agents/agent.ts'
import type { AgentDirectory } from '../agents/create-agents.ts'
import type { Config } from '../config/config.ts'
import { createConversation } from '../conversation/create-conversation.ts'
import { createPairingDesk, type PairingDesk } from '../conversation/pairing/desk.ts'
import { TALK_RULES } from '../conversation/rules.ts'
import { type ScarceUnasked, scarceUnasked } from '../delivery/known/unasked.ts'
import { createDelivery } from '../delivery/outbox.ts'
import { createSender, type Sender } from '../delivery/own/sender.ts'
import { traceMessage } from '../delivery/own/trace-message.ts'
import { type AllDown, createRunner, type GivenAccount, type LifeCounts, type Runner } from '../gateway/lives/runner.ts'
import type { DrainStep } from '../gateway/process/drain.ts'
import type { AccountStatus } from '../gateway/status/status-document.ts'
import type { OwnedHooks } from '../hooks/create-hooks.ts'
import { createIntake } from '../intake/intake.ts'
import type { DeadEntry, Journal, TraceRecord, TransitionRecord } from '../journal/journal.ts'
import { type Clock, sleep } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import type { Json } from '../lib/json.ts'
import type { Logger, LogRoom } from '../lib/log.ts'
import type { Dial, RequestHttp } from '../lib/net/network.ts'
import type { Random } from '../lib/random.ts'
import { createVitalTasks } from '../lib/tasks/spawn.ts'
import type { Media } from '../media/create-media.ts'
import { type AccountId, type AccountStore, readChatKey } from '../platforms/platform.ts'
import { endAbandoned } from './rooms/abandoned.ts'
import type { Accounts } from './rooms/accounts.ts'
import { createAdmin } from './rooms/admin.ts'
import { createChangeKeeper } from './rooms/changes.ts'
import { type AskAtTime, createPrompts } from './rooms/prompts.ts'

export interface GatewayDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly net: { readonly dial: Dial; readonly request: RequestHttp }
  readonly journal: Journal
  readonly agent: Agent & Partial<AgentDirectory>
  readonly accounts: Pick<Accounts, 'given' | 'access' | 'talk' | 'capabilities'>
  readonly settings: Config['gateway']
  /** What people send, fetched; and what may be sent to them. Without it both stay words. */
  readonly media?: Pick<Media, 'receive' | 'admit'>
  readonly hooks?: Pick<OwnedHooks, 'at' | 'run' | 'close'>
  /** Somebody starts the process again when it ends. */
  readonly supervised: boolean
  redact(text: string): string
  /** Tells whoever looks at the console how to become the owner of a bot that has none; without it nobody is told. */
  readonly announceOwner?: (account: AccountId, code: string) => void
  /** The status has news. */
  onChange(): void
  /** No account is left alive, and the policy is to end. */
  onVerdict(verdict: AllDown): void
  /** A background task ended that should live as long as the process: nothing can be relied on any more. */
  onBug(thrown: unknown): void
}

export interface Gateway {
  /** Begins the lives, `delayMs` from now. Each account takes up what a former process left before its first one. */
  start(delayMs: number): void
  /** The accounts' part of the status document, computed now. */
  platforms(): Readonly<Record<AccountId, AccountStatus>>
  counts(): Readonly<Record<AccountId, LifeCounts>>
  /** Turns that the agent works on now. */
  readonly activeTurns: number
  /** Something would be cut off by ending now. */
  readonly busy: boolean
  /** For the supervisor's watchdog: no life is past its own word. */
  healthy(): boolean
  /** True when the escaped error belonged to an account, whose life it has ended. */
  attribute(thrown: unknown): boolean
  readonly lives: Pick<Runner, 'pause' | 'resume' | 'restart'>
  /** The accounts are others now; those in `relinked` are linked anew. Resolves when what had to end has ended. */
  reconcile(relinked: ReadonlySet<AccountId>): Promise<void>
  /** Messages of a bot's own accord. */
  readonly sender: Sender
  /** What the process around the gateway keeps in its journal, by a name. */
  readonly memory: { get(name: string): Promise<Json | undefined>; set(name: string, value: Json): Promise<void> }
  /** What an agent is asked of the bot's own accord. */
  readonly ask: AskAtTime
  /** Who is let in. */
  readonly pairing: PairingDesk
  /** By an id of it, the number of its incident, or the key that it was sent under. */
  trace(named: string): Promise<TraceRecord | undefined>
  /** What a chat is spoken to in. */
  languageOf(chat: string): Promise<'zh' | 'en'>
  /** What is kept of what was said there; undefined for what is no chat. */
  said(chat: string, member: string): Promise<readonly HistoryEntry[] | undefined>
  /** What became of the lives of all accounts since then, oldest first: their changes, and the attempts between them. */
  history(sinceMs: number): Promise<readonly TransitionRecord[]>
  /** The newest changes of one account since then, oldest first, without the attempts between them. */
  changes(account: AccountId, sinceMs: number, most: number): Promise<readonly TransitionRecord[]>
  dead(): Promise<readonly DeadEntry[]>
  /** False when there is no such entry, nothing is left of it, or its account is not in the settings. */
  retryDead(id: string): Promise<boolean>
  dropDead(id: string): Promise<boolean>
  /** Chats whose allowance of messages of the bot's own accord is nearly used. */
  scarce(): Promise<readonly ScarceUnasked[]>
  /** What a stop has to go through, in order. */
  readonly drainSteps: readonly DrainStep[]
}

const SWEEP_EVERY_MS = 3_600_000
/** After the rush of a start; what never lives for an hour has to forget as well. */
const FIRST_SWEEP_MS = 60_000
const OF_NO_ACCOUNT = ''

export function createGateway(deps: GatewayDeps): Gateway {
  const { clock, random, log, journal, accounts, settings } = deps
  const logOf = (room: LogRoom): Logger => log.child({ room })

  /** What a former process left open is taken up once, before the first life; a disk that refuses is asked again by the next. */
  const recovered = new Set<AccountId>()
  const recover = async (account: AccountId): Promise<void> => {
    if (recovered.has(account)) return
    await delivery.recover(account)
    await intake.recover(account)
    await announceOwnerCode(account)
    recovered.add(account)
  }
  const announceOwnerCode = async (account: AccountId): Promise<void> => {
    const { people } = conversation
    if (!deps.announceOwner || people.hasOwner(account) || accounts.access(account).dmPolicy === 'disabled') return
    deps.announceOwner(account, await people.issueOwnerCode(account))
  }

  const recovering = (given: readonly GivenAccount[]): GivenAccount[] =>
    given.map(each => ({
      ...each,
      async open(world) {
        // It claims the bot: what was left open for it, and who may own it, is said by its one process alone.
        const adapter = await each.open(world)
        await recover(each.account)
        return adapter
      },
    }))

  const trace = (named: string): Promise<TraceRecord | undefined> => {
    const known = accounts.given.map(({ account }) => account)
    return traceMessage(journal, known, named)
  }

  const keepChange = createChangeKeeper(journal, log)

  const runner: Runner = createRunner({
    clock,
    random,
    log: logOf('lives'),
    net: deps.net,
    redact: deps.redact,
    accounts: recovering(accounts.given),
    policy: {
      get onAllDown() {
        return settings.onAllDown
      },
      get reviveSeconds() {
        return settings.reviveSeconds
      },
      supervised: deps.supervised,
    },
    accept: (account, arrival) => intake.accept(account, arrival),
    probeJournal: () => journal.probe(),
    storeFor: (account, shard) => storeFor(journal, account, shard),
    pending: account => journal.pending(account),
    onChange: deps.onChange,
    onVerdict: deps.onVerdict,
    onTransition: keepChange,
    onAttempt: keepChange,
  })

  const delivery = createDelivery({
    journal,
    clock,
    random,
    log: logOf('delivery'),
    get language() {
      return settings.language
    },
    links: runner.links,
    adapterFor: account => runner.adapter(account) ?? unopened(accounts, account),
    ...(deps.media === undefined ? {} : { admit: deps.media.admit }),
  })
  const conversation = createConversation({
    journal,
    delivery,
    agent: deps.agent,
    clock,
    random,
    log: logOf('conversation'),
    get language() {
      return settings.language
    },
    access: account => accounts.access(account),
    redact: text => deps.redact(text),
    talk: account => accounts.talk?.(account) ?? TALK_RULES,
    runningTurns: () => settings.maxTurns,
    admin: createAdmin({
      clock,
      agent: deps.agent,
      accounts: () => accounts.given.map(({ account }) => account),
      trace,
      lives: runner,
      platforms: () => runner.status(),
    }),
    ...(deps.media === undefined ? {} : { receive: deps.media.receive }),
    ...(deps.hooks === undefined ? {} : { hooks: deps.hooks }),
  })
  const intake = createIntake({
    journal,
    conversation,
    delivery,
    clock,
    log: logOf('intake'),
    allowance: (account, kind) => accounts.capabilities(account).replyAllowance(kind),
  })

  const tasks = createVitalTasks(deps.onBug)
  let cancelStart = (): void => {}
  const isCaredFor = (account: AccountId): boolean =>
    recovered.has(account) || accounts.given.some(each => each.account === account)
  const sweep = async (signal: AbortSignal): Promise<void> => {
    for (let pauseMs = FIRST_SWEEP_MS; !signal.aborted; pauseMs = SWEEP_EVERY_MS) {
      await sleep(clock, pauseMs, signal)
      await journal
        .sweep()
        .catch((thrown: unknown) => log.warn('the journal could not be swept', { reason: describeError(thrown) }))
      await endAbandoned({ journal, clock, log, isCaredFor }).catch((thrown: unknown) =>
        log.warn('what is left of accounts that are gone could not be ended', { reason: describeError(thrown) }),
      )
    }
  }

  const retryDead = async (id: string): Promise<boolean> => {
    const { inbox, outbox } = (await journal.trace(id)) ?? { inbox: null, outbox: [] }
    const chat = inbox?.message.chat ?? outbox[0]?.chat
    const account = accounts.given.find(each => each.account === chat?.account)?.account
    // Nobody would take it up here: it stays where it is seen.
    if (account === undefined || !(await journal.moveDead(id, 'retry'))) return false
    const replies = (await journal.openReplies(account)).filter(row => `out:${row.id}` === id)
    const rows = await journal.unfinished(account)
    const messages = rows.filter(({ message }) => `in:${account}/${message.id}` === id)
    delivery.enqueue(replies)
    for (const { message } of messages) conversation.take(message)
    return replies.length + messages.length > 0
  }

  return {
    start(delayMs) {
      tasks.spawn('sweep', sweep)
      cancelStart = clock.after(delayMs, () => runner.start())
    },
    platforms() {
      const all = Object.entries(runner.status())
      return Object.fromEntries(
        all.map(([account, status]) => {
          const access = conversation.describeAccess(account, 'en')
          return [account, { ...status, access, access_zh: conversation.describeAccess(account, 'zh') }]
        }),
      )
    },
    counts: () => runner.counts(),
    get activeTurns() {
      return conversation.activeTurns
    },
    get busy() {
      return conversation.activeTurns > 0 || delivery.inFlight > 0
    },
    healthy: () => !runner.overdue(),
    attribute: thrown => runner.attribute(thrown),
    lives: runner,
    reconcile: relinked => runner.reconcile(recovering(accounts.given), relinked),
    sender: createSender({
      journal,
      delivery,
      clock,
      log: logOf('delivery'),
      accounts: () => accounts.given.map(({ account }) => account),
    }),
    memory: {
      get: name => journal.get(OF_NO_ACCOUNT, name),
      set: (name, value) => journal.set(OF_NO_ACCOUNT, name, value),
    },
    ask: createPrompts({
      journal,
      intake,
      clock,
      accounts: () => accounts.given.filter(({ enabled }) => enabled).map(({ account }) => account),
    }),
    scarce: () =>
      scarceUnasked({
        journal,
        clock,
        unaskedPerDay: ({ account, kind }) =>
          accounts.given.some(each => each.account === account)
            ? accounts.capabilities(account).unaskedPerDay?.(kind)
            : undefined,
      }),
    pairing: createPairingDesk(conversation.people, () => accounts.given.map(({ account }) => account), clock),
    trace,
    async languageOf(key) {
      const chat = readChatKey(key)
      return chat === undefined ? 'en' : conversation.languageOf(chat)
    },
    async said(key, member) {
      const chat = readChatKey(key)
      return chat && (await journal.history(chat, Number.MAX_SAFE_INTEGER, member))
    },
    history: sinceMs => journal.transitions(undefined, sinceMs),
    changes: (account, sinceMs, most) => journal.changes(account, sinceMs, most),
    dead: () => journal.dead(),
    retryDead,
    dropDead: id => journal.moveDead(id, 'drop'),
    drainSteps: [
      {
        name: 'turns',
        boundMs: 2_500,
        run() {
          cancelStart()
          return conversation.stop()
        },
      },
      { name: 'replies', boundMs: 5_000, run: signal => delivery.stop(signal) },
      { name: 'lives', boundMs: 1_500, run: () => runner.stop() },
      { name: 'tasks', boundMs: 500, run: () => tasks.stop() },
      { name: 'agent', boundMs: 500, run: () => deps.agent.close() },
      { name: 'hooks', boundMs: 500, run: async () => deps.hooks?.close() },
      { name: 'journal', run: () => journal.close() },
    ],
  }
}

function storeFor(journal: Journal, account: AccountId, shard: number): AccountStore {
  return {
    get: key => journal.get(account, key),
    set: (key, value) => journal.set(account, key, value),
    cursor: () => journal.cursor(account, shard),
  }
}

/** Stands for an account whose first life has not begun: what it will be able to send is known, sending is not possible. */
function unopened(accounts: Pick<Accounts, 'capabilities'>, account: AccountId) {
  return {
    account,
    capabilities: accounts.capabilities(account),
    send: async () => ({ kind: 'not_sent', message: 'the account has not been opened yet' }) as const,
  }
}
