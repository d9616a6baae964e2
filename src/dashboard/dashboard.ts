/** The dashboard at `/`: a page, what it is told, and what it may change. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { StatusDocument } from '../gateway/status/status-document.ts'
import type { TransitionRecord } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import { type Json, parseJson } from '../lib/json.ts'
import type { Logger } from '../lib/log.ts'
import { readRequestBody } from '../lib/net/request-body.ts'
import type { Metric } from '../observe/prometheus.ts'
import { createPageFiles } from '../pages/page-files.ts'
import { isKey, KEY_HEADER } from './key.ts'
import type { LiveLog } from './live-log.ts'
import { createPulses } from './pulse.ts'
import { createStreams } from './stream.ts'

interface Answer {
  readonly status: number
  readonly body: Json
}

export interface DashboardDeps {
  /** Without one nothing can be changed. */
  readonly key: string | undefined
  readonly clock: Clock
  readonly log: Logger
  readonly lines: LiveLog
  /** The verbs of the control socket; what they answer is free of secrets. */
  verbs(method: string, path: string, body: unknown): Promise<Answer>
  status(): StatusDocument
  metrics(): readonly Metric[]
  /** Without attempts that changed nothing: those are for `herald incident`. */
  changes(account: string, sinceMs: number, most: number): Promise<readonly TransitionRecord[]>
}

export interface Dashboard {
  /** Answers what is the dashboard's; false for everything else. The host and the origin have been checked. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** The status has news. */
  changed(): void
  stop(): void
}

const FOLDER = join(import.meta.dirname, 'page')
const WEEK_MS = 7 * 24 * 3_600_000
/** Of a link that flaps all week the newest changes are shown. */
const MOST_CHANGES = 1000
const LONGEST_BODY_BYTES = 128 * 1024
/** For programs of other people: the one call that has a place of its own. */
const SEND = '/send'

const READS: ReadonlySet<string> = new Set(['/trace', '/dead', '/pairing', '/status'])
const CHANGES: ReadonlySet<string> = new Set([
  '/pause',
  '/resume',
  '/restart',
  '/dead/retry',
  '/dead/drop',
  '/pairing/approve',
  '/pairing/revoke',
  '/pairing/block',
  '/reload',
  '/send',
])

export function createDashboard(deps: DashboardDeps): Dashboard {
  const { clock, log, verbs } = deps
  const serveFile = createPageFiles(FOLDER, '/dashboard/')
  const pulses = createPulses(clock, deps.metrics)
  const answerOf = async (path: string): Promise<string> => JSON.stringify((await verbs('GET', path, undefined)).body)
  const streams = createStreams({
    clock,
    log,
    lines: deps.lines,
    boot: () => deps.status().boot_id,
    topics: {
      async status() {
        // When it was computed is no news; how old things are, a page knows by itself.
        const { updated_at: _now, expires_at: _until, ...status } = deps.status()
        return JSON.stringify(status)
      },
      history: async () => JSON.stringify(await history()),
      dead: () => answerOf('/dead'),
      pairing: () => answerOf('/pairing'),
      pulses: async () => JSON.stringify(pulses.list()),
    },
  })
  const history = async (): Promise<Readonly<Record<string, readonly TransitionRecord[]>>> => {
    const accounts = Object.keys(deps.status().platforms)
    const sinceMs = clock.nowMs() - WEEK_MS
    const all = await Promise.all(
      accounts.map(async account => [account, await deps.changes(account, sinceMs, MOST_CHANGES)] as const),
    )
    return Object.fromEntries(all)
  }

  const api = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const path = url.pathname === SEND ? SEND : url.pathname.slice('/api'.length)
    const { method = '' } = request
    const given = request.headers[KEY_HEADER] ?? /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const knowsKey = deps.key !== undefined && isKey(given, deps.key)
    const isRead = method === 'GET' || method === 'HEAD'
    if (!knowsKey && !(isRead && isLocal(request)))
      return refuse(response, 401, 'wants the key; `herald dashboard` shows it')
    if (isRead && path === '/events') {
      if (!streams.open(response, lineNumber(url, deps.status()))) refuse(response, 503, 'too many pages are open')
      return
    }
    if (isRead && READS.has(path)) return send(response, await verbs('GET', path + url.search, undefined))
    if (method !== 'POST') return refuse(response, READS.has(path) || CHANGES.has(path) ? 405 : 404, 'nothing here')
    if (path === '/key') return send(response, { status: 200, body: { ok: true } })
    if (!CHANGES.has(path)) return refuse(response, 404, 'nothing here')
    const body = parseJson((await readRequestBody(request, LONGEST_BODY_BYTES)) ?? '')
    if (body === undefined) return refuse(response, 400, 'wants a short body of JSON')
    const answer = await verbs('POST', path, body)
    log.info('the dashboard changed something', { path, status: answer.status })
    streams.changed()
    send(response, answer)
  }

  return {
    handle(request, response) {
      const url = URL.parse(request.url ?? '/', 'http://herald')
      if (url?.pathname !== SEND && !url?.pathname.startsWith('/api/')) return serveFile(request, response)
      api(request, response, url).catch((thrown: unknown) => {
        log.error('the dashboard could not be answered', { path: url.pathname, reason: describeError(thrown) })
        refuse(response, 500, 'the gateway failed to answer; its log says why')
      })
      return true
    },
    changed: () => streams.changed(),
    stop() {
      pulses.stop()
      streams.stop()
    },
  }
}

/** What proxies say of themselves, each in its way. */
const BY_PROXY = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

/** Asked for on this machine. What came through a proxy may be anybody's. */
function isLocal({ socket, headers }: IncomingMessage): boolean {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  const isLoopback = address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
  return isLoopback && BY_PROXY.every(name => headers[name] === undefined)
}

/** Of another process's log no line was seen. */
function lineNumber({ searchParams }: URL, { boot_id: boot }: StatusDocument): number {
  const n = Number(searchParams.get('line') ?? 0)
  return searchParams.get('boot') === boot && Number.isSafeInteger(n) ? n : 0
}

const refuse = (response: ServerResponse, status: number, error: string): void =>
  send(response, { status, body: { error } })

function send(response: ServerResponse, { status, body }: Answer): void {
  if (response.destroyed || response.headersSent) return
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
  })
  response.end(text)
}
