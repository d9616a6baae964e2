import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import { isRecord, parseJson } from '../../lib/json.ts'
import { isFaultName, listPresets } from '../model/faults/presets.ts'
import { typeOfBytes } from '../model/files/hosted.ts'
import { readKinds } from '../model/record.ts'
import type { ChatRef } from '../model/talk/people.ts'
import type { Operator } from '../operator.ts'
import {
  advanceSchema,
  bindSchema,
  botChangeSchema,
  botSchema,
  callbackSchema,
  clickSchema,
  faultBodySchema,
  fileSchema,
  groupSchema,
  personSchema,
  pushSchema,
  sayBodySchema,
} from './control-schemas.ts'
import { createEventStreams } from './event-stream.ts'
import { askGateway, type GatewayStatus } from './gateway-view.ts'
import { crossSiteReason } from './guard.ts'
import { serveHosted } from './hosted-files.ts'
import { describeState } from './state-view.ts'

/** The control interface under `/sandbox/`. */
export interface Control {
  /** Answers a request that is for it; false for any other. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  stop(): void
}

/** A request that cannot be carried out, and why. */
class ControlError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

interface Asked {
  readonly query: URLSearchParams
  readonly body: unknown
  readonly rest: string
}

/** May answer later, with a promise. */
type Handler = (asked: Asked) => unknown

const LONGEST_BODY_BYTES = 32 * 1024 * 1024

export interface ControlDeps {
  readonly clock: Clock
  readonly host: string
  readonly gatewayStatus?: GatewayStatus | undefined
  /** Where the platform answers; files of people are handed out there. */
  platformUrl(): string
}

export function createControl(operator: Operator, deps: ControlDeps): Control {
  const streams = createEventStreams(operator, deps.clock)
  const handlers = handlersFor(operator, deps)

  const answer = (response: ServerResponse, status: number, body: unknown): void => {
    const text = JSON.stringify(body ?? {})
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    response.end(text)
  }

  const perform = (request: IncomingMessage, url: URL, text: string): unknown => {
    const [name = '', ...rest] = url.pathname.slice('/sandbox/'.length).split('/')
    const handler = handlers.get(`${request.method} ${name}`)
    if (!handler) {
      const known = [...handlers.keys()].some(key => key.endsWith(` ${name}`))
      throw new ControlError(known ? 405 : 404, `no ${request.method} ${url.pathname}`)
    }
    if (text && !(request.headers['content-type'] ?? '').startsWith('application/json'))
      throw new ControlError(415, 'the body must be application/json')
    const body = text ? parseJson(text) : {}
    if (body === undefined) throw new ControlError(400, 'the body is not JSON')
    return handler({ query: url.searchParams, body, rest: decodeURIComponent(rest.join('/')) })
  }

  /** Never rejects. */
  const run = async (request: IncomingMessage, response: ServerResponse, url: URL, text: string): Promise<void> => {
    try {
      answer(response, 200, await perform(request, url, text))
    } catch (thrown) {
      if (thrown instanceof z.ZodError) answer(response, 400, { error: z.prettifyError(thrown) })
      else answer(response, thrown instanceof ControlError ? thrown.status : 400, { error: describeError(thrown) })
    }
  }

  return {
    handle(request, response) {
      const url = new URL(request.url ?? '/', 'http://sandbox')
      if (!url.pathname.startsWith('/sandbox/')) return false
      const reason = crossSiteReason(request, deps.host)
      if (reason !== undefined) answer(response, 403, { error: reason })
      else if (url.pathname === '/sandbox/events' && request.method === 'GET')
        streams.open(request, response, url.searchParams)
      else if (url.pathname.startsWith('/sandbox/files/') && request.method === 'GET')
        serveHosted(operator.platform.hosted, url.pathname.split('/')[3] ?? '', response)
      else if (url.pathname === '/sandbox/gateway' && request.method === 'GET')
        askGateway(deps.gatewayStatus, deps.clock)
          .then(view => answer(response, 200, view))
          .catch(thrown => answer(response, 500, { error: describeError(thrown) }))
      else readBody(request, LONGEST_BODY_BYTES, text => void run(request, response, url, text))
      return true
    },
    stop: streams.stop,
  }
}

function readBody(request: IncomingMessage, longestBytes: number, done: (text: string) => void): void {
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > longestBytes) request.destroy()
    else chunks.push(chunk)
  })
  request.on('end', () => done(Buffer.concat(chunks).toString()))
}

const given = (query: URLSearchParams, name: string): string | undefined => query.get(name) ?? undefined

/** One row for each thing that can be asked; `rest` is what follows the name in the path. */
function handlersFor(operator: Operator, deps: ControlDeps): ReadonlyMap<string, Handler> {
  const startedAtMs = deps.clock.nowMs()
  const chatRef = (query: URLSearchParams): ChatRef => ({
    appId: given(query, 'appId'),
    person: given(query, 'person'),
    group: given(query, 'group'),
    channel: given(query, 'channel'),
  })

  const rows: Record<string, Handler> = {
    'GET state': () => ({ startedAtMs, ...describeState(operator) }),
    'GET chat': ({ query }) => ({ messages: operator.shown(chatRef(query)) }),
    'GET log': ({ query }) => {
      const kinds = readKinds(query.get('kinds'))
      const appId = given(query, 'appId')
      const filter = {
        since: Number(given(query, 'since') ?? 0),
        ...(kinds ? { kinds } : {}),
        ...(appId ? { appId } : {}),
      }
      return { entries: operator.log.entries(filter).slice(-Number(given(query, 'limit') ?? 1_000)) }
    },
    'DELETE log': () => operator.log.clear(),
    'GET replies': ({ query }) => operator.replies(given(query, 'id') ?? '', given(query, 'appId')),
    'GET interactions': ({ rest }) => operator.interaction(rest),
    'GET options': () => operator.platform.world.options,
    'PUT options': ({ body }) => {
      if (!isRecord(body)) throw new ControlError(400, 'options are an object')
      operator.setOptions(body)
      return operator.platform.world.options
    },
    'POST say': ({ body }) => {
      const says = sayBodySchema.parse(body)
      return Array.isArray(says) ? operator.sayAll(says) : operator.say(says)
    },
    'POST files': ({ body }) => {
      const { name, type, data } = fileSchema.parse(body)
      const bytes = Buffer.from(data, 'base64')
      const mediaType = typeOfBytes(bytes) ?? type ?? 'application/octet-stream'
      return { url: deps.platformUrl() + operator.host({ name, mediaType, bytes }), size: bytes.length }
    },
    'POST push': ({ body }) => operator.push(pushSchema.parse(body)),
    'POST callbacks': ({ body }) => {
      const { what, appId } = callbackSchema.parse(body)
      return what === 'validation' ? operator.validateWebhook(appId) : operator.forgeCallback(what, appId)
    },
    'POST click': ({ body }) => operator.click(clickSchema.parse(body)),
    'POST bots': ({ body }) => operator.addBot(botSchema.parse(body)),
    'PUT bots': ({ body }) => operator.changeBot(botChangeSchema.parse(body)),
    'POST people': ({ body }) => {
      const { name, ...settings } = personSchema.parse(body)
      return { name, openid: operator.person(name, settings) }
    },
    'POST groups': ({ body }) => {
      const { name, ...settings } = groupSchema.parse(body)
      return { name, openid: operator.group(name, settings) }
    },
    'GET faults': () => ({ active: operator.faults(), presets: listPresets() }),
    'POST faults': ({ body }) => {
      const asked = faultBodySchema.parse(body)
      if (!('name' in asked)) return { id: operator.fault(asked).id }
      const { name, ...limits } = asked
      if (!isFaultName(name)) throw new ControlError(400, `no fault "${name}"; GET /sandbox/faults lists them`)
      return { id: operator.fault(name, limits).id }
    },
    'DELETE faults': ({ rest }) => {
      if (rest === '') operator.clearFaults()
      else if (!operator.platform.world.faults.remove(rest)) throw new ControlError(404, `no fault ${rest} is on`)
    },
    'GET binds': () => ({ tasks: operator.platform.binding.tasks() }),
    'POST binds': ({ body }) => {
      const { task, appId, expire } = bindSchema.parse(body)
      if (expire) operator.platform.binding.expire(task)
      else operator.platform.binding.complete(task, operator.platform.bot(appId).appId)
    },
    'POST advance': ({ body }) => operator.advance(advanceSchema.parse(body).ms),
    'POST reset': () => operator.reset(),
  }
  return new Map(Object.entries(rows))
}
