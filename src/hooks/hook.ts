/** The contract between the conversation and other people's code that sees, changes or drops messages. */

/** `message_in`: a message that was let in and is no command, before an agent hears of it. `answer_out`: an answer, before it goes out. */
export type HookPoint = 'message_in' | 'answer_out'

/** What a hook is told, as one JSON object. */
export interface HookEvent {
  readonly point: HookPoint
  /** Of the message that came in, also where its answer goes out. */
  readonly id: string
  /** `<account>:<kind>:<id>` */
  readonly chat: string
  readonly sender: { readonly id: string; readonly name?: string }
  readonly text: string
}

/** `reply`: this is the answer, and no agent is asked. Only a message that came in can have it. */
export type HookVerdict =
  | { readonly kind: 'pass'; readonly text: string }
  | { readonly kind: 'reply'; readonly text: string; readonly by: string }
  | { readonly kind: 'drop'; readonly by: string }

export interface Hooks {
  /** There are hooks at this point; where there are none nobody need wait for them. */
  at(point: HookPoint): boolean
  /** All hooks of the point, in their order. Throws `HookError` where one that must not be missed failed, or the reason of `signal`. */
  run(event: HookEvent, signal: AbortSignal): Promise<HookVerdict>
}

/** For a gateway without hooks. */
export const NO_HOOKS: Hooks = {
  at: () => false,
  run: async ({ text }) => ({ kind: 'pass', text }),
}
