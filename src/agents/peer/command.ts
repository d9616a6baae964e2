/** A program that is started for every turn: one JSON line in, the answer out. */
import { StringDecoder } from 'node:string_decoder'
import { StoppedError } from '../../lib/errors.ts'
import { type ChildEnd, type ChildWorld, NOT_STARTED, type Program, startChild } from '../../lib/process/child.ts'
import { programPath } from '../../lib/process/program-path.ts'
import { createSlots } from '../../lib/tasks/slots.ts'
import { type Agent, AgentError, type AgentEvent, type AgentHealth, type AgentTurn } from '../agent.ts'
import { createDeadlines } from '../bounds/deadlines.ts'
import { TURN_LIMITS, type TurnLimits, timeout } from '../bounds/limits.ts'
import { createEventReader, createTextReader } from './reader.ts'
import { peerRequest } from './request.ts'

export interface CommandSettings extends Program {
  readonly type: 'command'
  /** `text`: what it writes is the answer. `events`: a JSON object a line. */
  readonly output: 'text' | 'events'
  readonly limits?: Partial<TurnLimits>
}

/** How long a program that is stopped may take to end by itself. */
const GRACE_MS = 400

export function createCommand(settings: CommandSettings, world: ChildWorld): Agent {
  const { clock, log } = world
  const limits: TurnLimits = { ...TURN_LIMITS, ...settings.limits }
  const slots = createSlots(limits.concurrency)
  const closing = new AbortController()
  const running = new Set<Promise<ChildEnd>>()
  let health: AgentHealth = { state: 'unknown' }

  const judge = ({ code, signal, lastWords }: ChildEnd): void => {
    if (code === 0) {
      health = { state: 'ok', lastOkAtMs: clock.nowMs() }
      return
    }
    log.warn('the agent program failed', { code, signal, lastWords })
    if (NOT_STARTED.has(code)) {
      const hint = 'check agent.command and agent.cwd, and that the program may be run'
      const error = new AgentError('agent_unreachable', `${settings.command} could not be started`, { hint })
      health = { ...health, state: 'failing', cannotStart: true, error: error.message }
      throw error
    }
    const how = signal === null ? `code ${code}` : `signal ${signal}`
    throw new AgentError('agent_broken', `${settings.command} ended with ${how}`)
  }

  async function* work(turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentEvent> {
    const child = startChild(settings, world)
    running.add(child.ended)
    const who = settings.command
    const whole = { delayMs: limits.turnMs, reason: timeout(who, 'no whole answer', limits.turnMs) }
    const deadlines = createDeadlines(clock, signal, whole)
    deadlines.step(limits.firstMs, timeout(who, 'nothing written', limits.firstMs))
    const onAbort = (): void => void child.stop(GRACE_MS)
    deadlines.signal.addEventListener('abort', onAbort, { once: true })
    const read = (settings.output === 'text' ? createTextReader : createEventReader)(limits.answerChars)
    const decoder = new StringDecoder('utf8')
    try {
      child.stdin.end(`${peerRequest(turn)}\n`)
      for await (const chunk of child.stdout) {
        deadlines.step(limits.silenceMs, timeout(who, 'nothing further written', limits.silenceMs))
        yield* read.push(decoder.write(chunk))
      }
      deadlines.signal.throwIfAborted()
      judge(await child.ended)
      deadlines.signal.throwIfAborted()
      yield* read.push(decoder.end())
      yield* read.end()
    } catch (thrown) {
      signal.throwIfAborted()
      throw deadlines.signal.aborted ? deadlines.signal.reason : thrown
    } finally {
      deadlines.close()
      await child.stop(GRACE_MS)
      running.delete(child.ended)
    }
  }

  const run = (turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentEvent> =>
    slots.hold(() => work(turn, signal), signal)

  return {
    kind: 'command',
    run: (turn, signal) => run(turn, AbortSignal.any([signal, closing.signal])),
    health: () => health,
    async probe() {
      const { command, cwd, env } = settings
      if (programPath(command, env['PATH'] ?? world.env['PATH'], cwd) === undefined)
        throw new AgentError('agent_unreachable', `${command} is not found, or cannot be run`)
      health = { state: 'unknown' }
      return 'reached'
    },
    forget: async () => {},
    async close() {
      closing.abort(new StoppedError('the agent is closed'))
      await Promise.allSettled(running)
    },
  }
}
