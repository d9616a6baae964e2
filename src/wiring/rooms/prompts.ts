/** Prompts of schedules: asked of the agent that serves the chat, and followed to their end. */
import { worstOf } from '../../delivery/own/became.ts'
import type { Intake } from '../../intake/intake.ts'
import type { Journal, TraceRecord } from '../../journal/journal.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { type AccountId, readChatKey } from '../../platforms/platform.ts'

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
 * Resolves with what became of it: a word of `docs/outcomes.md`, of the answer where there is one; `pending` where that takes
 * very long; or why nobody was asked. Rejects where the order could not be written down.
 */
export type AskAtTime = (order: PromptOrder, signal: AbortSignal) => Promise<string>

/** A process that begins later leaves the prompt alone. */
const LIVES_MS = 3_600_000
const LOOK_EVERY_MS = 2_000

export function createPrompts({ journal, intake, clock, accounts }: PromptsDeps): AskAtTime {
  return async ({ chat: key, prompt: text, key: id, name }, signal) => {
    const chat = readChatKey(key)
    if (!chat) return 'no_chat'
    if (!accounts().includes(chat.account)) return 'no_account'
    const untilMs = clock.nowMs() + LIVES_MS
    await intake.prompt({ id, chat, text, name, untilMs })
    while (!signal.aborted && clock.nowMs() < untilMs) {
      const outcome = outcomeOf(await journal.trace(id))
      if (outcome !== undefined) return outcome
      await sleep(clock, LOOK_EVERY_MS, signal).catch(() => undefined)
    }
    return 'pending'
  }
}

/** Undefined while there is none yet. An answer is as good as its worst part. */
function outcomeOf(record: TraceRecord | undefined): string | undefined {
  const { inbox, outbox } = record ?? { inbox: null, outbox: [] }
  if (inbox?.state !== 'ended' || inbox.end !== 'answered') return inbox?.state === 'ended' ? `${inbox.end}` : undefined
  return worstOf(outbox)?.state ?? 'accepted'
}
