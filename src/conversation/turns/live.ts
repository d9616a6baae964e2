/** What a chat sees of a turn before its answer: that the bot is at work, and the words while they are written. */
import type { GrowingAnswer, ShownStream } from '../../delivery/delivery.ts'
import type { Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'

export interface LiveAnswer {
  /** All that the agent has said so far. */
  words(text: string): void
  /** A person is asked, and sees the question; or the agent goes on, with who spoke last. */
  waits(forPerson: boolean): void
  /** People see the answer grow, and need no other sign. */
  readonly isShown: boolean
  /** Nothing more is shown. Resolves with what is seen and needs an end; the same when asked again. */
  close(): Promise<ShownStream | undefined>
}

/** `spokeLast`: whose message the answer is to. */
export function createLiveAnswer({ delivery, redact }: Context, spokeLast: () => Inbound): LiveAnswer {
  let endTyping = delivery.typing(spokeLast())
  let growing: GrowingAnswer | undefined
  let said = ''
  /** Where answers come as a whole. */
  let never = false
  let closed: Promise<ShownStream | undefined> | undefined
  return {
    words(text) {
      said = text
      if (closed !== undefined || never) return
      growing ??= delivery.stream(spokeLast())
      if (!growing) {
        never = true
        return
      }
      growing.grow(() => redact(said))
      if (growing.isShown) endTyping()
    },
    waits(forPerson) {
      endTyping()
      if (!forPerson && closed === undefined && growing === undefined) endTyping = delivery.typing(spokeLast())
    },
    get isShown() {
      return growing?.isShown ?? false
    },
    close() {
      endTyping()
      closed ??= growing?.close() ?? Promise.resolve(undefined)
      return closed
    },
  }
}
