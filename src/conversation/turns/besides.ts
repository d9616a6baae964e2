/** What a turn says and asks before it has an answer. */
import type { AgentTurn } from '../../agents/agent.ts'
import type { Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import { askPeople } from '../questions/asking.ts'
import { createLiveAnswer, type LiveAnswer } from './live.ts'
import { createProgress } from './progress.ts'

export interface Besides {
  readonly live: LiveAnswer
  readonly ask: AgentTurn['ask']
  /** What the agent is doing. */
  note(text: string): void
  /** No more notes. */
  stop(): void
  /** The one who asked wrote again. */
  follow(next: Inbound): void
  /** Whoever answered a question gets the answer of the turn: there it has a place, and time. */
  spokeLast(): Inbound
}

export function speakBesides(context: Context, message: Inbound): Besides {
  let last = message
  const live = createLiveAnswer(context, () => last)
  const progress = createProgress(context, message, () => live.isShown)
  const waits = (forPerson: boolean): void => {
    progress.waits(forPerson)
    live.waits(forPerson)
  }
  return {
    live,
    async ask(question, withdrawn) {
      waits(true)
      const outcome = await askPeople(context, message, question, withdrawn)
        .then(chosen => {
          if (chosen.kind === 'chosen') last = chosen.by ?? last
          return chosen
        })
        .finally(() => waits(false))
      return outcome.kind === 'chosen' ? outcome.optionId : null
    },
    note: text => progress.note(text),
    stop: () => progress.stop(),
    follow(next) {
      last = next
    },
    spokeLast: () => last,
  }
}
