/** The contract between Herald and whatever answers: a model behind an HTTP API, a program, an echo. */
import { HeraldError } from '../lib/errors.ts'
import type { Attachment, ChatAddress, OutgoingMedia } from '../platforms/platform.ts'

export interface HistoryEntry {
  readonly role: 'user' | 'assistant'
  readonly text: string
}

/** What an agent must know from a person before it can go on. */
export interface AgentQuestion {
  readonly kind: 'approval' | 'choice'
  /** One line. */
  readonly title: string
  readonly detail?: string
  readonly options: readonly QuestionOption[]
}

export interface QuestionOption {
  readonly id: string
  readonly label: string
  readonly style: 'plain' | 'primary' | 'danger'
  /** Of an approval: what choosing it means, so that it can be said in the language of the chat. */
  readonly grants?: Grant
}

export type Grant = 'allow_once' | 'allow_always' | 'reject_once' | 'reject_always'

/** One question to an agent. */
export interface AgentTurn {
  /** Unique per turn, the same on a repeated run of it. */
  readonly id: string
  readonly chat: ChatAddress
  /** What belongs together as one conversation: the chat, or one member of it. */
  readonly session: string
  readonly sender: { readonly id: string; readonly name?: string }
  readonly text: string
  /** The same as a model is to read it: where several people speak it says, as data, who this is. `text` where it is absent. */
  readonly prompt?: string
  /** What came with it, quoted things included; each with a `path` where it could be fetched. */
  readonly attachments: readonly Attachment[]
  /** The name of the agent that an owner chose for the chat; without one the settings decide. */
  readonly agent?: string
  /** The model that an owner chose for the chat, for an agent that lets one choose. */
  readonly model?: string
  /** Oldest first, within the budget that the conversation keeps. */
  readonly history: readonly HistoryEntry[]
  /** It was begun before, and the process ended in the middle: some of it may be done already. */
  readonly repeated: boolean
  /**
   * Asks the one who sent the message, or an owner. Resolves with the id of an option; null when nobody chose in time, or the
   * turn was stopped.
   */
  ask(question: AgentQuestion, signal: AbortSignal): Promise<string | null>
  /**
   * What the same person said since, for an agent that can take it up in the middle: as a model is to read it, oldest first.
   * What it is given here it answers in this turn; what it never asks for is the next turn.
   */
  meanwhile?(): Promise<readonly string[]>
}

/**
 * What an agent says while it works. Ending the iteration is the end of the turn; there is no other. To end it without a
 * text is to choose silence, which is for messages that did not speak to the bot; for all others it is a failure.
 */
export type AgentEvent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'usage'; readonly inputTokens: number; readonly outputTokens: number }
  /** What it is doing: progress, a tool at work. Never part of the answer. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'media'; readonly media: OutgoingMedia; readonly caption?: string }

export interface AgentHealth {
  readonly state: 'ok' | 'failing' | 'unknown'
  /** It cannot work at all: not even begin. */
  readonly cannotStart?: true
  readonly lastOkAtMs?: number
  readonly error?: string
  /** What it has to do without at present, and why; it answers all the same. */
  readonly lacks?: string
  /** When a look found that what had been down is there again; absent once a turn has told more. */
  readonly reachableAtMs?: number
}

/** Somebody is there; `admitted`: and lets us in. */
export type Reached = 'reached' | 'admitted'

export interface Agent {
  /** The kind of agent, as the configuration names it. */
  readonly kind: string
  /** The model that it asks where a turn names none; an agent without one lets nobody choose. */
  readonly model?: string
  /** Throws `AgentError`; stops at once when `signal` aborts. */
  run(turn: AgentTurn, signal: AbortSignal): AsyncIterable<AgentEvent>
  health(): AgentHealth
  /** Whether it could take a turn, without giving it one, and at no cost. Throws `AgentError` where it could not. */
  probe?(signal: AbortSignal): Promise<Reached>
  /** The chat begins anew; what it was told there is forgotten. */
  forget(chat: ChatAddress): Promise<void>
  /**
   * Sums up the older part of a conversation. For agents that know of a chat only the history that they are given; others
   * remember by themselves, and lack it, or answer with undefined. Throws `AgentError`.
   */
  summarize?(
    where: Pick<AgentTurn, 'chat' | 'session' | 'agent'>,
    history: readonly HistoryEntry[],
    signal: AbortSignal,
  ): Promise<string | undefined>
  close(): Promise<void>
}

export type AgentErrorCode =
  | 'agent_unreachable'
  | 'agent_refused'
  | 'agent_timeout'
  | 'agent_broken'
  | 'agent_empty'
  | 'agent_too_long'

interface AgentErrorOptions {
  readonly hint?: string
  readonly cause?: unknown
  readonly passing?: boolean
}

/** The agent could not answer. `message` is for the log and may name hosts; what the chat reads is made elsewhere. */
export class AgentError extends HeraldError {
  override readonly name = 'AgentError'
  declare readonly code: AgentErrorCode
  /** The reason may be what was asked, or the moment: the next question may well be answered. */
  readonly passing: boolean
  constructor(code: AgentErrorCode, message: string, options: AgentErrorOptions = {}) {
    super(code, message, options)
    this.passing = options.passing === true
  }
}
