/** A turn of a model with tools: it is asked, uses what it wants, hears what that gave, and is asked again, a bounded number of times. */
import { AgentError, type AgentEvent, type AgentTurn } from '../agent.ts'
import type { Deadlines } from '../bounds/deadlines.ts'
import type { ToolLimits } from '../tools/settings.ts'
import type { Offer, ToolCall } from '../tools/toolbox.ts'
import type { Completions } from './completions.ts'
import { type ChatMessage, callsMessage, resultMessage } from './request.ts'

export interface Rounds {
  readonly completions: Pick<Completions, 'complete' | 'host'>
  readonly limits: ToolLimits
  readonly offer: Offer | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly turn: AgentTurn
  readonly deadlines: Deadlines
}

const PARAGRAPH = '\n\n'

/** Throws `AgentError`, or the reason of the deadlines. */
export async function* answerInRounds(
  rounds: Rounds,
  question: readonly ChatMessage[],
): AsyncGenerator<AgentEvent, void> {
  const { completions, limits, offer, headers, turn, deadlines } = rounds
  const model = turn.model === undefined ? {} : { model: turn.model }
  const messages = [...question]
  const tools = offer?.shown ?? []
  /** What it said before its last tools, so that the next words begin a paragraph. */
  let tail = ''
  for (let round = 1; ; round++) {
    const mayCall = round < limits.rounds
    let said = ''
    let calls: readonly ToolCall[] = []
    for await (const event of completions.complete({ ...model, messages, tools, mayCall }, headers, deadlines)) {
      if (event.kind === 'calls') calls = event.calls
      if (event.kind === 'usage') yield event
      if (event.kind !== 'text') continue
      const breaks = said === '' && tail !== '' && !tail.endsWith('\n') && !event.text.startsWith('\n')
      said += event.text
      yield breaks ? { kind: 'text', text: PARAGRAPH + event.text } : event
    }
    if (calls.length === 0) return
    if (!offer || !mayCall)
      throw new AgentError('agent_broken', `${completions.host}: it calls tools instead of answering`)
    tail = said === '' ? tail : said
    messages.push(callsMessage(said, calls))
    for (const [index, call] of calls.entries()) {
      if (index >= limits.callsPerRound) messages.push(resultMessage(call, '{"error":"too many calls at once"}'))
      else messages.push(yield* useTool(rounds, offer, call))
    }
    for (const content of (await turn.meanwhile?.()) ?? []) messages.push({ role: 'user', content })
  }
}

async function* useTool(
  { turn, deadlines }: Rounds,
  offer: Offer,
  call: ToolCall,
): AsyncGenerator<AgentEvent, ChatMessage> {
  const title = offer.titleOf(call)
  if (title !== undefined) yield { kind: 'note', text: title }
  const { text, failed } = await offer.call(turn, call, deadlines)
  if (title !== undefined && failed) yield { kind: 'note', text: `${title} ✗` }
  return resultMessage(call, text)
}
