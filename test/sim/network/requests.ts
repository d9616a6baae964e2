/** HTTP without a network: requests of a process reach the model, answers come back, and either may be cut off. */
import type { Clock } from '../../../src/lib/clock.ts'
import { type HttpRequest, type HttpResponse, NetworkError, type RequestHttp } from '../../../src/lib/net/network.ts'
import type { Platform } from '../../../src/sandbox/model/platform.ts'
import type { PlatformRequest } from '../../../src/sandbox/model/rest/http.ts'
import type { Dice } from '../dice.ts'
import type { Incarnation } from '../machine/incarnation.ts'
import type { Timeline } from '../timeline.ts'
import type { Sky } from './weather.ts'

export interface Requests {
  requestFor(process: Incarnation): RequestHttp
  /** The platform's host has changed: what waits at its door is asked again. */
  hostChanged(): void
  pendingOf(process: Incarnation): number
  /** What it has written still arrives; no answer is waited for. */
  died(process: Incarnation): void
}

export interface RequestsDeps {
  readonly clock: Clock
  readonly dice: Dice
  readonly sky: Sky
  readonly timeline: Timeline
  platform(): Platform
}

/** One exchange, until it is settled for the process. */
interface Exchange {
  readonly process: Incarnation
  readonly request: HttpRequest
  readonly url: URL
  settled: boolean
  /** The other side may have it. */
  written: boolean
  resolve(response: HttpResponse): void
  fail(code: string, message: string): void
}

const BROKEN = { connection_reset: 'the connection was reset' } as const

export function createRequests(deps: RequestsDeps): Requests {
  const { clock, dice, sky, timeline } = deps
  const pending = new Set<Exchange>()
  const atTheDoor = new Set<Exchange>()

  /** Runs when the way is free, at the earliest after one latency. */
  const travel = (exchange: Exchange, arrive: () => void): void => {
    clock.after(sky.latencyMs(), () => {
      // What was written arrives although nobody waits for the answer any more, mostly.
      if (exchange.settled && !(exchange.written && (sky.weather !== 'lost' || dice.chance(0.5)))) return
      if (sky.weather !== 'lost') return arrive()
      const undo = sky.onChange(() => {
        undo()
        travel(exchange, arrive)
      })
    })
  }

  const arrive = (exchange: Exchange): void => {
    atTheDoor.delete(exchange)
    const platform = deps.platform()
    if (platform.hostMode === 'refuse') {
      exchange.written = false
      exchange.fail('connect_refused', 'connect ECONNREFUSED')
      return
    }
    exchange.written = true
    if (sky.cuts.before > 0) {
      sky.cuts.before -= 1
      travel(exchange, () => exchange.fail('connection_reset', BROKEN.connection_reset))
      return
    }
    const plan = platform.rest.handle(platformRequest(exchange))
    if (plan.outcome === 'hold') {
      if (!exchange.settled) atTheDoor.add(exchange)
      return
    }
    if (plan.outcome === 'silence') return
    const cut = sky.cuts.after > 0
    if (cut) sky.cuts.after -= 1
    clock.after(plan.delayMs, () =>
      travel(exchange, () => {
        if (cut || plan.outcome !== 'answer') exchange.fail('connection_reset', BROKEN.connection_reset)
        else exchange.resolve({ status: plan.status, headers: lowerCase(plan.headers), body: plan.body })
      }),
    )
  }

  const begin = (process: Incarnation, request: HttpRequest, url: URL, signal: AbortSignal | undefined) =>
    new Promise<HttpResponse>((resolve, reject) => {
      const settle = (how: string, fn: () => void): void => {
        if (exchange.settled) return
        exchange.settled = true
        cancel()
        signal?.removeEventListener('abort', onAbort)
        pending.delete(exchange)
        atTheDoor.delete(exchange)
        timeline.note('wire', () => `#${process.number} ${request.method} ${url.pathname}: ${how}`)
        process.deliver(fn)
      }
      const fail = (code: string, message: string): void =>
        settle(`${code}${exchange.written ? ', written' : ''}`, () =>
          reject(new NetworkError(code, `${url.host}: ${message}`, { written: exchange.written })),
        )
      const exchange: Exchange = {
        process,
        request,
        url,
        settled: false,
        written: false,
        resolve: response => settle(`${response.status} ${response.body.slice(0, 160)}`, () => resolve(response)),
        fail,
      }
      const onAbort = (): void => fail('aborted', 'the request was called off')
      const cancel = process.clock.after(request.timeoutMs, () => fail('timeout', 'no answer in time'))
      signal?.addEventListener('abort', onAbort, { once: true })
      pending.add(exchange)
      if (sky.weather === 'refused' || sky.weather === 'no_dns') {
        const code = sky.weather === 'refused' ? 'connect_refused' : 'dns_failed'
        clock.after(sky.latencyMs(), () => fail(code, 'nobody there'))
        return
      }
      // On a connection that was kept open the request is under way at once; a new one has to be made first.
      exchange.written = dice.chance(0.7)
      travel(exchange, () => arrive(exchange))
    })

  return {
    requestFor: process => (request, signal) => {
      if (!process.calls()) return new Promise(() => {})
      if (signal?.aborted) return Promise.reject(new NetworkError('aborted', 'called off', { written: false }))
      if (!URL.canParse(request.url))
        return Promise.reject(new NetworkError('url_invalid', 'the address is not a URL', { written: false }))
      return begin(process, request, new URL(request.url), signal)
    },
    hostChanged() {
      for (const exchange of [...atTheDoor]) travel(exchange, () => arrive(exchange))
    },
    pendingOf: process => [...pending].filter(one => one.process === process).length,
    died(process) {
      for (const exchange of [...pending]) {
        if (exchange.process !== process) continue
        exchange.settled = true
        pending.delete(exchange)
        atTheDoor.delete(exchange)
      }
    },
  }
}

function platformRequest({ request, url }: Exchange): PlatformRequest {
  const { method, headers = {}, body = '' } = request
  const content = typeof body === 'string' ? { body } : { body: '', bytes: body }
  return { method, path: url.pathname + url.search, headers: { ...lowerCase(headers), host: url.host }, ...content }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
