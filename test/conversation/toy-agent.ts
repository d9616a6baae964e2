import type { Agent, AgentEvent, AgentTurn } from '../../src/agents/agent.ts'

export type Conduct = (turn: AgentTurn, signal: AbortSignal) => AsyncIterable<AgentEvent>

/** An agent that does what a test tells it. */
export interface ToyAgent extends Pick<Agent, 'run'> {
  /** In the order in which they were begun. */
  readonly turns: readonly AgentTurn[]
  /** One for each turn. */
  readonly signals: readonly AbortSignal[]
  /** What it does from now on. */
  does(conduct: Conduct): void
  /** Keeps every turn waiting from now on, until its text is answered. */
  waits(): void
  /** Ends the waiting turn for that text. */
  answer(text: string, reply?: string): void
  /** Texts of the turns that wait now, in the order in which they were begun. */
  readonly waiting: readonly string[]
}

const said = (text: string): AgentEvent => ({ kind: 'text', text })

export function createToyAgent(): ToyAgent {
  const turns: AgentTurn[] = []
  const signals: AbortSignal[] = []
  const open = new Map<string, (reply: string) => void>()
  let conduct: Conduct = async function* ({ text }) {
    yield said(`re: ${text}`)
  }
  return {
    turns,
    signals,
    does(next) {
      conduct = next
    },
    waits() {
      conduct = async function* ({ text }) {
        yield said(await new Promise<string>(resolve => open.set(text, resolve)))
      }
    },
    answer(text, reply = `re: ${text}`) {
      const resolve = open.get(text)
      if (!resolve) throw new Error(`no turn waits for ${text}`)
      open.delete(text)
      resolve(reply)
    },
    get waiting() {
      return [...open.keys()]
    },
    run(turn, signal) {
      turns.push(turn)
      signals.push(signal)
      return conduct(turn, signal)
    },
  }
}
