/**
 * One life of an account whose events come by callbacks. There is no link whose heartbeat proves anything: what is known is
 * whether the platform's API answers, when the platform last called, and whether a call to our address comes round.
 */

import { describeError } from '../../../lib/errors.ts'
import { isRecord } from '../../../lib/json.ts'
import type { AdapterHost, Ending } from '../../platform.ts'
import type { Acks } from '../inbound/acks.ts'
import { createCursorTrack } from '../link/cursor.ts'
import { createFrameReader } from '../link/frame-reader.ts'
import type { Failure } from '../link/session-types.ts'
import { describeAnswer } from '../rest/answer.ts'
import type { Api, ApiReply } from '../rest/api.ts'
import { paceOf, refusalOf } from '../rest/refusals.ts'
import type { TokenSource } from '../rest/token.ts'
import type { ResolvedSettings } from '../settings.ts'
import { type CallbackAnswer, KEPT, NOT_KEPT, readCallback } from './callback.ts'
import { CHALLENGE_MS } from './challenge.ts'
import type { Posted, WebhookListeners } from './listeners.ts'
import { keysOf } from './signature.ts'
import { createWay, type WayShown, type WebhookSettings } from './way.ts'

export interface WebhookParts {
  readonly api: Api
  readonly token: TokenSource
  readonly acks: Acks
  readonly listeners: WebhookListeners
  readonly address: WebhookSettings
}

/** A disk that takes longer has not kept it, as far as the platform is concerned: it comes again, and is known by its id. */
const ANSWER_WITHIN_MS = 900
const WARN_EVERY_MS = 10_000
/** Beyond the next call and its bound, before the life counts as stalled. */
const SLACK_MS = 10_000

/** Resolves with the reason when the platform refuses the bot for good; rejects when the host ends it. */
export async function runWebhook(
  settings: ResolvedSettings,
  host: AdapterHost,
  signal: AbortSignal,
  { api, token, acks, listeners, address }: WebhookParts,
): Promise<Ending> {
  const { limits, backoffSeconds, maxAttempts } = settings
  const keys = keysOf(settings.clientSecret)
  const way = await createWay(keys, address, host)
  const track = createCursorTrack(undefined)
  let nextByMs = 0
  let nextWarnAtMs = Number.NEGATIVE_INFINITY
  let unsaid = 0
  const backoffMs = (attempt: number): number =>
    1000 * (backoffSeconds[Math.min(attempt, backoffSeconds.length) - 1] ?? 60)
  const promise = (waitMs: number): number => {
    nextByMs =
      host.clock.monotonicMs() +
      waitMs +
      limits.restMs +
      limits.tokenMs +
      limits.tokenSpacingMs +
      CHALLENGE_MS +
      SLACK_MS
    return nextByMs
  }

  /** Resolves once the event is on disk; whatever is no event for us is as good as kept. */
  const keep = (text: string): Promise<void> => {
    let kept = Promise.resolve()
    const reader = createFrameReader(settings.account, host, track, {
      keep(arrival) {
        kept = host.accept(arrival)
      },
      dispatch() {},
      acknowledge(pressId, verdict) {
        acks
          .acknowledge(pressId, verdict)
          .catch((thrown: unknown) => host.log.warn('a press was not acknowledged', { reason: describeError(thrown) }))
      },
      inSession: () => false,
    })
    reader.text(0, text)
    return kept
  }
  const keptInTime = (text: string): Promise<CallbackAnswer> =>
    new Promise(resolve => {
      const cancel = host.clock.after(ANSWER_WITHIN_MS, () => resolve(NOT_KEPT))
      const settle = (answer: CallbackAnswer): void => {
        cancel()
        resolve(answer)
      }
      // The host ends this life where the journal refuses; here it is only said to the platform.
      keep(text).then(
        () => settle(KEPT),
        () => settle(NOT_KEPT),
      )
    })
  /** Anybody can post: said at most once in a while, with how many went unsaid. */
  const refused = (why: string): void => {
    unsaid += 1
    if (host.clock.monotonicMs() < nextWarnAtMs) return
    host.log.warn('callbacks were refused', { why, count: unsaid })
    nextWarnAtMs = host.clock.monotonicMs() + WARN_EVERY_MS
    unsaid = 0
  }
  const onPost = async ({ headers, body }: Posted): Promise<CallbackAnswer> => {
    if (signal.aborted) return NOT_KEPT
    const callback = {
      timestamp: one(headers['x-signature-timestamp']),
      signature: one(headers['x-signature-ed25519']),
      body,
    }
    const reading = readCallback(keys, callback, host.clock.nowMs())
    if (reading.kind === 'refused') {
      refused(reading.why)
      return reading.answer
    }
    if (reading.kind === 'answer' && reading.own !== undefined) {
      way.met(reading.own)
      return reading.answer
    }
    way.called()
    host.report({ kind: 'called', proofMs: limits.callProofMs }, nextByMs)
    if (reading.kind === 'answer') return reading.answer
    const answer = await keptInTime(reading.text)
    if (answer === KEPT && !signal.aborted) host.report({ kind: 'event' }, nextByMs)
    return answer
  }

  /** The proof of a call that came round is as good as a heartbeat's: for two intervals. */
  const tell = (shown: WayShown, attempt: number, waitMs: number): void => {
    if (shown.kind === 'broken')
      host.report(
        { kind: 'fault', ...shown.fault, attempt, retryAtMs: host.clock.monotonicMs() + waitMs, serving: true },
        promise(waitMs),
      )
    if (shown.kind === 'open') {
      if (shown.doubt === undefined) host.report({ kind: 'called', proofMs: 2 * limits.apiProbeMs }, promise(waitMs))
      host.report({ kind: 'ack' }, promise(waitMs))
    }
    const doubt = shown.kind === 'broken' || shown.doubt === undefined ? {} : { doubt: shown.doubt }
    host.report({ kind: 'ready', resumed: false, proofMs: 2 * waitMs, ...doubt }, promise(waitMs))
  }

  host.report({ kind: 'connecting', step: 'listen' }, promise(0))
  const release = await listeners.listen(address, onPost)
  // A life that was ended meanwhile, or is ended later, must leave the path to the next one at once.
  signal.addEventListener('abort', release, { once: true })
  if (signal.aborted) release()
  try {
    let attempt = 0
    let inVain = 0
    for (;;) {
      const reply = await api.call({ method: 'GET', path: '/users/@me' }, signal)
      const failure = failureOfReply(reply)
      if (failure === undefined) {
        attempt = 0
        const me = reply.kind === 'answered' ? reply.json?.['id'] : undefined
        if (typeof me === 'string' && me !== track.self) track.begin('', me, 0, host.clock.nowMs())
        const shown = await way.look(signal)
        inVain = shown.kind === 'broken' ? inVain + 1 : 0
        const waitMs = inVain === 0 ? limits.apiProbeMs : backoffMs(inVain)
        tell(shown, inVain, waitMs)
        await host.sleep(waitMs)
        continue
      }
      const { verdict, waitMs: least = 0, ...fault } = failure
      if (verdict === 'final') return { ...fault, retryable: false }
      if (verdict === 'token' && reply.kind === 'answered') token.drop(reply.token)
      attempt += 1
      if (maxAttempts > 0 && attempt >= maxAttempts) return { ...fault, retryable: true }
      const waitMs = Math.max(least, backoffMs(attempt))
      host.report({ kind: 'socket_closed' }, promise(waitMs))
      const retryAtMs = host.clock.monotonicMs() + waitMs
      host.report({ kind: 'fault', ...fault, attempt, retryAtMs }, promise(waitMs))
      await host.sleep(waitMs)
      host.report({ kind: 'connecting', step: 'api' }, promise(0))
    }
  } finally {
    signal.removeEventListener('abort', release)
    release()
  }
}

function failureOfReply(reply: ApiReply): Failure | undefined {
  if (reply.kind === 'not_sent' && reply.failure !== undefined) return reply.failure
  if (reply.kind !== 'answered')
    return { verdict: 'passing', code: 'qq_api_unreachable', message: `the API does not answer: ${reply.message}` }
  const refusal = refusalOf(reply) ?? paceOf(reply, 'qq_api_busy', 'of the API')
  if (refusal !== undefined) return refusal
  if (reply.status >= 200 && reply.status < 300 && isRecord(reply.json)) return undefined
  return {
    verdict: 'passing',
    code: 'qq_api_failed',
    message: `the API answered GET /users/@me with ${describeAnswer(reply)}`,
  }
}

function one(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}
