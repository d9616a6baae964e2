/** What the control socket answers: the verbs of the command line against the running gateway. */
import type { StatusDocument } from '../gateway/status/status-document.ts'
import type { DeadEntry, TraceRecord, TransitionRecord } from '../journal/journal.ts'
import { isRecord, type Json } from '../lib/json.ts'
import { LOG_LEVELS, LOG_ROOMS } from '../lib/log.ts'
import { isLogLevel, isLogRoom, type LogLevels } from './log-levels.ts'

/** What comes of an act of pairing: `refused` says why. */
interface PairingAnswer {
  readonly kind: string
  readonly why?: string
}

/** Who is let in. Where the account is left out, the one is meant that the code or the id belongs to. */
export interface PairingVerbs {
  list(): Promise<readonly object[]>
  approve(codeOrId: string, account?: string): Promise<PairingAnswer>
  revoke(id: string, account?: string): Promise<PairingAnswer>
  block(id: string, account?: string): Promise<PairingAnswer>
  /** A new code that makes an owner. */
  owner(account?: string): Promise<PairingAnswer>
}

/** What a running gateway can be asked and told. The wiring implements it. */
export interface GatewayVerbs {
  /** Computed now. */
  status(): StatusDocument
  trace(id: string): Promise<TraceRecord | undefined>
  /** What is kept of what was said in a chat, or there with one member, oldest first; undefined for what is no chat. */
  said(chat: string, member: string): Promise<readonly object[] | undefined>
  /** The changes of all accounts since then (epoch milliseconds), oldest first. */
  history(sinceMs: number): Promise<readonly TransitionRecord[]>
  dead(): Promise<readonly DeadEntry[]>
  /** Takes a dead entry back to work; false when there is none such, or its content has been cleared. */
  retry(id: string): Promise<boolean>
  drop(id: string): Promise<boolean>
  /** False when there is no such account. */
  pause(account: string): boolean
  resume(account: string): boolean
  restart(account: string): boolean
  readonly pairing: PairingVerbs
  accounts(): readonly string[]
  /** How much each room says. */
  readonly levels: LogLevels
  /** A message of a bot's own accord. `refused`: why nothing was sent. */
  send(order: { readonly chat: string; readonly text: string; readonly key?: string }): Promise<object>
  /** Closes everything and begins anew, in the same process. */
  beginAgain(by: string): void
  /** Reads the settings again; `by` says who asks. */
  reload(by: string): Promise<object>
}

interface Answer {
  readonly status: number
  readonly body: Json
}

const LONGEST_ID = 500

/** Why nothing was sent, as whoever asked is told. */
const SEND_REFUSALS: Readonly<Record<string, { readonly status: number; readonly error: string }>> = {
  no_chat: {
    status: 400,
    error: 'wants a chat as <account>:<kind>:<id>, such as qqbot:c2c:OPENID; kind is c2c, group, channel or dm',
  },
  no_account: { status: 404, error: 'there is no such account; `herald status` names them' },
  no_text: { status: 400, error: 'wants a text' },
  too_long: { status: 413, error: 'the text is longer than 20000 characters; send it in parts' },
  key_reused: { status: 409, error: 'this key was used for another message' },
}

/** The handler for `serveControl`. Known secrets are masked in every answer. */
export function createControlHandler(
  verbs: GatewayVerbs,
  redact: (text: string) => string,
): (method: string, path: string, body: unknown) => Promise<Answer> {
  const answer = (status: number, body: unknown): Answer => ({
    status,
    body: masked(JSON.parse(JSON.stringify(body)), redact),
  })
  const refuse = (status: number, error: string): Answer => answer(status, { error })

  const trace = async (query: URLSearchParams): Promise<Answer> => {
    const id = query.get('id') ?? ''
    if (id === '' || id.length > LONGEST_ID) return refuse(400, 'wants ?id=, the id of a message')
    const record = await verbs.trace(id)
    return record ? answer(200, record) : refuse(404, `no message ${id} is known; keys are kept for 7 days`)
  }

  const moveDead = async (move: (id: string) => Promise<boolean>, body: unknown): Promise<Answer> => {
    if (!isRecord(body)) return refuse(400, 'wants {"id": …} or {"all": true}')
    if (body['all'] === true) {
      const moved: string[] = []
      for (const { id } of await verbs.dead()) if (await move(id)) moved.push(id)
      return answer(200, { moved })
    }
    const id = body['id']
    if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID)
      return refuse(400, 'wants {"id": …} or {"all": true}')
    return (await move(id))
      ? answer(200, { moved: [id] })
      : refuse(
          404,
          `${id} is not in the dead list, or its content has been cleared; \`herald dead list\` shows what is`,
        )
  }

  const pair = async (
    act: (subject: string, account: string | undefined) => Promise<PairingAnswer>,
    body: unknown,
    wantsSubject: boolean,
  ): Promise<Answer> => {
    const { subject = '', account } = isRecord(body) ? body : {}
    const right = typeof subject === 'string' && subject.length <= LONGEST_ID && (subject !== '' || !wantsSubject)
    if (!right || (account !== undefined && typeof account !== 'string'))
      return refuse(400, wantsSubject ? 'wants {"subject": …, "account": …}' : 'wants {"account": …}')
    const result = await act(subject, account)
    return result.kind === 'refused' ? refuse(409, result.why ?? 'refused') : answer(200, result)
  }

  const steer = (act: (account: string) => boolean, body: unknown): Answer => {
    const account = isRecord(body) ? body['account'] : undefined
    if (typeof account !== 'string') return refuse(400, 'wants {"account": …}')
    if (act(account)) return answer(200, { account })
    return refuse(404, `no account ${account.slice(0, LONGEST_ID)}; there are: ${verbs.accounts().join(', ')}`)
  }

  const setLevel = (body: unknown): Answer => {
    const { level, room } = isRecord(body) ? body : {}
    if (!isLogLevel(level)) return refuse(400, `wants a level: ${LOG_LEVELS.join(', ')}`)
    if (room !== undefined && !isLogRoom(room))
      return refuse(404, `no room of that name; there are: ${LOG_ROOMS.join(', ')}`)
    verbs.levels.set(level, room)
    return answer(200, verbs.levels.table)
  }

  const send = async (body: unknown): Promise<Answer> => {
    const { chat, text, key, ...others } = isRecord(body) ? body : {}
    const isKey = key === undefined || (typeof key === 'string' && /^[\x21-\x7e]{1,200}$/.test(key))
    // A key under another name would let repeats through.
    if (typeof chat !== 'string' || typeof text !== 'string' || !isKey || Object.keys(others).length > 0)
      return refuse(
        400,
        'wants {"chat": "qqbot:c2c:OPENID", "text": …, "key": …} and nothing else; the key, 1 to 200 characters, may be left out',
      )
    const result = await verbs.send({ chat, text, ...(key === undefined ? {} : { key }) })
    if (!('refused' in result)) return answer(200, result)
    const { status, error } = SEND_REFUSALS[String(result.refused)] ?? { status: 400, error: String(result.refused) }
    return refuse(status, error)
  }

  const routes: Readonly<Record<string, (query: URLSearchParams, body: unknown) => Answer | Promise<Answer>>> = {
    'GET /status': () => answer(200, verbs.status()),
    'GET /trace': trace,
    'GET /said': async query => {
      const entries = await verbs.said(query.get('chat') ?? '', query.get('member') ?? '')
      return entries ? answer(200, { entries }) : refuse(400, 'wants ?chat=, such as qqbot:c2c:OPENID')
    },
    'GET /history': async query => {
      const sinceMs = Number(query.get('since') ?? 0)
      if (!Number.isFinite(sinceMs)) return refuse(400, 'wants ?since=, epoch milliseconds')
      return answer(200, { changes: await verbs.history(sinceMs) })
    },
    'GET /log': () => answer(200, verbs.levels.table),
    'POST /log': (_query, body) => setLevel(body),
    'GET /dead': async () => answer(200, { entries: await verbs.dead() }),
    'POST /dead/retry': (_query, body) => moveDead(id => verbs.retry(id), body),
    'POST /dead/drop': (_query, body) => moveDead(id => verbs.drop(id), body),
    'GET /pairing': async () => answer(200, { accounts: await verbs.pairing.list() }),
    'POST /pairing/approve': (_query, body) =>
      pair((code, account) => verbs.pairing.approve(code, account), body, true),
    'POST /pairing/revoke': (_query, body) => pair((id, account) => verbs.pairing.revoke(id, account), body, true),
    'POST /pairing/block': (_query, body) => pair((id, account) => verbs.pairing.block(id, account), body, true),
    'POST /pairing/owner': (_query, body) => pair((_subject, account) => verbs.pairing.owner(account), body, false),
    'POST /begin-again': () => {
      verbs.beginAgain('restore')
      return answer(202, { ok: true })
    },
    'POST /send': (_query, body) => send(body),
    'POST /reload': async () => answer(200, await verbs.reload('herald reload')),
    'POST /pause': (_query, body) => steer(account => verbs.pause(account), body),
    'POST /resume': (_query, body) => steer(account => verbs.resume(account), body),
    'POST /restart': (_query, body) => steer(account => verbs.restart(account), body),
  }
  const paths = new Set(Object.keys(routes).map(route => route.split(' ')[1]))

  return async (method, path, body) => {
    const asked = URL.parse(path, 'http://herald')
    if (!asked) return refuse(400, 'not a path')
    const { pathname, searchParams } = asked
    const route = `${method} ${pathname}`
    const handle = Object.hasOwn(routes, route) ? routes[route] : undefined
    if (handle) return handle(searchParams, body)
    return paths.has(pathname) ? refuse(405, `${method} is not possible here`) : refuse(404, `nothing at ${pathname}`)
  }
}

/** Text by text: in the JSON as a whole a secret of digits would be found in numbers too, and leave no JSON behind. */
function masked(value: Json, redact: (text: string) => string): Json {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: Json) => masked(item, redact))
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [redact(key), masked(member, redact)]))
}
