/** The contract of the room between an inbound message and its answer: what intake and the wiring may ask of it. */
import type { InboxRow, Triage } from '../journal/journal.ts'
import type { AccountId, ChatAddress, Click, ClickVerdict, Inbound, Welcome } from '../platforms/platform.ts'
import type { People } from './pairing/people.ts'

export interface Conversation {
  /** The gate: may this message be answered? Pure and quick; its verdict is committed together with the message. */
  triage(message: Inbound): Triage
  /** Is a reply to the bot's own words a way to speak to it there? */
  repliesCount(message: Inbound): boolean
  /**
   * Could the turn of a message that is about to be written down begin as soon as it is? Then its attempt may be counted in the
   * same commit, and nobody else of its session hears yes before it is taken, or released.
   */
  reserve(message: Inbound): boolean
  /** It was not written down, or had been before. */
  release(message: Inbound): void
  /** A message that is on disk and to be run joins its chat's lane. `begun`: so is its attempt. Returns at once. */
  take(message: Inbound, begun?: boolean): void
  /** A press that is on disk, for the first time. What it decides is decided at once; what there is to say of it follows. */
  click(click: Click): ClickVerdict
  /** The bot was let in to a chat, and that is on disk: a first word, where one is set. Returns at once. */
  welcome(welcome: Welcome): void
  /** A message that the gate refused is on disk, for the first time: its sender may be told how to be let in. Returns at once. */
  refused(message: Inbound): void
  /**
   * What a former process left unfinished: run again, stale, or poison. Before the account's first life, and again when it
   * threw (`JournalUnwritableError`): what is in hand already is passed over.
   */
  recover(account: AccountId, rows: readonly InboxRow[]): Promise<void>
  /** Who is let in, for whoever runs the gateway. */
  readonly people: People
  /** What it is spoken to in, where no words are at hand. */
  languageOf(chat: ChatAddress): Promise<'zh' | 'en'>
  /** Turns that an agent is working on right now. */
  readonly activeTurns: number
  /** One sentence for status: who may talk to this account, and who was refused last. */
  describeAccess(account: AccountId, language: 'zh' | 'en'): string
  /**
   * No new turns; running ones are cancelled and stay in the journal. Resolves when the lanes are quiet, after 2 s at the
   * latest. The journal and delivery are to be stopped after it.
   */
  stop(): Promise<void>
}
