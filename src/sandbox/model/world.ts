import type { Random } from '../../lib/random.ts'
import type { Bot } from './access/bots.ts'
import type { Agenda } from './agenda.ts'
import type { Faults } from './faults/faults.ts'
import type { Ids } from './ids.ts'
import type { CallbackPost } from './link/callback-post.ts'
import type { PlatformOptions } from './options.ts'
import type { HappeningLog } from './record.ts'

export type HostMode = 'up' | 'refuse' | 'reset' | 'freeze'

/** What the model asks of whoever carries its frames. Links are numbered from 1 and never reused. */
export type Effect =
  | { readonly kind: 'text'; readonly link: number; readonly text: string }
  /** `message`: one binary message. `raw`: bytes put on the connection as they are. */
  | { readonly kind: 'bytes'; readonly link: number; readonly framing: 'message' | 'raw'; readonly bytes: Uint8Array }
  /** A close frame; without a code an empty one. */
  | { readonly kind: 'close'; readonly link: number; readonly code?: number; readonly reason: string }
  /** The connection is gone without a word. */
  | { readonly kind: 'destroy'; readonly link: number }
  /** Whether frames of this link are read; while not, the connection stays open and nothing is answered. */
  | { readonly kind: 'reading'; readonly link: number; readonly on: boolean }
  /** An event, or a challenge, to the address that a bot named. */
  | { readonly kind: 'callback'; readonly post: CallbackPost }
  | { readonly kind: 'host'; readonly mode: HostMode }

/** The parts of the model that all rooms of it share. */
export interface World {
  readonly options: PlatformOptions
  readonly random: Random
  readonly ids: Ids
  readonly agenda: Agenda
  readonly record: HappeningLog
  readonly faults: Faults
  /** By app id. */
  readonly bots: Map<string, Bot>
  /** Every token that was issued, so that an expired one is told from one that never was. */
  readonly tokenOwners: Map<string, Bot>
  /** The platform's time in milliseconds since the epoch. Never goes back. */
  now(): number
  effect(effect: Effect): void
  /** A value that must not appear in the record. */
  conceal(secret: string): void
}
