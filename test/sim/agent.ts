/** The agent behind the gateway: answers with an echo, late, at length, with nothing, or not at all. */
import { type Agent, AgentError, type AgentErrorCode, type AgentEvent } from '../../src/agents/agent.ts'
import { sleep } from '../../src/lib/clock.ts'
import type { Dice } from './dice.ts'
import type { Incarnation } from './incarnation.ts'

/** What an agent may be told to do with one message; written by whoever writes the message. */
export type Mood = 'echo' | 'slow' | 'long' | 'silent' | 'failing' | 'broken' | 'endless'

/** Where a text carries the number by which its answer is known again. Far behind what an excerpt would quote. */
export const tagOf = (number: number): string => `<#${number}>`
const TAG = /<#(\d+)>/g

export function tagsIn(text: string): number[] {
  return [...text.matchAll(TAG)].map(([, digits]) => Number(digits))
}

/** What it throws when it breaks. */
export const TOLD = 'the agent broke (told by the simulation)'

const FAILURES: readonly AgentErrorCode[] = ['agent_unreachable', 'agent_refused', 'agent_timeout', 'agent_empty']
const LONGEST_WAIT_MS = 20_000
const PARAGRAPHS = 40

export function createSimAgent(process: Incarnation, dice: Dice, moodOf: (tag: number) => Mood): Agent {
  const { clock } = process
  return {
    kind: 'simulated',
    async *run({ text }, signal): AsyncIterable<AgentEvent> {
      signal.throwIfAborted()
      if (!process.calls()) await new Promise(() => {})
      const tag = tagsIn(text).at(-1) ?? 0
      const mood = moodOf(tag)
      if (mood !== 'echo') await sleep(clock, dice.between(50, LONGEST_WAIT_MS), signal)
      switch (mood) {
        case 'echo':
        case 'slow':
          yield { kind: 'text', text: `echo: ${text}` }
          return
        case 'long':
          yield { kind: 'text', text: longAnswer(text, tag) }
          return
        case 'silent':
          return
        case 'failing':
          throw new AgentError(dice.pick(FAILURES), 'told by the simulation')
        case 'broken':
          yield { kind: 'text', text: 'half an ans' }
          throw new Error(TOLD)
        case 'endless':
          await sleep(clock, 3_600_000, signal)
      }
    },
    health: () => ({ state: 'ok' }),
    forget: async () => {},
    close: async () => {},
  }
}

/** More than one message holds; the number stands in the first part alone, so that it is still shown once. */
function longAnswer(text: string, tag: number): string {
  const filler = `This is a paragraph of a long answer. ${'word '.repeat(30)}`
  return [`echo: ${text}`, ...paragraphsOf(tag).map(mark => `${mark} ${filler}`)].join('\n\n')
}

/** How the paragraphs of a long answer begin. */
export function paragraphsOf(tag: number): string[] {
  return Array.from({ length: PARAGRAPHS }, (_, at) => `¶${at}/${tag}:`)
}
