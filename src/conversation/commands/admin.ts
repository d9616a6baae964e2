import type { AgentHealth, AgentTurn } from '../../agents/agent.ts'
import type { TraceRecord } from '../../journal/journal.ts'
import type { AccountId } from '../../platforms/platform.ts'

/** What an owner may see and steer from a chat. The wiring implements it. */
export interface Admin {
  /** One line for each account. The command that asks came in by one of them, and is not counted. */
  platforms(language: 'zh' | 'en', askedIn: AccountId): readonly string[]
  /** Names, the one that serves by default first. */
  readonly agents: readonly string[]
  /** Who answers such a turn. */
  serving(turn: Pick<AgentTurn, 'chat' | 'sender' | 'agent'>): Serving
  readonly accounts: readonly string[]
  /** What became of a message, by an id of it, the number of its incident, or the key that it was sent under. */
  trace(named: string): Promise<TraceRecord | undefined>
  /** False when there is no such account. */
  pause(account: string): boolean
  resume(account: string): boolean
  restart(account: string): boolean
}

export interface Serving {
  readonly name: string
  readonly kind: string
  readonly state: AgentHealth['state']
  /** The model of its settings; none where it lets nobody choose. */
  readonly model?: string
}
