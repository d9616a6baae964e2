import { type Agent, AgentError, type AgentTurn } from '../agents/agent.ts'
import type { Clock } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'

export interface CollectDeps {
  readonly agent: Pick<Agent, 'run'>
  readonly clock: Pick<Clock, 'after'>
  readonly log: Logger
  readonly limits: { readonly turnMs: number; readonly answerChars: number }
}

/**
 * All that an agent says in one turn. Rejects at once when `stop` aborts (with its reason) and when the turn's time is up,
 * also for an agent that does not heed its signal; otherwise with what the agent throws.
 */
export async function collectAnswer(deps: CollectDeps, turn: AgentTurn, stop: AbortSignal): Promise<string> {
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
  const cancelTimer = clock.after(limits.turnMs, () =>
    cancel(new AgentError('agent_timeout', `the turn took more than ${limits.turnMs} ms`)),
  )
  let iterator: AsyncIterator<unknown> | undefined
  let over = false
  try {
    const events = agent.run(turn, controller.signal)[Symbol.asyncIterator]()
    iterator = events
    let text = ''
    for (;;) {
      const step = await untilCancelled(events.next())
      if (step.done) break
      const event = step.value
      if (event.kind === 'usage') log.debug('tokens used', { turn: turn.id, ...event })
      else text += event.text
      if (text.length > limits.answerChars) {
        throw new AgentError('agent_too_long', `the answer is longer than ${limits.answerChars} characters`)
      }
    }
    over = true
    return text
  } finally {
    cancelTimer()
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
