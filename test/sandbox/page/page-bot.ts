import { isRecord } from '../../../src/lib/json.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import type { Disposable } from '../../support/sandbox.ts'
import { call, type Frame, type ReadyLink, ready } from '../raw-bot.ts'

/** What the bot answers with: the body of a send, without what makes it passive. */
export type Reply = Readonly<Record<string, unknown>>

export interface PageBot extends ReadyLink {
  /** Posts to a private chat. */
  post(openid: string, path: 'messages' | 'stream_messages', body: Reply): Promise<Readonly<Record<string, unknown>>>
}

/** A bot that answers every message with `answer`, over the platform's own interface. */
export async function startBot(
  test: Disposable,
  box: Sandbox,
  answer: (text: string) => Reply | undefined = text => ({ msg_type: 0, content: `You said: ${text}` }),
): Promise<PageBot> {
  const bot = await ready(box)
  test.after(() => bot.link.end())
  bot.link.ws.on('message', data => {
    const frame = JSON.parse(data.toString()) as Frame
    if (!frame.t?.includes('MESSAGE_CREATE') || !isRecord(frame.d)) return
    const { id, content, group_openid: group, author } = frame.d
    const reply = answer(String(content).trim())
    const place = group ? `groups/${group}` : `users/${isRecord(author) ? author['user_openid'] : ''}`
    // The sandbox may be gone before the answer; the test that wants it sees that it did not come.
    if (reply) void call(box, 'POST', `/v2/${place}/messages`, { msg_id: id, ...reply }, bot.auth).catch(() => {})
  })
  return {
    ...bot,
    async post(openid, path, body) {
      const { status, json, text } = await call(box, 'POST', `/v2/users/${openid}/${path}`, body, bot.auth)
      if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
      return json
    },
  }
}
