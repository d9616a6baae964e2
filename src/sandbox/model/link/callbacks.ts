/** Events by webhook: signed posts to the address that a bot named, again until it says that it has them. */
import { createPrivateKey, sign } from 'node:crypto'
import { isRecord, parseJson } from '../../../lib/json.ts'
import type { Bot } from '../access/bots.ts'
import type { FaultOf } from '../faults/fault-specs.ts'
import type { World } from '../world.ts'
import type { CallbackPost } from './callback-post.ts'

const TIMEOUT_MS = 3_000
const MOST_TRIES = 20
const STALE_SECONDS = 3_600

function signatureOf(secret: string, timestamp: string, tail: string): string {
  let seed = secret
  while (seed.length < 32) seed += seed
  // PKCS #8 of RFC 8410: nothing varies but the seed.
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed.slice(0, 32))])
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  return sign(null, Buffer.from(timestamp + tail), key).toString('hex')
}

function headersFor(
  bot: Bot,
  body: string,
  nowMs: number,
  fault: FaultOf<'callbacks'>['do'] | undefined,
): Record<string, string> {
  const stamp = String(Math.floor(nowMs / 1000) - (fault === 'stale' ? STALE_SECONDS : 0))
  const signature = signatureOf(fault === 'wrong_signature' ? `${bot.secret}x` : bot.secret, stamp, body)
  return {
    'content-type': 'application/json',
    'user-agent': 'QQBot-Callback',
    'x-bot-appid': bot.appId,
    'x-signature-timestamp': stamp,
    ...(fault === 'unsigned' ? {} : { 'x-signature-ed25519': signature }),
  }
}

/** Delivers one event to the bot's address. */
export function callBack(world: World, bot: Bot, url: string, type: string, body: string): void {
  const post = (n: number): void => {
    const fault = world.faults.take('callbacks', bot.appId)
    const settled = ({ status, body: answer }: { readonly status?: number; readonly body: string }): void => {
      const kept = status !== undefined && status >= 200 && status < 300 && saysKept(answer)
      const retries = !kept && n < MOST_TRIES
      world.record.add({
        kind: 'callback',
        appId: bot.appId,
        type,
        attempt: n,
        kept,
        answer,
        ...(status ? { status } : {}),
      })
      if (retries) world.agenda.at(world.now() + world.options.callbackRetryMs, () => post(n + 1))
    }
    const headers = headersFor(bot, body, world.now(), fault?.do)
    const one: CallbackPost = { url, headers, body, timeoutMs: TIMEOUT_MS, settled }
    const send = (): void => world.effect({ kind: 'callback', post: one })
    if (fault?.do === 'slow') world.agenda.at(world.now() + (fault.delayMs ?? 1_000), send)
    else send()
    if (fault?.do === 'twice') send()
  }
  post(1)
}

/** What the console sends before it takes an address. */
export function challenge(world: World, bot: Bot, url: string, settled: CallbackPost['settled']): void {
  const d = {
    plain_token: world.ids.eventId('challenge').replace(/\W/g, ''),
    event_ts: String(Math.floor(world.now() / 1000)),
  }
  const body = JSON.stringify({ op: 13, d })
  const expected = { plain_token: d.plain_token, signature: signatureOf(bot.secret, d.event_ts, d.plain_token) }
  const post: CallbackPost = {
    url,
    headers: headersFor(bot, body, world.now(), undefined),
    body,
    timeoutMs: TIMEOUT_MS,
    settled(answer) {
      const json = parseJson(answer.body)
      const right = isRecord(json) && json['signature'] === expected.signature && json['plain_token'] === d.plain_token
      world.record.add({
        kind: 'callback',
        appId: bot.appId,
        type: 'validation',
        attempt: 1,
        kept: right && answer.status === 200,
        answer: answer.body,
        ...(answer.status ? { status: answer.status } : {}),
      })
      settled(answer)
    },
  }
  world.effect({ kind: 'callback', post })
}

/** A bare 200 is taken as a yes. */
function saysKept(answer: string): boolean {
  const json = parseJson(answer)
  return !(isRecord(json) && json['op'] === 12 && json['d'] !== 0)
}
