import type { HookEvent } from './hook.ts'

/** The call was cut off by what became of another one, and may be fine. */
export class CutOffError extends Error {
  override readonly name = 'CutOffError'
}

/** One hook, by whatever means. */
export interface RunHook {
  /** What it answered, unread. Throws what went wrong (`CutOffError`: elsewhere), or the reason of `signal`; nothing of the call is left then. */
  run(event: HookEvent, signal: AbortSignal): Promise<unknown>
  /** Calls under way end first; one that comes later is still answered, and leaves nothing behind. */
  close(): Promise<void>
}
