/** Prompts of schedules: asked of the agent that serves the chat, and followed to their end. */
import type { Intake } from '../../intake/intake.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Clock } from '../../lib/clock.ts'
import { type AccountId, readChatKey } from '../../platforms/platform.ts'
import { followRun } from './followed.ts'

export interface PromptOrder {
  /** `<account>:<kind>:<id>`. */
  readonly chat: string
  readonly prompt: string
  /** The same order again is carried out once. */
  readonly key: string
  /** Who speaks, where many do. */
  readonly name: string
}

export interface PromptsDeps {
  readonly journal: Pick<Journal, 'trace'>
  readonly intake: Pick<Intake, 'prompt'>
  readonly clock: Clock
  /** Those that are enabled. */
  accounts(): readonly AccountId[]
}

/**
 * Resolves with what became of it: a word of `docs/outcomes.md`, of the answer where there is one; `pending` where the signal
 * aborts before; or why nobody was asked. Rejects where the order could not be written down.
 */
export type AskAtTime = (order: PromptOrder, signal: AbortSignal) => Promise<string>

/** A process that begins later leaves the prompt alone. */
const LIVES_MS = 3_600_000

export function createPrompts({ journal, intake, clock, accounts }: PromptsDeps): AskAtTime {
  return async ({ chat: key, prompt: text, key: id, name }, signal) => {
    const chat = readChatKey(key)
    if (!chat) return 'no_chat'
    if (!accounts().includes(chat.account)) return 'no_account'
    const untilMs = clock.nowMs() + LIVES_MS
    await intake.prompt({ id, chat, text, name, untilMs })
    return followRun({ clock, trace: of => journal.trace(of) }, id, signal)
  }
}
