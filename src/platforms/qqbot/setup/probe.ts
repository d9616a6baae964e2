/** Whether the platform takes a bot's credentials and tells it where to dial: asked once, for a person who wants to know. */
import type { Clock } from '../../../lib/clock.ts'
import type { HttpRequest, HttpResponse, RequestHttp } from '../../../lib/net/network.ts'
import type { Redactor } from '../../../lib/redact.ts'
import { type Gateway, gatewayOf } from '../link/bot/gateway-answer.ts'
import { failureOf } from '../link/failure.ts'
import type { Failure } from '../link/session-types.ts'
import { createApi } from '../rest/api.ts'
import { createTokenSource } from '../rest/token.ts'
import { type QQBotSettings, resolveSettings } from '../settings.ts'

export interface BotProbe {
  /** What the token endpoint says of the credentials. */
  readonly token: 'ok' | Failure
  /** Undefined where there is no token to ask with. */
  readonly gateway: 'ok' | Failure | undefined
  /** How many connections the platform recommends; undefined where it does not say. */
  readonly recommendedShards: number | undefined
  /** How far the clock of this machine is ahead of the platform's; undefined where no answer was dated. */
  readonly skewMs: number | undefined
}

/** A slow answer says little about the time. */
const PROMPT_MS = 5_000
/** The header `Date` is cut to whole seconds. */
const HALF_SECOND_MS = 500

/** Never throws but for the signal. */
export async function probeBot(
  settings: QQBotSettings,
  world: { readonly clock: Clock; readonly request: RequestHttp },
  secrets: Pick<Redactor, 'add'>,
  signal: AbortSignal,
): Promise<BotProbe> {
  const { clock } = world
  let skewMs: number | undefined
  const request = async (what: HttpRequest, until?: AbortSignal): Promise<HttpResponse> => {
    const [askedMs, startMs] = [clock.nowMs(), clock.monotonicMs()]
    const response = await world.request(what, until)
    const tookMs = clock.monotonicMs() - startMs
    const dated = Date.parse(response.headers['date'] ?? '')
    if (!Number.isNaN(dated) && tookMs < PROMPT_MS) skewMs ??= askedMs + tookMs / 2 - (dated + HALF_SECOND_MS)
    return response
  }
  const resolved = resolveSettings(settings)
  const tokens = createTokenSource(resolved, { clock, request }, secrets)
  try {
    await tokens.get(signal)
  } catch (thrown) {
    signal.throwIfAborted()
    return { token: failureOf(thrown), gateway: undefined, recommendedShards: undefined, skewMs }
  }
  const api = createApi(resolved, { clock, request }, tokens)
  const ask = async (path: string): Promise<Gateway | Failure> =>
    gatewayOf(await api.call({ method: 'GET', path, timeoutMs: 10_000 }, signal))
  // Where the account itself asks; of a single connection the other one knows only how many there should be.
  const isSingle = resolved.shards === 1
  const found = await ask(isSingle ? '/gateway' : '/gateway/bot')
  if ('verdict' in found) return { token: 'ok', gateway: found, recommendedShards: undefined, skewMs }
  const advice = isSingle && !settings.webhook ? await ask('/gateway/bot') : found
  return { token: 'ok', gateway: 'ok', recommendedShards: 'verdict' in advice ? undefined : advice.shards, skewMs }
}
