/** A turn as the content of a prompt. */
import { pathToFileURL } from 'node:url'
import type { ContentBlock } from '@agentclientprotocol/sdk'
import type { AgentTurn } from '../agent.ts'
import { readImages } from '../vision.ts'

const REPEATED =
  '[The chat gateway was restarted while you worked on the message below. Part of it may be done already: look before you do anything a second time.]'
const NOTHING_SAID = '[empty message]'

/** `withHistory`: the agent knows nothing of the chat yet. What was said there is data, one JSON object a line. */
export async function promptFor(
  turn: AgentTurn,
  { withHistory, images }: { readonly withHistory: boolean; readonly images: boolean },
): Promise<ContentBlock[]> {
  const blocks: ContentBlock[] = []
  if (withHistory && turn.history.length > 0) {
    const lines = turn.history.map(({ role, text }) => JSON.stringify({ role, text }))
    blocks.push(
      words(
        `[What was said in this chat before, oldest first:]\n${lines.join('\n')}\n[The message to answer follows.]`,
      ),
    )
  }
  if (turn.repeated) blocks.push(words(REPEATED))
  const asked = turn.prompt ?? turn.text
  blocks.push(words(asked.trim() === '' ? NOTHING_SAID : asked))
  if (images) for (const address of await readImages(turn.attachments)) blocks.push(...imageFrom(address))
  for (const { name, path, mediaType } of turn.attachments) {
    if (path === undefined || (images && mediaType?.startsWith('image/'))) continue
    const uri = pathToFileURL(path).href
    blocks.push({ type: 'resource_link', name, uri, ...(mediaType === undefined ? {} : { mimeType: mediaType }) })
  }
  return blocks
}

function words(text: string): ContentBlock {
  return { type: 'text', text }
}

function imageFrom(address: string): readonly ContentBlock[] {
  const [, mimeType, data] = /^data:([^;]+);base64,(.*)$/s.exec(address) ?? []
  return mimeType === undefined || data === undefined ? [] : [{ type: 'image', mimeType, data }]
}
