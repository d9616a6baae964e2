import { isRecord, parseJson } from '../../../lib/json.ts'
import type { Bot } from '../access/bots.ts'
import { acceptsToken } from '../access/tokens.ts'
import type { FaultOf } from '../faults/fault-specs.ts'
import { cutForLog } from '../record.ts'
import type { World } from '../world.ts'
import { messageOfCode, refuse } from './errors.ts'
import {
  answerOf,
  createRouter,
  type HttpAnswer,
  type HttpPlan,
  htmlPage,
  type PlatformRequest,
  type Reply,
  type Route,
} from './http.ts'

/** The HTTP side of the platform. */
export interface Rest {
  /** What becomes of a request; it has taken effect by then, where it does. */
  handle(request: PlatformRequest): HttpPlan
  /** Whether a path belongs to the platform, whatever the method. */
  knows(path: string): boolean
  /** What becomes of a WebSocket upgrade; `undefined` lets it through. */
  upgrade(request: PlatformRequest): HttpPlan | undefined
}

const WEBSOCKET_PATHS = new Set(['websocket', 'websocket/'])
const MAKES_SENSE_WITHOUT_AUTH = new Set(['token', 'websocket'])

export function createRest(world: World, routes: readonly Route[]): Rest {
  const find = createRouter(routes)

  const authorize = (header: string): { bot: Bot } | { refusal: Reply } => {
    if (!header) return { refusal: { refusal: refuse(11241) } }
    const legacy = /^Bot (\d+)\.(.+)$/.exec(header)
    if (legacy) {
      const bot = world.bots.get(legacy[1] ?? '')
      const good = world.options.legacyFixedToken && bot?.secret === legacy[2]
      return bot && good ? { bot } : { refusal: { refusal: refuse(11245) } }
    }
    const value = /^QQBot (.+)$/.exec(header)?.[1] ?? ''
    const bot = world.tokenOwners.get(value)
    const status = world.options.tokenErrorStatus
    if (!bot) return { refusal: { refusal: refuse(11243, { status }) } }
    if (!acceptsToken(bot.tokens, value, world.now())) return { refusal: { refusal: refuse(11244, { status }) } }
    return bot.status === 'banned' ? { refusal: { refusal: refuse(11265) } } : { bot }
  }

  /** Whose call this is, before it is known whether the caller may. */
  const callerOf = (request: PlatformRequest, body: unknown, routeName: string): string | undefined => {
    if (routeName === 'token') return isRecord(body) && typeof body['appId'] === 'string' ? body['appId'] : undefined
    const header = headerOf(request, 'authorization')
    return world.tokenOwners.get(header.slice(header.indexOf(' ') + 1))?.appId ?? /^Bot (\d+)\./.exec(header)?.[1]
  }

  const faultFor = (
    request: PlatformRequest,
    appId: string | undefined,
    routeName: string,
  ): FaultOf<'http'> | undefined =>
    world.faults.take('http', appId, fault => {
      if (fault.method !== undefined && fault.method !== request.method) return false
      if (fault.path !== undefined && !request.path.includes(fault.path)) return false
      if (fault.route === 'any') return true
      if (fault.route === 'rest') return !MAKES_SENSE_WITHOUT_AUTH.has(routeName)
      return fault.route === routeName
    })

  const perform = (
    request: PlatformRequest,
    matched: ReturnType<typeof find>,
    body: unknown,
    traceId: string,
  ): Reply => {
    if (matched === undefined) return { refusal: { code: 404, message: 'not found', status: 404 } }
    if (matched === 'wrong_method') return { refusal: { code: 405, message: 'method not allowed', status: 405 } }
    const granted = matched.route.auth ? authorize(headerOf(request, 'authorization')) : undefined
    if (granted && 'refusal' in granted) return granted.refusal
    const hasBody = request.method !== 'GET' && request.method !== 'DELETE'
    if (hasBody && !isRecord(body) && request.body !== '') return { refusal: refuse(12002) }
    const at = request.path.indexOf('?')
    return matched.route.handle({
      world,
      bot: granted?.bot,
      params: matched.params,
      query: new URLSearchParams(at < 0 ? '' : request.path.slice(at)),
      headers: request.headers,
      body: body ?? {},
      bytes: request.bytes,
      sizeBytes: request.body.length,
      traceId,
    })
  }

  const note = (
    request: PlatformRequest,
    routeName: string,
    appId: string | undefined,
    plan: HttpPlan,
    processed: boolean,
    traceId: string,
  ): void =>
    world.record.add({
      kind: 'request',
      method: request.method,
      path: request.path,
      route: routeName,
      outcome: plan.outcome === 'answer' ? 'answered' : plan.outcome === 'hold' ? 'held' : plan.outcome,
      processed,
      delayMs: plan.outcome === 'hold' ? 0 : plan.delayMs,
      request: request.bytes ? `${request.bytes.length} bytes` : cutForLog(maskCredentials(request.body)),
      response: plan.outcome === 'answer' ? cutForLog(maskCredentials(plan.body)) : '',
      authorization: headerOf(request, 'authorization').replace(/ .*/s, ' [redacted]'),
      traceId,
      ...(plan.outcome === 'answer' ? { status: plan.status } : {}),
      ...(appId === undefined ? {} : { appId }),
    })

  const planOf = (
    fault: FaultOf<'http'> | undefined,
    perform: () => HttpAnswer,
    traceId: string,
  ): [HttpPlan, boolean] => {
    const delayMs = fault?.delayMs ?? 0
    const wanted = fault?.answer ?? 'normal'
    const processed = fault?.processed ?? wanted === 'normal'
    const real = processed ? perform() : undefined
    if (wanted === 'reset' || wanted === 'silence') return [{ outcome: wanted, delayMs }, processed]
    if (wanted === 'normal') return [{ outcome: 'answer', delayMs, ...(real ?? perform()) }, true]
    return [{ outcome: 'answer', delayMs, ...madeUp(wanted, traceId) }, processed]
  }

  return {
    knows: path => find('*', path.split('?')[0] ?? path) !== undefined,
    handle(request) {
      const path = request.path.split('?')[0] ?? request.path
      const matched = find(request.method, path)
      const routeName = typeof matched === 'object' ? matched.route.name : 'none'
      const body = request.body === '' ? undefined : parseJson(request.body)
      const appId = callerOf(request, body, routeName)
      const down = hostPlan(world)
      if (down) {
        note(request, routeName, appId, down, false, '')
        return down
      }
      const traceId = world.ids.traceId()
      const [plan, processed] = planOf(
        faultFor(request, appId, routeName),
        () => answerOf(world, perform(request, matched, body, traceId), traceId),
        traceId,
      )
      note(request, routeName, appId, plan, processed, traceId)
      return plan
    },
    upgrade(request) {
      const down = hostPlan(world)
      if (down) return down
      const traceId = world.ids.traceId()
      const known = WEBSOCKET_PATHS.has((request.path.split('?')[0] ?? '').slice(1))
      const fault = known ? faultFor(request, undefined, 'websocket') : undefined
      if (known && (!fault || (fault.answer ?? 'normal') === 'normal') && !fault?.delayMs) return undefined
      const refusal: Reply = { refusal: { code: 404, message: 'not found', status: 404 } }
      const [plan] = planOf(fault, () => answerOf(world, refusal, traceId), traceId)
      note(request, 'websocket', undefined, plan, false, traceId)
      return plan
    },
  }
}

function hostPlan(world: World): HttpPlan | undefined {
  const mode = world.faults.on('host').at(-1)?.mode
  if (mode === undefined) return undefined
  return mode === 'freeze' ? { outcome: 'hold' } : { outcome: 'reset', delayMs: 0 }
}

function headerOf(request: PlatformRequest, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value : ''
}

function madeUp(answer: Exclude<FaultOf<'http'>['answer'], string | undefined>, traceId: string): HttpAnswer {
  const { status, headers = {} } = answer
  const trace = { 'X-Tps-trace-ID': traceId, ...headers }
  if (answer.body === undefined && status === 204) return { status, headers: trace, body: '' }
  const body = answer.body ?? (status >= 500 ? htmlPage(`${status}`) : { message: messageOfCode(status), code: status })
  if (typeof body === 'string')
    return { status, headers: { 'content-type': body.startsWith('<') ? 'text/html' : 'text/plain', ...trace }, body }
  const filled = isRecord(body) && 'code' in body && !('trace_id' in body) ? { ...body, trace_id: traceId } : body
  return { status, headers: { 'content-type': 'application/json', ...trace }, body: JSON.stringify(filled) }
}

const CREDENTIAL = /("(?:clientSecret|client_secret|access_token|token)"\s*:\s*")[^"]*"/g

function maskCredentials(text: string): string {
  return text.includes('ecret"') || text.includes('token"') ? text.replace(CREDENTIAL, '$1[redacted]"') : text
}
