/** The agent behind the gateway: answers with an echo, late, at length, word by word, with a file, with nothing, or not at all. */
import {
  type Agent,
  AgentError,
  type AgentErrorCode,
  type AgentEvent,
  type AgentQuestion,
} from '../../../src/agents/agent.ts'
import { sleep } from '../../../src/lib/clock.ts'
import type { Dice } from '../dice.ts'
import type { Incarnation } from '../machine/incarnation.ts'
import { fileOf } from './media.ts'
import { storyOf } from './story.ts'
import { tagsIn } from './tags.ts'

/** What an agent may be told to do with one message; written by whoever writes the message. */
export type Mood =
  | 'echo'
  | 'slow'
  | 'long'
  /** Word by word. */
  | 'story'
  /** Word by word, and breaks on the way. */
  | 'cut_story'
  | 'file'
  /** Asks somebody first. */
  | 'asking'
  | 'silent'
  | 'failing'
  | 'broken'
  | 'endless'

/** What it throws when it breaks. */
export const TOLD = 'the agent broke (told by the simulation)'

const FAILURES: readonly AgentErrorCode[] = ['agent_unreachable', 'agent_refused', 'agent_timeout', 'agent_empty']
const LONGEST_WAIT_MS = 20_000
const SLOWEST_WORD_MS = 400
const PARAGRAPHS = 40
const QUESTION: AgentQuestion = {
  kind: 'choice',
  title: 'Which one?',
  options: [
    { id: 'left', label: 'Left', style: 'plain' },
    { id: 'right', label: 'Right', style: 'primary' },
  ],
}

export function createSimAgent(process: Incarnation, dice: Dice, moodOf: (tag: number) => Mood): Agent {
  const { clock } = process
  return {
    kind: 'simulated',
    async *run({ text, ask }, signal): AsyncIterable<AgentEvent> {
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
        case 'story':
        case 'cut_story': {
          const words = storyOf(tag)
          const told = mood === 'story' ? words.length : dice.whole(1, words.length - 1)
          const gapMs = dice.between(20, SLOWEST_WORD_MS)
          for (const word of words.slice(0, told)) {
            yield { kind: 'text', text: word }
            await sleep(clock, dice.gap(gapMs), signal)
          }
          if (mood === 'cut_story') throw new Error(TOLD)
          return
        }
        case 'file':
          yield { kind: 'text', text: `echo: ${text}` }
          yield { kind: 'media', media: fileOf(tag), caption: paragraphsOf(tag)[0] ?? '' }
          return
        case 'asking':
          yield { kind: 'text', text: `${await ask(QUESTION, signal)}: ${text}` }
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
