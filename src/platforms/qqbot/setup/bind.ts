/**
 * Credentials by QR code: a person scans it with QQ and chooses a bot, and the platform hands over its app id and its secret,
 * encrypted with a key that only this process knows.
 */
import { createDecipheriv, randomBytes } from 'node:crypto'
import { type Clock, sleep } from '../../../lib/clock.ts'
import { HeraldError } from '../../../lib/errors.ts'
import { isRecord, type Json, parseJson } from '../../../lib/json.ts'
import { NetworkError, type RequestHttp } from '../../../lib/net/network.ts'

export interface Credentials {
  readonly appId: string
  readonly clientSecret: string
}

export interface BindTask {
  /** To be shown as a QR code. */
  readonly url: string
  /** Null when the code has expired: begin another task. Rejects with the signal's reason. */
  result(signal: AbortSignal): Promise<Credentials | null>
}

export interface BindWorld {
  readonly clock: Clock
  readonly request: RequestHttp
}

const POLL_MS = 2_000
const CALL_MS = 10_000
const STATUS = { completed: 2, expired: 3 }
const [KEY_BYTES, IV_BYTES, TAG_BYTES] = [32, 12, 16]

/** Throws a `HeraldError` when the platform gives no code. */
export async function beginBind(base: string, world: BindWorld, signal: AbortSignal): Promise<BindTask> {
  const key = randomBytes(KEY_BYTES)
  const call = (path: string, body: Json) => post(`${base}/lite/${path}`, body, world, signal)
  const created = await call('create_bind_task', { key: key.toString('base64') }).catch((thrown: unknown) => {
    if (!(thrown instanceof NetworkError)) throw thrown
    throw new HeraldError('bind_unreachable', `no QR code: ${thrown.message}`, { hint: 'type the credentials instead' })
  })
  const id = created.data['task_id']
  if (typeof id !== 'string' || created.trouble !== undefined)
    throw new HeraldError('bind_refused', `no QR code: ${created.trouble ?? 'the platform named no task'}`, {
      hint: 'type the credentials instead',
    })
  return {
    url: `${base}/qqbot/openclaw/connect.html?task_id=${encodeURIComponent(id)}&source=Herald&_wv=2`,
    async result(until) {
      for (;;) {
        until.throwIfAborted()
        // A poll that fails is only one of many.
        const { data } = await post(`${base}/lite/poll_bind_result`, { task_id: id }, world, until).catch(() => NOTHING)
        if (data['status'] === STATUS.expired) return null
        if (data['status'] === STATUS.completed) return credentialsIn(data, key)
        await sleep(world.clock, POLL_MS, until)
      }
    },
  }
}

interface Answer {
  readonly data: Readonly<Record<string, unknown>>
  readonly trouble?: string
}
const NOTHING: Answer = { data: {} }

async function post(url: string, body: Json, { request }: BindWorld, signal: AbortSignal): Promise<Answer> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const response = await request(
    { method: 'POST', url, headers, body: JSON.stringify(body), timeoutMs: CALL_MS },
    signal,
  )
  const answer = parseJson(response.body)
  if (response.status !== 200 || !isRecord(answer)) return { data: {}, trouble: `HTTP ${response.status}` }
  const data = isRecord(answer['data']) ? answer['data'] : {}
  return answer['retcode'] === 0 ? { data } : { data: {}, trouble: String(answer['msg'] ?? answer['retcode']) }
}

function credentialsIn(data: Answer['data'], key: Buffer): Credentials {
  const sealed = Buffer.from(String(data['bot_encrypt_secret'] ?? ''), 'base64')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    const secret = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()])
    // The platform writes it as a number or as a text.
    return { appId: String(data['bot_appid']), clientSecret: secret.toString('utf8') }
  } catch (cause) {
    throw new HeraldError('bind_unreadable', 'the platform sent a secret that cannot be read', {
      hint: 'type the credentials instead',
      cause,
    })
  }
}
