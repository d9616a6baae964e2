import { WebSocket } from 'ws'
import { isRecord } from '../../src/lib/json.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { TEST_BOT } from '../support/sandbox.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Empty when the body is not a JSON object. */
  readonly json: Readonly<Record<string, unknown>>
}

export async function call(
  box: Sandbox,
  method: string,
  path: string,
  body?: unknown,
  authorization?: string,
): Promise<Answer> {
  const response = await fetch(new URL(path, box.url), {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(authorization === undefined ? {} : { authorization }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = {}
  }
  return { status: response.status, headers: response.headers, text, json: isRecord(json) ? json : {} }
}

export async function login(box: Sandbox, bot: { appId: string; secret: string } = TEST_BOT): Promise<string> {
  const answer = await call(box, 'POST', '/app/getAppAccessToken', { appId: bot.appId, clientSecret: bot.secret })
  const { access_token: token } = answer.json
  if (typeof token !== 'string') throw new Error(`no token: ${answer.text}`)
  return token
}

export interface Frame {
  readonly op: number
  readonly s?: number
  readonly t?: string
  readonly id?: string
  readonly d?: unknown
}

/** A WebSocket that remembers what came, so that a test can wait for it in order. */
export interface RawLink {
  readonly ws: WebSocket
  /** The next frame that has not been taken; rejects when the link closes or the deadline passes. */
  next(deadlineMs?: number): Promise<Frame>
  /** The text of the next message, as it came. */
  nextText(deadlineMs?: number): Promise<string>
  send(frame: unknown): void
  /** Close code, once the link is gone; 1006 without a close frame. */
  readonly closed: Promise<{ code: number; reason: string }>
  /** Frames that came and were not taken. */
  readonly waiting: number
  end(): void
}

export function dial(url: string): RawLink {
  const ws = new WebSocket(url, { maxPayload: 64 * 1024 * 1024 })
  const inbox: string[] = []
  let wanted: ((text: string) => void) | undefined
  let failed: ((error: Error) => void) | undefined
  ws.on('message', data => {
    const text = data.toString()
    if (wanted) wanted(text)
    else inbox.push(text)
  })
  ws.on('error', () => {})
  const closed = new Promise<{ code: number; reason: string }>(resolve =>
    ws.on('close', (code, reason) => {
      failed?.(new Error(`the link closed with ${code} while a frame was awaited`))
      resolve({ code, reason: reason.toString() })
    }),
  )

  const nextText = (deadlineMs = 5_000): Promise<string> => {
    const ready = inbox.shift()
    if (ready !== undefined) return Promise.resolve(ready)
    return new Promise((resolve, reject) => {
      const done = (act: () => void): void => {
        clearTimeout(timer)
        wanted = undefined
        failed = undefined
        act()
      }
      const timer = setTimeout(() => done(() => reject(new Error(`no frame within ${deadlineMs} ms`))), deadlineMs)
      wanted = text => done(() => resolve(text))
      failed = error => done(() => reject(error))
    })
  }

  return {
    ws,
    nextText,
    next: async deadlineMs => JSON.parse(await nextText(deadlineMs)) as Frame,
    send: frame => ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    closed,
    get waiting() {
      return inbox.length
    },
    end: () => ws.terminate(),
  }
}

export function gatewayUrl(box: Sandbox): string {
  return `${box.url.replace('http', 'ws')}/websocket/`
}

/** A link that has had its HELLO. */
export async function greeted(box: Sandbox): Promise<RawLink> {
  const link = dial(gatewayUrl(box))
  await link.next()
  return link
}

export const GROUP_AND_C2C = 1 << 25

export function identify(token: string, over: Readonly<Record<string, unknown>> = {}): object {
  return {
    op: 2,
    d: { token: `QQBot ${token}`, intents: GROUP_AND_C2C | (1 << 26), shard: [0, 1], properties: {}, ...over },
  }
}

export function resume(token: string, sessionId: string, seq: number): object {
  return { op: 6, d: { token: `QQBot ${token}`, session_id: sessionId, seq } }
}

export interface ReadyLink {
  readonly link: RawLink
  readonly token: string
  readonly auth: string
  readonly sessionId: string
}

/** Logs in, connects and identifies. */
export async function ready(box: Sandbox, over: Readonly<Record<string, unknown>> = {}): Promise<ReadyLink> {
  const token = await login(box)
  const link = await greeted(box)
  link.send(identify(token, over))
  const frame = await link.next()
  if (frame.t !== 'READY' || !isRecord(frame.d)) throw new Error(`no READY: ${JSON.stringify(frame)}`)
  return { link, token, auth: `QQBot ${token}`, sessionId: String(frame.d['session_id']) }
}

/** `frame.d` as an object, or a failure that shows the frame. */
export function dataOf(frame: Frame): Readonly<Record<string, unknown>> {
  if (!isRecord(frame.d)) throw new Error(`no data: ${JSON.stringify(frame)}`)
  return frame.d
}
