/** What a command is, and what it is given. */
import type { Inbound } from '../../platforms/platform.ts'
import type { Role } from '../access/gate.ts'
import type { Context } from '../context.ts'
import type { Session } from '../history/sessions.ts'
import type { Floor } from '../lanes/floor.ts'
import type { Notice } from '../notices/ends.ts'
import type { People } from '../pairing/people.ts'
import type { Preferences } from '../preferences.ts'
import type { BusyMode } from '../rules.ts'
import type { Admin } from './admin.ts'
import type { CommandWords } from './words.ts'

/** What commands work with. */
export interface Kit {
  readonly context: Context
  readonly floor: Floor
  readonly people: People
  readonly preferences: Preferences
  readonly admin: Admin | undefined
  busyModeOf(message: Inbound): BusyMode
}

export interface Call {
  readonly message: Inbound
  /** What follows the command's name, trimmed. */
  readonly args: string
  readonly role: Role
  readonly session: Session
  readonly language: 'zh' | 'en'
  readonly words: CommandWords
  /** A running turn was ended for it. */
  readonly stopped: boolean
}

export interface Command {
  readonly name: string
  /** Other names; the first is the Chinese one. */
  readonly aliases: readonly [string, ...string[]]
  /** The least that its sender has to be. */
  readonly role: Role
  /** What may follow its name. */
  readonly takes?: Readonly<Record<'zh' | 'en', string>>
  readonly help: Readonly<Record<'zh' | 'en', string>>
  /** It changes something: void when it is older than the process. */
  readonly control?: true
  /** The running turn ends for it, and it comes next in its session. Others are answered beside whatever runs. */
  readonly stopsTurn?: true
  /** It needs the gateway around the conversation. */
  readonly needsAdmin?: true
  /** It stands as a button under the help: of use by itself, and often. */
  readonly quick?: true
  /** The answer. `kit.context.persist` is for writes that must not be lost. */
  run(kit: Kit, call: Call): Promise<string> | Notice
}
