/** How an account talks, beside whom it talks with: set for each account, and in force from the next message on. */
import { LASTING_SESSIONS, type SessionRules } from './history/sessions.ts'

/**
 * What becomes of a message that comes while its session is being answered. `queue`: it waits its turn. `interrupt`: the turn
 * that runs is ended for it. `steer`: the agent is given it in the middle of its work, where it can take it up; where it cannot, it
 * waits. `merge`: what comes in one burst is one turn.
 */
export type BusyMode = 'queue' | 'interrupt' | 'steer' | 'merge'

export const BUSY_MODES: readonly BusyMode[] = ['queue', 'interrupt', 'steer', 'merge']

/** The most messages that are taken; 0 for no limit. Owners have none. */
export interface RateRules {
  readonly userPerMinute: number
  readonly userPerDay: number
  readonly chatPerMinute: number
  readonly chatPerDay: number
}

/** The most tokens of a day; 0 for no limit. Owners have none. */
export interface TokenRules {
  readonly perChat: number
  readonly perAccount: number
}

export interface TalkRules {
  readonly busy: BusyMode
  /** A burst is over after so long without another message. */
  readonly mergeQuietMs: number
  readonly sessions: SessionRules
  readonly rates: RateRules
  readonly tokens: TokenRules
  /** Answers in groups and channels show what they answer. */
  readonly quoteInGroups: boolean
  /** The first words to whoever adds the bot; empty for none. */
  readonly greeting: { readonly friend: string; readonly group: string }
}

export const TALK_RULES: TalkRules = {
  busy: 'queue',
  mergeQuietMs: 1500,
  sessions: LASTING_SESSIONS,
  rates: { userPerMinute: 0, userPerDay: 0, chatPerMinute: 0, chatPerDay: 0 },
  tokens: { perChat: 0, perAccount: 0 },
  quoteInGroups: false,
  greeting: { friend: '', group: '' },
}
