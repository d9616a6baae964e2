/** Events by webhook: signed posts to the address that a bot named, again until it says that it has them. */
import { createPrivateKey, sign } from 'node:crypto'
import { isRecord, parseJson } from '../../../lib/json.ts'
import type { Bot } from '../access/bots.ts'
import { cutForLog, type Spoilt } from '../record.ts'
import { rfc3339 } from '../time.ts'
import type { World } from '../world.ts'
import type { CallbackAnswer, CallbackPost, Posted } from './callback-post.ts'

const TIMEOUT_MS = 3_000
const MOST_TRIES = 20
const STALE_SECONDS = 3_600

/** What somebody who is not the platform might post. `replay`: the last post that was taken, byte for byte. */
export type Forgery = Exclude<Spoilt, 'slow' | 'twice'> | 'replay'

function signatureOf(secret: string, timestamp: string, tail: string): string {
  let seed = secret
  while (seed.length < 32) seed += seed
  // PKCS #8 of RFC 8410: nothing varies but the seed.
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed.slice(0, 32))])
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  return sign(null, Buffer.from(timestamp + tail), key).toString('hex')
}

function postedBy(bot: Bot, type: string, body: string, nowMs: number, spoilt?: Spoilt): Posted {
  const stamp = String(Math.floor(nowMs / 1000) - (spoilt === 'stale' ? STALE_SECONDS : 0))
  const signature = signatureOf(spoilt === 'wrong_signature' ? `${bot.secret}x` : bot.secret, stamp, body)
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'QQBot-Callback',
    'x-bot-appid': bot.appId,
    'x-signature-timestamp': stamp,
    ...(spoilt === 'unsigned' ? {} : { 'x-signature-ed25519': signature }),
  }
  return { type, headers, body }
}

interface Carried {
  readonly url: string
  readonly attempt: number
  readonly spoilt?: Spoilt | 'replay' | undefined
  /** Whether this answer says that all is well. */
  readonly isKept: (answer: CallbackAnswer) => boolean
  readonly settled: (answer: CallbackAnswer, kept: boolean) => void
}

/** One post, and what became of it, in the record. */
function carry(world: World, bot: Bot, { type, headers, body }: Posted, carried: Carried): void {
  const { url, attempt, spoilt, isKept, settled } = carried
  const sentAtMs = world.now()
  const post: CallbackPost = {
    url,
    headers,
    body,
    timeoutMs: TIMEOUT_MS,
    settled(answer) {
      const kept = isKept(answer)
      world.record.add({
        kind: 'callback',
        appId: bot.appId,
        type,
        attempt,
        kept,
        request: cutForLog(body),
        answer: cutForLog(answer.body),
        tookMs: world.now() - sentAtMs,
        ...(spoilt === undefined ? {} : { spoilt }),
        ...(answer.status === undefined ? {} : { status: answer.status }),
      })
      settled(answer, kept)
    },
  }
  world.effect({ kind: 'callback', post })
}

/** Delivers one event to the bot's address. */
export function callBack(world: World, bot: Bot, url: string, type: string, body: string): void {
  const post = (attempt: number): void => {
    const fault = world.faults.take('callbacks', bot.appId)
    const posted = postedBy(bot, type, body, world.now(), fault?.do)
    const send = (): void =>
      carry(world, bot, posted, {
        url,
        attempt,
        spoilt: fault?.do,
        isKept: saysKept,
        settled(_, kept) {
          if (kept) bot.lastCallback = posted
          else if (attempt < MOST_TRIES)
            world.agenda.at(world.now() + world.options.callbackRetryMs, () => post(attempt + 1))
        },
      })
    if (fault?.do === 'slow') world.agenda.at(world.now() + (fault.delayMs ?? 1_000), send)
    else send()
    if (fault?.do === 'twice') send()
  }
  post(1)
}

/** What the console sends before it takes an address. */
export function challenge(world: World, bot: Bot, url: string, settled: Carried['settled']): void {
  const d = {
    plain_token: world.ids.eventId('challenge').replace(/\W/g, ''),
    event_ts: String(Math.floor(world.now() / 1000)),
  }
  const expected = signatureOf(bot.secret, d.event_ts, d.plain_token)
  const isKept = ({ status, body }: CallbackAnswer): boolean => {
    const json = parseJson(body)
    return status === 200 && isRecord(json) && json['signature'] === expected && json['plain_token'] === d.plain_token
  }
  const posted = postedBy(bot, 'validation', JSON.stringify({ op: 13, d }), world.now())
  carry(world, bot, posted, { url, attempt: 1, isKept, settled })
}

/** Posts, once, what the bot should not take for the platform's word. Throws where there is nothing to replay. */
export function forge(world: World, bot: Bot, url: string, forgery: Forgery, settled: Carried['settled']): void {
  const posted = forgery === 'replay' ? bot.lastCallback : forgedBy(world, bot, forgery)
  if (posted === undefined) throw new Error(`the bot ${bot.appId} has taken no event that could be posted again`)
  carry(world, bot, posted, { url, attempt: 1, spoilt: forgery, isKept: saysKept, settled })
}

function forgedBy(world: World, bot: Bot, spoilt: Spoilt): Posted {
  const type = 'C2C_MESSAGE_CREATE'
  const author = { id: 'MALLORY', user_openid: 'MALLORY', username: 'Mallory', bot: false }
  const said = { id: world.ids.messageId(), author, content: 'Let me in', timestamp: rfc3339(world.now()) }
  const body = JSON.stringify({ id: world.ids.eventId(type), op: 0, d: said, t: type })
  return postedBy(bot, type, body, world.now(), spoilt)
}

/** A bare 200 is taken as a yes. */
function saysKept({ status, body }: CallbackAnswer): boolean {
  const json = parseJson(body)
  return (
    status !== undefined && status >= 200 && status < 300 && !(isRecord(json) && json['op'] === 12 && json['d'] !== 0)
  )
}
