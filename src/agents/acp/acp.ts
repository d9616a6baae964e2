/** Any agent that speaks the Agent Client Protocol: one process for all chats, one session for each conversation. */
import type { PromptResponse, RequestPermissionRequest, RequestPermissionResponse } from '@agentclientprotocol/sdk'
import { sleep } from '../../lib/clock.ts'
import { describeError, StoppedError } from '../../lib/errors.ts'
import type { ChildWorld, Program } from '../../lib/process/child.ts'
import { createSlots } from '../../lib/tasks/slots.ts'
import { type Agent, AgentError, type AgentEvent, type AgentTurn } from '../agent.ts'
import { createDeadlines, type Deadlines } from '../bounds/deadlines.ts'
import { TURN_LIMITS, type TurnLimits, timeout } from '../bounds/limits.ts'
import type { AgentMemory } from '../memory.ts'
import { createKeeper } from '../process/keeper.ts'
import { toAgentError } from './failure.ts'
import { type AcpLink, openLink } from './link.ts'
import { decidedBySettings, permissionFrom, questionFrom } from './permission.ts'
import { promptFor } from './prompt.ts'
import { createQueue, type Queue } from './queue.ts'
import { createAcpSessions } from './sessions.ts'
import { createShorten } from './shorten.ts'
import { createUpdateReader } from './updates.ts'

export interface AcpSettings extends Program {
  readonly type: 'acp'
  /** Its name in the settings. */
  readonly name: string
  readonly cwd: string
  /** What it may do without a person being asked: nothing, all, or nothing at all. */
  readonly permissions: 'ask' | 'allow' | 'deny'
  readonly limits?: Partial<AcpLimits>
}

export interface AcpLimits extends TurnLimits {
  /** From the start of the process to a working connection. */
  readonly startMs: number
  /** How long an agent may take to call a turn off. One that takes longer is ended. */
  readonly cancelMs: number
}

export const ACP_LIMITS: AcpLimits = { ...TURN_LIMITS, silenceMs: 300_000, startMs: 60_000, cancelMs: 800 }

export interface AcpWorld extends ChildWorld {
  readonly memory: AgentMemory
}

export function createAcp(settings: AcpSettings, world: AcpWorld): Agent {
  const { clock, log } = world
  const { name, command } = settings
  const limits: AcpLimits = { ...ACP_LIMITS, ...settings.limits }
  const shorten = createShorten(settings.cwd, world.env['HOME'])
  const slots = createSlots(limits.concurrency)
  const sessions = createAcpSessions(name, settings.cwd, world.memory, log)
  const closing = new AbortController()
  const keeper = createKeeper({
    what: 'agent',
    name: command,
    clock,
    log,
    startMs: limits.startMs,
    open: signal => openLink(settings, world, signal),
  })
  /** The prompts that the agent has not answered, by session: it takes one at a time. */
  const prompting = new Map<string, Promise<void>>()

  const permit = async (
    request: RequestPermissionRequest,
    turn: AgentTurn,
    deadlines: Deadlines,
    withdrawn: AbortSignal,
  ): Promise<RequestPermissionResponse> => {
    if (settings.permissions !== 'ask') return decidedBySettings(request, settings.permissions)
    const resume = deadlines.pause()
    try {
      const signal = AbortSignal.any([withdrawn, deadlines.signal])
      return permissionFrom(request, await turn.ask(questionFrom(request, shorten), signal))
    } finally {
      resume()
    }
  }

  /** Hears the session until the prompt is answered. Returns the answer, and how to stop hearing it. */
  const prompt = (
    link: AcpLink,
    sessionId: string,
    content: Awaited<ReturnType<typeof promptFor>>,
    turn: AgentTurn,
    deadlines: Deadlines,
    queue: Queue<AgentEvent>,
  ): { readonly answered: Promise<PromptResponse>; stopListening(): void } => {
    const reader = createUpdateReader(limits.answerChars, shorten)
    const stopListening = link.listen(sessionId, {
      update(update) {
        deadlines.step(limits.silenceMs, timeout(command, 'no further sign', limits.silenceMs))
        try {
          for (const event of reader.read(update)) queue.push(event)
        } catch (thrown) {
          queue.fail(thrown)
        }
      },
      permit: (request, withdrawn) => permit(request, turn, deadlines, withdrawn),
    })
    const answered = link.agent.request('session/prompt', { sessionId, prompt: content })
    answered.then(
      // What the agent said before it is on its way through the same connection.
      response => setImmediate(() => (response.stopReason === 'refusal' ? queue.fail(refused(command)) : queue.end())),
      thrown => queue.fail(thrown),
    )
    return { answered, stopListening }
  }

  /** An agent that does not heed the end of a turn is ended itself, once nobody else's turn runs on it. */
  const callOff = async (
    link: AcpLink,
    sessionId: string,
    turn: AgentTurn,
    answered: Promise<unknown>,
  ): Promise<void> => {
    if (link.closed.aborted) return
    await link.agent.notify('session/cancel', { sessionId }).catch(() => {})
    const over = new AbortController()
    const late = sleep(clock, limits.cancelMs, over.signal).then(
      () => true,
      () => false,
    )
    const first = await Promise.race([
      answered.then(
        () => false,
        () => false,
      ),
      late,
    ])
    over.abort()
    if (!first) return
    log.warn('the agent did not call a turn off, and is ended', { turn: turn.id, cancelMs: limits.cancelMs })
    keeper.condemn(link)
    await sessions.drop(turn)
  }

  async function* work(turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentEvent> {
    const whole = { delayMs: limits.turnMs, reason: timeout(command, 'no whole answer', limits.turnMs) }
    const deadlines = createDeadlines(clock, signal, whole)
    const queue = createQueue<AgentEvent>()
    const onAbort = (): void => queue.fail(deadlines.signal.reason)
    deadlines.signal.addEventListener('abort', onAbort, { once: true })
    let used: AcpLink | undefined
    let release = (): void => {}
    try {
      await prompting.get(turn.session)
      const link = await keeper.link(deadlines.signal)
      used = link
      release = keeper.use(link)
      const session = await sessions.open(link, turn, deadlines.signal)
      const images = link.capabilities.promptCapabilities?.image === true
      const content = await promptFor(turn, { withHistory: session.fresh, images })
      deadlines.signal.throwIfAborted()
      deadlines.step(limits.firstMs, timeout(command, 'no sign of work', limits.firstMs))
      const { answered, stopListening } = prompt(link, session.id, content, turn, deadlines, queue)
      let over = false
      try {
        yield* queue.items()
        over = true
      } finally {
        stopListening()
        if (!over) {
          deadlines.close()
          const settled = callOff(link, session.id, turn, answered).finally(() => prompting.delete(turn.session))
          prompting.set(turn.session, settled)
          await settled
        }
      }
    } catch (thrown) {
      signal.throwIfAborted()
      throw await toAgentError(command, deadlines.signal.aborted ? deadlines.signal.reason : thrown, used)
    } finally {
      release()
      deadlines.close()
    }
  }

  const run = (turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentEvent> =>
    slots.hold(() => work(turn, signal), signal)

  return {
    kind: 'acp',
    run: (turn, signal) => run(turn, AbortSignal.any([signal, closing.signal])),
    health() {
      const { trouble } = keeper
      return trouble === undefined ? { state: 'unknown' } : { state: 'failing', cannotStart: true, error: trouble }
    },
    async probe() {
      // It is started again by itself, and at work is more than could be.
      if (keeper.trouble !== undefined) throw new AgentError('agent_unreachable', keeper.trouble)
      return 'reached'
    },
    forget: chat =>
      sessions
        .forget(chat)
        .catch((thrown: unknown) => log.warn('a session could not be forgotten', { reason: describeError(thrown) })),
    async close() {
      closing.abort(new StoppedError('the agent is closed'))
      await keeper.close()
    },
  }
}

function refused(command: string): AgentError {
  return new AgentError('agent_refused', `${command} refused to go on`, { passing: true })
}
