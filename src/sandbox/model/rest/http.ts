import type { Bot } from '../access/bots.ts'
import type { HttpRoute } from '../faults/fault-specs.ts'
import type { HostedFile } from '../files/hosted.ts'
import type { World } from '../world.ts'
import { errorBody, type Refusal } from './errors.ts'

/** A request as it came in. Header names are in lower case. */
export interface PlatformRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
  /** A body that is no text; then `body` is empty. */
  readonly bytes?: Uint8Array
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Instead of `body`. */
  readonly bytes?: Uint8Array
}

/**
 * What to do with a request: answer after a while, reset the connection, say nothing and hold it open for good, or put the
 * request aside until the host is back and ask again.
 */
export type HttpPlan =
  | ({ readonly outcome: 'answer'; readonly delayMs: number } & HttpAnswer)
  | { readonly outcome: 'reset' | 'silence'; readonly delayMs: number }
  | { readonly outcome: 'hold' }

/** What a route's handler gets. */
export interface Call {
  readonly world: World
  /** Present on every route that needs authorization. */
  readonly bot: Bot | undefined
  readonly params: readonly string[]
  readonly query: URLSearchParams
  readonly headers: PlatformRequest['headers']
  readonly body: unknown
  readonly bytes?: Uint8Array | undefined
  readonly sizeBytes: number
  readonly traceId: string
}

/** What a handler says: a business object, a refusal, or an answer of its own making. */
export type Reply =
  | { readonly ok: unknown; readonly status?: number }
  | { readonly refusal: Refusal }
  | { readonly html: string; readonly status: number }
  | { readonly file: HostedFile }

export interface Route {
  readonly name: HttpRoute | 'guild' | 'bind'
  readonly method: string
  /** Segments; `*` stands for a parameter. */
  readonly path: readonly string[]
  /** Whether a token is needed. */
  readonly auth: boolean
  handle(call: Call): Reply
}

/** A route spelled as method and path, with `*` for each parameter. */
export function route(name: Route['name'], spelled: string, handle: (call: Call) => Reply, auth = true): Route {
  const [method = '', path = ''] = spelled.split(' ')
  return { name, method, path: path.split('/').filter(Boolean), auth, handle }
}

export interface Match {
  readonly route: Route
  readonly params: readonly string[]
}

/** Finds the route of a request; `wrong_method` when another method has one on that path. */
export function createRouter(
  routes: readonly Route[],
): (method: string, path: string) => Match | 'wrong_method' | undefined {
  const byLength = new Map<number, Route[]>()
  for (const each of routes) byLength.set(each.path.length, [...(byLength.get(each.path.length) ?? []), each])

  return (method, path) => {
    const segments = path.split('/').filter(Boolean)
    let pathKnown = false
    for (const candidate of byLength.get(segments.length) ?? []) {
      if (!candidate.path.every((part, at) => part === '*' || part === segments[at])) continue
      pathKnown = true
      if (candidate.method !== method) continue
      const params = segments.filter((_, at) => candidate.path[at] === '*').map(decodeSegment)
      return { route: candidate, params }
    }
    return pathKnown ? 'wrong_method' : undefined
  }
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

const JSON_TYPE = 'application/json; charset=utf-8'

export function answerOf(world: World, reply: Reply, traceId: string): HttpAnswer {
  const trace = { 'X-Tps-trace-ID': traceId }
  if ('html' in reply)
    return {
      status: reply.status,
      headers: { ...trace, 'content-type': 'text/html', server: 'stgw' },
      body: reply.html,
    }
  if ('file' in reply) {
    const { mediaType, bytes } = reply.file
    return { status: 200, headers: { ...trace, 'content-type': mediaType }, body: '', bytes }
  }
  if ('refusal' in reply) {
    const { refusal } = reply
    const status = refusal.status ?? world.options.businessStatus
    if (status === 429 && world.options.rateLimitBody === 'html')
      return { status, headers: { ...trace, 'content-type': 'text/html' }, body: htmlPage('429 Too Many Requests') }
    const body = JSON.stringify(errorBody(refusal, traceId, world.options))
    return { status, headers: { ...trace, 'content-type': JSON_TYPE }, body }
  }
  if (reply.ok === undefined) return { status: reply.status ?? 200, headers: trace, body: '' }
  return {
    status: reply.status ?? 200,
    headers: { ...trace, 'content-type': JSON_TYPE },
    body: JSON.stringify(reply.ok),
  }
}

export function htmlPage(title: string): string {
  return `<html><head><title>${title}</title></head><body><center><h1>${title}</h1></center><hr><center>stgw</center></body></html>`
}

/** The body of an answer that has nothing to say. */
export function emptyReply(world: World): Reply {
  return { ok: world.options.emptyAnswer === 'object' ? {} : undefined }
}
