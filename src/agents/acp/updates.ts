/** What an agent tells while it works on a prompt, as events of a turn. Pure but for what it remembers of the turn. */
import type { ContentBlock, Plan, SessionUpdate } from '@agentclientprotocol/sdk'
import type { AgentEvent } from '../agent.ts'
import { tooLong } from '../bounds/limits.ts'
import type { Shorten } from './shorten.ts'

export interface UpdateReader {
  /** Throws `AgentError` (`agent_too_long`). Thoughts and bookkeeping are signs of life that say nothing. */
  read(update: SessionUpdate): readonly AgentEvent[]
}

const PARAGRAPH = '\n\n'

export function createUpdateReader(answerChars: number, shorten: Shorten): UpdateReader {
  const titles = new Map<string, string>()
  let spokenChars = 0
  /** Something else came since the last word, so that what follows begins a paragraph. */
  let broken = false
  let message: string | undefined
  let plan = ''
  let tail = ''

  const say = (words: string, messageId: string | null | undefined): readonly AgentEvent[] => {
    if (words === '') return []
    if (messageId && message !== undefined && messageId !== message) broken = true
    message = messageId ?? message
    const breaks = broken && spokenChars > 0 && !tail.endsWith('\n') && !words.startsWith('\n')
    broken = false
    const text = breaks ? PARAGRAPH + words : words
    tail = text
    spokenChars += text.length
    if (spokenChars > answerChars) throw tooLong(answerChars)
    return [{ kind: 'text', text }]
  }
  const note = (text: string): readonly AgentEvent[] => [{ kind: 'note', text: shorten(text) }]

  return {
    read(update) {
      switch (update.sessionUpdate) {
        case 'agent_message_chunk':
          return say(wordsOf(update.content), update.messageId)
        case 'tool_call':
          broken = true
          titles.set(update.toolCallId, update.title)
          return note(update.title)
        case 'tool_call_update': {
          const title = update.title ?? titles.get(update.toolCallId) ?? update.toolCallId
          titles.set(update.toolCallId, title)
          return update.status === 'failed' ? note(`${title} ✗`) : []
        }
        case 'plan': {
          const told = stepOf(update)
          if (told === '' || told === plan) return []
          plan = told
          return note(told)
        }
        default:
          return []
      }
    },
  }
}

/** Only words go into an answer: what lies elsewhere is named where everybody can reach it. */
function wordsOf(content: ContentBlock): string {
  if (content.type === 'text') return content.text
  if (content.type !== 'resource_link' || !/^https?:/i.test(content.uri)) return ''
  return ` [${content.title ?? content.name}](${content.uri}) `
}

/** Where the agent is in its plan: `2/5 Write the tests`. */
function stepOf({ entries }: Plan): string {
  const at = entries.findIndex(entry => entry.status === 'in_progress')
  const done = entries.filter(entry => entry.status === 'completed').length
  const present = entries[at] ?? entries.find(entry => entry.status === 'pending')
  if (present === undefined) return ''
  return `${Math.min(done + 1, entries.length)}/${entries.length} ${present.content}`
}
