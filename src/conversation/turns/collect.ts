import { type Agent, AgentError, type AgentEvent, type AgentTurn } from '../../agents/agent.ts'
import type { AnswerPart } from '../../delivery/delivery.ts'
import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'

export interface CollectDeps {
  readonly agent: Pick<Agent, 'run'>
  readonly clock: Clock
  readonly log: Logger
  readonly limits: { readonly turnMs: number; readonly answerChars: number }
  /** What the agent is doing, as soon as it says so. */
  onNote?(text: string): void
  /** All that was said so far, while it is words alone. */
  onWords?(text: string): void
  onUsage?(usage: Extract<AgentEvent, { readonly kind: 'usage' }>): void
}

/** Words alone, or words and files in their order. */
export type Said = string | readonly AnswerPart[]

/** For the history: a file is known by its name. */
export function inWords(said: Said): string {
  if (typeof said === 'string') return said
  return said.map(part => (part.kind === 'text' ? part.text : `[file: ${part.media.name}]`)).join('\n')
}

/**
 * All that an agent says in one turn. Rejects at once when `stop` aborts (with its reason) and when the turn's time is up,
 * also for an agent that does not heed its signal; otherwise with what the agent throws. While a person is asked time stands still.
 */
export async function collectAnswer(deps: CollectDeps, turn: AgentTurn, stop: AbortSignal): Promise<Said> {
  const { agent, clock, log, limits } = deps
  const controller = new AbortController()
  let rejectStep = (_reason: unknown): void => {}
  const cancel = (reason: unknown): void => {
    controller.abort(reason)
    rejectStep(reason)
  }
  // Not `Promise.race`: a promise that lasts the whole turn would remember every step of a long answer.
  const untilCancelled = <T>(step: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      rejectStep = reject
      if (controller.signal.aborted) reject(controller.signal.reason)
      step.then(resolve, reject)
    })
  const onStop = (): void => cancel(stop.reason)
  if (stop.aborted) throw stop.reason
  stop.addEventListener('abort', onStop, { once: true })
  const bound = boundOf(clock, limits.turnMs, () =>
    cancel(new AgentError('agent_timeout', `the turn took more than ${limits.turnMs} ms`)),
  )
  const asking: AgentTurn = {
    ...turn,
    async ask(question, signal) {
      bound.pause()
      try {
        return await turn.ask(question, AbortSignal.any([signal, controller.signal]))
      } finally {
        bound.resume()
      }
    },
  }
  let iterator: AsyncIterator<unknown> | undefined
  let over = false
  try {
    const events = agent.run(asking, controller.signal)[Symbol.asyncIterator]()
    iterator = events
    const answer = createAnswer(limits.answerChars)
    for (;;) {
      const step = await untilCancelled(events.next())
      if (step.done) break
      const event = step.value
      if (event.kind === 'usage') {
        log.debug('tokens used', { turn: turn.id, ...event })
        deps.onUsage?.(event)
      } else if (event.kind === 'note') deps.onNote?.(event.text)
      else {
        answer.add(event)
        if (answer.isWords) deps.onWords?.(answer.words)
      }
    }
    over = true
    return answer.whole()
  } finally {
    bound.close()
    stop.removeEventListener('abort', onStop)
    if (!over) {
      controller.abort()
      // The agent cleans up in its own time; nobody waits for it, but what it throws is heard.
      iterator
        ?.return?.()
        .then(undefined, (thrown: unknown) =>
          log.debug('an agent failed while it was being stopped', { turn: turn.id, reason: describeError(thrown) }),
        )
    }
  }
}

function createAnswer(answerChars: number) {
  const parts: AnswerPart[] = []
  let text = ''
  /** Since the last file. */
  let words = ''
  const endWords = (): void => {
    if (words !== '') parts.push({ kind: 'text', text: words })
    words = ''
  }
  return {
    add(event: Extract<AgentEvent, { readonly kind: 'text' | 'media' }>): void {
      if (event.kind === 'media') {
        endWords()
        parts.push(event)
        return
      }
      text += event.text
      words += event.text
      if (text.length > answerChars)
        throw new AgentError('agent_too_long', `the answer is longer than ${answerChars} characters`)
    },
    get isWords(): boolean {
      return parts.length === 0
    },
    get words(): string {
      return text
    },
    whole(): Said {
      endWords()
      return parts.every(part => part.kind === 'text') ? text : parts
    },
  }
}

/** A bound of time that can be stopped; several may stop it at once. */
function boundOf(clock: Clock, delayMs: number, onEnd: () => void) {
  let leftMs = delayMs
  let sinceMs = clock.monotonicMs()
  let pauses = 0
  let closed = false
  let cancel = clock.after(delayMs, onEnd)
  return {
    pause(): void {
      pauses += 1
      if (pauses > 1 || closed) return
      cancel()
      leftMs -= clock.monotonicMs() - sinceMs
    },
    resume(): void {
      pauses -= 1
      if (pauses > 0 || closed) return
      sinceMs = clock.monotonicMs()
      cancel = clock.after(leftMs, onEnd)
    },
    close(): void {
      closed = true
      cancel()
    },
  }
}
