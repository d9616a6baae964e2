import type { HookEvent } from './hook.ts'

/** One hook, by whatever means. */
export interface RunHook {
  /** What it answered, unread. Throws what went wrong, or the reason of `signal`; nothing of the call is left then. */
  run(event: HookEvent, signal: AbortSignal): Promise<unknown>
  /** Takes no more events; those under way end first. */
  close(): Promise<void>
}
