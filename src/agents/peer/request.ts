/** One turn as JSON, for programs and servers that speak no protocol but Herald's own. */
import { chatKey } from '../../platforms/platform.ts'
import type { AgentTurn } from '../agent.ts'

/** In one line, without its end. */
export function peerRequest(turn: AgentTurn): string {
  const { id, chat, session, sender, text, prompt = text, history, attachments, repeated } = turn
  return JSON.stringify({
    id,
    chat: chatKey(chat),
    session,
    sender,
    text,
    prompt,
    history,
    attachments: attachments.map(({ kind, name, path, mediaType, sizeBytes, transcript, quoted }) => ({
      kind,
      name,
      path,
      media_type: mediaType,
      size: sizeBytes,
      transcript,
      quoted,
    })),
    repeated,
  })
}
