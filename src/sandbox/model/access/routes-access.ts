import { isRecord } from '../../../lib/json.ts'
import { refuse } from '../rest/errors.ts'
import { type Call, type Reply, type Route, route } from '../rest/http.ts'
import type { World } from '../world.ts'
import { issueToken, remainingSeconds } from './tokens.ts'

/** Failures of the token call come under HTTP 200, with nothing but code and message. */
function refuseToken(code: 100016 | 100007 | 10004 | 100001): Reply {
  return { ok: { code, message: refuse(code).message } }
}

function expiresIn(world: World, appId: string, seconds: number): object {
  const fault = world.faults.take('expires_in', appId)
  if (fault) return fault.value === undefined ? {} : { expires_in: fault.value }
  return { expires_in: world.options.expiresInType === 'string' ? String(seconds) : seconds }
}

function token({ world, body }: Call): Reply {
  const { appId, clientSecret } = isRecord(body) ? body : {}
  if (typeof clientSecret === 'string') world.conceal(clientSecret)
  if (typeof appId !== 'string' || typeof clientSecret !== 'string') return refuseToken(100007)
  const bot = world.bots.get(appId)
  if (!bot) return refuseToken(/^\d{9,10}$/.test(appId) ? 100016 : 100007)
  bot.counters.tokenCalls += 1
  if (clientSecret !== bot.secret) return refuseToken(100016)
  const before = bot.tokens.current
  const nowMs = world.now()
  const issued = issueToken(bot.tokens, nowMs, world.options, world.ids.token)
  if (issued !== before) {
    world.tokenOwners.set(issued.value, bot)
    world.conceal(issued.value)
  }
  return { ok: { access_token: issued.value, ...expiresIn(world, appId, remainingSeconds(issued, nowMs)) } }
}

function gatewayUrl({ headers }: Call): string {
  const secure = headers['x-forwarded-proto'] === 'https'
  return `${secure ? 'wss' : 'ws'}://${headers['host'] ?? 'localhost'}/websocket/`
}

function queriedTooOften({ world, bot }: Call): boolean {
  if (!bot) return false
  bot.counters.gatewayCalls += 1
  const limit = world.options.gatewayQueriesPerMinute
  if (limit && bot.gatewayQueries.count(world.now()) >= limit) return true
  bot.gatewayQueries.add(world.now())
  return false
}

function gateway(call: Call): Reply {
  return queriedTooOften(call) ? { refusal: refuse(100017) } : { ok: { url: gatewayUrl(call) } }
}

function gatewayBot(call: Call): Reply {
  if (queriedTooOften(call) || !call.bot) return { refusal: refuse(100017) }
  const { shards, sessionStarts } = call.world.options
  const { total, windowMs, maxConcurrency } = sessionStarts
  const used = call.bot.starts.count(call.world.now())
  return {
    ok: {
      url: gatewayUrl(call),
      shards: shards.recommended,
      session_start_limit: {
        total,
        remaining: Math.max(0, total - used),
        reset_after: windowMs,
        max_concurrency: maxConcurrency,
      },
    },
  }
}

function me({ bot }: Call): Reply {
  return {
    ok: {
      id: bot?.id,
      username: bot?.name,
      avatar: 'https://q.qlogo.cn/sandbox/0',
      share_url: '',
      welcome_msg: '',
      union_openid: '',
      union_user_account: '',
    },
  }
}

/** Credentials, and where to connect. */
export const accessRoutes: readonly Route[] = [
  route('token', 'POST /app/getAppAccessToken', token, false),
  route('gateway', 'GET /gateway', gateway),
  route('gateway', 'GET /gateway/bot', gatewayBot),
  route('me', 'GET /users/@me', me),
]
