/** The access token of one bot: fetched once for all who need it, anew in its last minute, and never in a hurry. */
import { sleep } from '../../../lib/clock.ts'
import { type HttpResponse, NetworkError } from '../../../lib/net/network.ts'
import type { Redactor } from '../../../lib/redact.ts'
import type { AdapterWorld } from '../../platform.ts'
import { CallError } from '../link/failure.ts'
import type { Failure } from '../link/session-types.ts'
import type { ResolvedSettings } from '../settings.ts'
import { readAnswer } from './answer.ts'
import { createSharedCall } from './shared-call.ts'
import { LONGEST_LIFE_MS, lifetimeMs, tokenFailure } from './token-answer.ts'

/**
 * Before its last 60 s the platform gives the same token again. A little later than that, because it counts from when it
 * wrote its answer, and we from when we asked.
 */
const RENEW_BEFORE_END_MS = 50_000
/** A token is a secret for twice as long as any is good for, whatever the platform says of it. */
const LONGEST_KEPT_MS = 2 * LONGEST_LIFE_MS

export interface TokenSource {
  /** A token that is good as far as anybody knows. Throws `CallError`, or the signal's reason. */
  get(signal?: AbortSignal): Promise<string>
  /** The platform refused this token (without one: whichever there is); the next `get` fetches another. */
  drop(token: string | undefined): void
}

/** When something happened: a machine that sleeps stops one of its clocks, a person sets the other. */
interface Moment {
  readonly monotonicMs: number
  readonly wallMs: number
}

export function createTokenSource(
  settings: ResolvedSettings,
  world: Pick<AdapterWorld, 'clock' | 'request'> & Partial<Pick<AdapterWorld, 'observe'>>,
  secrets: Pick<Redactor, 'add'>,
): TokenSource {
  const { clock } = world
  const { limits } = settings
  let held: { readonly token: string; readonly lifeMs: number; readonly asked: Moment } | undefined
  /** Not to be asked before then. */
  let nextAskAtMs = Number.NEGATIVE_INFINITY
  /** Why not, where that is longer than the usual spacing. */
  let refusal: Failure | undefined

  const leftMs = (): number => {
    if (held === undefined) return Number.NEGATIVE_INFINITY
    const { asked, lifeMs } = held
    return lifeMs - Math.max(clock.monotonicMs() - asked.monotonicMs, clock.nowMs() - asked.wallMs)
  }
  /** Also one that is over by its own word, as long as no other may be asked for. */
  const usable = (): string | undefined => {
    if (held === undefined) return undefined
    const brandNew = clock.monotonicMs() - held.asked.monotonicMs < limits.tokenSpacingMs
    return brandNew || leftMs() > 0 ? held.token : undefined
  }

  /** While a link lives on its old token nothing else tells that there will be no new one. */
  let troubled = false
  const tell = (message: string | null): void => {
    if (message === null && !troubled) return
    troubled = message !== null
    world.observe?.({ kind: 'limited', what: 'token', message })
  }

  const fail = (failure: Failure): CallError => {
    const { verdict, waitMs } = failure
    refusal = undefined
    if (verdict === 'final' || verdict === 'busy') {
      // Sends ask too, at a pace of their own; none of them may hammer.
      nextAskAtMs = Math.max(nextAskAtMs, clock.monotonicMs() + (waitMs ?? limits.slowDownMs))
      refusal = failure
    }
    return new CallError(failure)
  }
  const fetching = createSharedCall(async signal => {
    const waitMs = nextAskAtMs - clock.monotonicMs()
    if (waitMs > 0) await sleep(clock, waitMs, signal)
    const asked = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() }
    nextAskAtMs = asked.monotonicMs + limits.tokenSpacingMs
    let response: HttpResponse
    try {
      response = await world.request(
        {
          method: 'POST',
          url: settings.tokenUrl,
          headers: { 'content-type': 'application/json', accept: 'application/json' },
          body: JSON.stringify({ appId: settings.appId, clientSecret: settings.clientSecret }),
          timeoutMs: limits.tokenMs,
        },
        signal,
      )
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof NetworkError)) throw thrown
      const code = thrown.code === 'timeout' ? 'qq_token_timeout' : 'qq_token_unreachable'
      throw fail({ verdict: 'passing', code, message: `no token: ${thrown.message}` })
    }
    const answer = readAnswer(response, clock.nowMs())
    const token = answer.json?.['access_token']
    if (!isToken(token)) throw fail(tokenFailure(answer))
    refusal = undefined
    tell(null)
    secrets.add(token, { row: `token ${settings.appId}`, nowMs: clock.monotonicMs(), keepMs: LONGEST_KEPT_MS })
    held = { token, asked, lifeMs: lifetimeMs(answer.json?.['expires_in']) }
    return token
  })

  return {
    async get(signal) {
      const waitMs = nextAskAtMs - clock.monotonicMs()
      const present = usable()
      if (present !== undefined && (leftMs() > RENEW_BEFORE_END_MS || waitMs > 0)) return present
      if (refusal !== undefined && waitMs > 0) throw new CallError({ ...refusal, waitMs })
      try {
        return await fetching.join(signal)
      } catch (thrown) {
        const old = usable()
        if (old === undefined || !(thrown instanceof CallError)) throw thrown
        tell(`no new access token: ${thrown.message}`)
        return old
      }
    },
    drop(token) {
      if (token === undefined || held?.token === token) held = undefined
    },
  }
}

/** It has to fit into a header. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}
