/** Intake, journal, conversation and delivery as they are, between a scripted platform and an agent of the test's own. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccessRules } from '../../src/conversation/access/gate.ts'
import type { Admin } from '../../src/conversation/commands/admin.ts'
import type { ConversationAgent } from '../../src/conversation/context.ts'
import type { Conversation } from '../../src/conversation/conversation.ts'
import { createConversation } from '../../src/conversation/create-conversation.ts'
import type { ConversationLimits } from '../../src/conversation/limits.ts'
import type { Language } from '../../src/conversation/notices/language.ts'
import { TALK_RULES, type TalkRules } from '../../src/conversation/rules.ts'
import type { Delivery } from '../../src/delivery/delivery.ts'
import { createDelivery } from '../../src/delivery/outbox.ts'
import type { Hooks } from '../../src/hooks/hook.ts'
import { createIntake, type Intake } from '../../src/intake/intake.ts'
import type { InboxRow, Journal } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import type { LogFields, Logger } from '../../src/lib/log.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { createVirtualClock, type VirtualClock } from '../../src/lib/virtual-clock.ts'
import type { ChatAddress, Inbound } from '../../src/platforms/platform.ts'
import { QQ_LIKE, type ScriptedAdapter, scriptedAdapter, testLinks } from '../delivery/world.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'
import { createToyAgent, type ToyAgent } from './toy-agent.ts'

export const ACCOUNT = 'qqbot'
export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS

export const OPEN: AccessRules = {
  dmPolicy: 'open',
  groupPolicy: 'open',
  groupTrigger: 'mention',
  allowedUsers: [],
  allowedGroups: [],
}

export const privateChat = (id: string): ChatAddress => ({ account: ACCOUNT, kind: 'c2c', id })
export const groupChat = (id: string): ChatAddress => ({ account: ACCOUNT, kind: 'group', id })

/** A private message of Alice to the bot, but for what is said otherwise. */
export function message(id: string, changes: Partial<Inbound> = {}): Inbound {
  return {
    id,
    chat: privateChat('alice'),
    sender: { id: 'alice', isBot: false },
    text: id,
    attachments: [],
    addressed: true,
    reply: { via: 'msg_id', id },
    raw: null,
    ...changes,
  }
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly text: string
  readonly fields: LogFields
}

export function noteLog(lines: LogLine[]): Logger {
  const at =
    (level: LogLine['level']) =>
    (text: string, fields: LogFields = {}): void => {
      lines.push({ level, text, fields })
    }
  const log: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return log
}

export interface ProcessOptions {
  readonly access?: AccessRules | (() => AccessRules)
  readonly language?: Language
  readonly limits?: Partial<ConversationLimits>
  readonly redact?: (text: string) => string
  readonly talk?: Partial<TalkRules>
  readonly admin?: Admin
  readonly hooks?: Hooks
  /** In place of the toy agent. */
  readonly agent?: ConversationAgent
  /** The journal as the conversation sees it: a disk that refuses. */
  readonly disk?: (journal: Journal) => Journal
  readonly textLimit?: number
}

/** One process of the gateway, as far as a conversation reaches. */
export interface Process {
  readonly clock: VirtualClock
  readonly journal: Journal
  readonly agent: ToyAgent
  readonly adapter: ScriptedAdapter
  readonly conversation: Conversation
  readonly delivery: Delivery
  readonly intake: Intake
  readonly log: readonly LogLine[]
  /** The message arrives from the platform. */
  hear(...messages: readonly Inbound[]): Promise<void>
  /** What people saw, in order: all, or in one chat. */
  shown(chat?: ChatAddress): readonly string[]
  /** Lets everything that is ready happen until it is so, without time moving on. */
  until(isSo: () => boolean | Promise<boolean>, what?: string): Promise<void>
  inbox(id: string): Promise<InboxRow>
  /** Its state, or its end once it has one. */
  endOf(id: string): Promise<string>
  /** Resolves when the message has come to that end. */
  ended(id: string, end: string): Promise<void>
  stop(): Promise<void>
  /** What a `kill -9` leaves behind: the journal, and nothing else. */
  crash(): Promise<void>
}

export interface Machine {
  /** Begins a process, and has it take up what the last one left, `downMs` later. */
  start(options?: ProcessOptions & { readonly downMs?: number; readonly recovers?: boolean }): Promise<Process>
}

const MOST_ROUNDS = 5000

/** Processes one after the other, on one journal in a file. */
export function createMachine(t: CleanUp): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'herald-conversation-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'herald.db')
  let wallMs = Date.UTC(2026, 0, 1)
  let last: VirtualClock | undefined
  return {
    async start({ downMs = 0, recovers = true, ...options } = {}) {
      wallMs = (last?.nowMs() ?? wallMs) + downMs
      last = createVirtualClock(wallMs)
      const process = createProcess(t, path, last, options)
      if (!recovers) return process
      await process.delivery.recover(ACCOUNT)
      await process.intake.recover(ACCOUNT)
      return process
    },
  }
}

/** One process with a journal in memory. */
export function oneProcess(t: CleanUp, options: ProcessOptions = {}): Process {
  return createProcess(t, ':memory:', createVirtualClock(), options)
}

function createProcess(t: CleanUp, path: string, clock: VirtualClock, options: ProcessOptions): Process {
  const journal = openJournal({ path, clock, schedule: queueMicrotask })
  cleanUp(t, () => journal.close())
  const lines: LogLine[] = []
  const log = noteLog(lines)
  const adapter = scriptedAdapter(clock, { ...QQ_LIKE, textLimit: options.textLimit ?? 4000 })
  const agent = createToyAgent()
  const { access = OPEN, language = 'en', limits = {} } = options
  const common = { clock, random: seededRandom(1), log, language }
  const delivery = createDelivery({ ...common, journal, adapterFor: () => adapter, links: testLinks() })
  const conversation = createConversation({
    ...common,
    journal: options.disk?.(journal) ?? journal,
    delivery,
    agent: options.agent ?? agent,
    access: () => (typeof access === 'function' ? access() : access),
    // Tests of turns that take minutes are about something else.
    ...(options.redact === undefined ? {} : { redact: options.redact }),
    limits: { progressMs: 24 * 3_600_000, ...limits },
    talk: () => ({ ...TALK_RULES, ...options.talk }),
    ...(options.hooks === undefined ? {} : { hooks: options.hooks }),
    ...(options.admin === undefined ? {} : { admin: options.admin }),
  })
  const intake = createIntake({
    journal,
    conversation,
    delivery,
    clock,
    log,
    allowance: (_account, kind) => adapter.capabilities.replyAllowance(kind),
  })
  const until: Process['until'] = async (isSo, what = String(isSo)) => {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (await isSo()) return
      await clock.advance(0)
    }
    assert.fail(`it never came to this: ${what}`)
  }
  const inbox = async (id: string): Promise<InboxRow> => {
    const found = (await journal.trace(id))?.inbox
    assert.ok(found, `no message ${id}`)
    return found
  }
  const endOf = async (id: string): Promise<string> => {
    const { state, end } = await inbox(id)
    return state === 'ended' ? `${end}` : state
  }
  return {
    clock,
    journal,
    agent,
    adapter,
    conversation,
    delivery,
    intake,
    log: lines,
    async hear(...messages) {
      for (const one of messages) await intake.accept(ACCOUNT, { message: one })
    },
    shown: chat =>
      adapter.shown
        .filter(one => !chat || (one.chat.kind === chat.kind && one.chat.id === chat.id))
        .map(one => one.text),
    until,
    inbox,
    endOf,
    ended: (id, end) => until(async () => (await endOf(id)) === end, `${id} ends ${end}`),
    async stop() {
      await conversation.stop()
      await delivery.stop(new AbortController().signal)
      await journal.close()
    },
    crash: () => journal.close(),
  }
}
