/** The contract between Herald and whatever answers: a model behind an HTTP API, a program, an echo. */
import { HeraldError } from '../lib/errors.ts'
import type { Attachment, ChatAddress } from '../platforms/platform.ts'

export interface HistoryEntry {
  readonly role: 'user' | 'assistant'
  readonly text: string
}

/** One question to an agent. */
export interface AgentTurn {
  /** Unique per turn, the same on a repeated run of it. */
  readonly id: string
  readonly chat: ChatAddress
  readonly sender: { readonly id: string; readonly name?: string }
  readonly text: string
  /** The same as a model is to read it: where several people speak it says, as data, who this is. `text` where it is absent. */
  readonly prompt?: string
  /** What came with it, quoted things included; each with a `path` where it could be fetched. */
  readonly attachments: readonly Attachment[]
  /** Oldest first, within the budget that the conversation keeps. */
  readonly history: readonly HistoryEntry[]
}

/**
 * What an agent says while it works. Ending the iteration is the end of the turn; there is no other. To end it without a
 * text is to choose silence, which is for messages that did not speak to the bot; for all others it is a failure.
 */
export type AgentEvent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'usage'; readonly inputTokens: number; readonly outputTokens: number }

export interface AgentHealth {
  readonly state: 'ok' | 'failing' | 'unknown'
  readonly lastOkAtMs?: number
  readonly error?: string
}

export interface Agent {
  /** The kind of agent, as the configuration names it. */
  readonly kind: string
  /** Throws `AgentError`; stops at once when `signal` aborts. */
  run(turn: AgentTurn, signal: AbortSignal): AsyncIterable<AgentEvent>
  health(): AgentHealth
  close(): Promise<void>
}

export type AgentErrorCode =
  | 'agent_unreachable'
  | 'agent_refused'
  | 'agent_timeout'
  | 'agent_broken'
  | 'agent_empty'
  | 'agent_too_long'

/** The agent could not answer. `message` is for the log and may name hosts; what the chat reads is made elsewhere. */
export class AgentError extends HeraldError {
  override readonly name = 'AgentError'
  declare readonly code: AgentErrorCode
  constructor(code: AgentErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(code, message, options)
  }
}
