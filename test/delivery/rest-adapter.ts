/** The least that can post to the platform's REST interface: what delivery needs of an adapter, and nothing that lives. */
import type { Clock } from '../../src/lib/clock.ts'
import { isRecord, parseJson } from '../../src/lib/json.ts'
import { createRequest } from '../../src/lib/net/http.ts'
import { type HttpResponse, NetworkError } from '../../src/lib/net/network.ts'
import type { ChatKind, Outgoing, PlatformAdapter, SendDetail, SendOutcome } from '../../src/platforms/platform.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { TEST_BOT } from '../support/sandbox.ts'
import { QQ_LIKE } from './world.ts'

const TIMEOUT_MS = 500
const FOLDERS: Readonly<Record<ChatKind, string>> = {
  c2c: 'v2/users',
  group: 'v2/groups',
  channel: 'channels',
  dm: 'dms',
}

const OUTCOMES: ReadonlyMap<number, SendOutcome> = new Map<number, SendOutcome>([
  [11243, { kind: 'token_refused' }],
  [11244, { kind: 'token_refused' }],
  [304003, { kind: 'form_refused', part: 'link' }],
  [304014, { kind: 'form_refused', part: 'markdown' }],
  [40034012, { kind: 'form_refused', part: 'markdown' }],
  [40054007, { kind: 'form_refused', part: 'length' }],
  [40034005, { kind: 'window_closed' }],
  [40034128, { kind: 'window_closed' }],
  [40034102, { kind: 'no_right' }],
  [40034006, { kind: 'content_refused' }],
  [40034101, { kind: 'chat_gone' }],
  [40054005, { kind: 'duplicate' }],
])

export function restAdapter(box: Sandbox, clock: Clock): PlatformAdapter {
  const request = createRequest(clock)
  let token: Promise<string> | undefined

  const fetchToken = async (): Promise<string> => {
    const { body } = await request({
      method: 'POST',
      url: box.tokenUrl,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ appId: TEST_BOT.appId, clientSecret: TEST_BOT.secret }),
      timeoutMs: TIMEOUT_MS,
    })
    const parsed = parseJson(body)
    if (!isRecord(parsed) || typeof parsed['access_token'] !== 'string') throw new Error(`no token: ${body}`)
    return parsed['access_token']
  }

  return {
    account: 'qqbot',
    capabilities: QQ_LIKE,
    run: () => new Promise(() => {}),
    async send(outgoing, signal) {
      let given: string
      try {
        token ??= fetchToken()
        given = await token
      } catch {
        token = undefined
        return { kind: 'not_sent' }
      }
      try {
        const { kind, id } = outgoing.chat
        const response = await request(
          {
            method: 'POST',
            url: `${box.url}/${FOLDERS[kind]}/${id}/messages`,
            headers: { 'content-type': 'application/json', authorization: `QQBot ${given}` },
            body: JSON.stringify(bodyOf(outgoing)),
            timeoutMs: TIMEOUT_MS,
          },
          signal,
        )
        const outcome = outcomeOf(response)
        if (outcome.kind === 'token_refused') token = undefined
        return outcome
      } catch (thrown) {
        return { kind: thrown instanceof NetworkError && !thrown.written ? 'not_sent' : 'unknown' }
      }
    },
  }
}

function bodyOf({ text, form, reply }: Outgoing): object {
  return {
    ...(form === 'markdown' ? { msg_type: 2, markdown: { content: text } } : { msg_type: 0, content: text }),
    ...(reply ? { [reply.via]: reply.id, msg_seq: reply.seq } : {}),
  }
}

function outcomeOf({ status, headers, body }: HttpResponse): SendOutcome {
  const parsed = parseJson(body)
  const said = isRecord(parsed) ? parsed : {}
  const code = typeof said['code'] === 'number' ? said['code'] : undefined
  const detail: SendDetail = { status, ...(code === undefined ? {} : { code: String(code) }) }
  if (status === 202) return { kind: 'accepted', ...detail }
  const known = code === undefined ? undefined : OUTCOMES.get(code)
  if (known) return { ...known, ...detail }
  if (status === 429 || status >= 500) {
    const after = headers['retry-after']
    return { kind: 'busy', ...detail, ...(after === undefined ? {} : { retryAfterMs: Number(after) * 1000 }) }
  }
  if (code !== undefined || status >= 400) return { kind: 'refused', known: false, ...detail }
  const { id } = said
  return typeof id === 'string' ? { kind: 'accepted', platformId: id, ...detail } : { kind: 'unknown', ...detail }
}
