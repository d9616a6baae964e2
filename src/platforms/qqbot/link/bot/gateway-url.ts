/** Where to dial: `GET /gateway`, or `GET /gateway/bot` for a bot with several connections, which the platform wants to hear twice a minute at most. */
import { describeError } from '../../../../lib/errors.ts'
import { isRecord } from '../../../../lib/json.ts'
import type { AdapterWorld } from '../../../platform.ts'
import type { Api } from '../../rest/api.ts'
import { createSharedCall } from '../../rest/shared-call.ts'
import type { ResolvedSettings } from '../../settings.ts'
import { CallError } from '../failure.ts'
import type { Failure } from '../session-types.ts'
import { type Gateway, gatewayOf, mayUseFormerUrl } from './gateway-answer.ts'
import type { Starts } from './starts.ts'

const CALLS_PER_WINDOW = 2
const STORE_KEY = 'gateway_url'

export interface GatewayUrl {
  /**
   * What is known, or with `fresh` what the platform says now. A former URL is answered where it cannot be asked, or gives
   * none. Throws `CallError`.
   */
  get(options: { readonly fresh: boolean }, signal: AbortSignal): Promise<Gateway>
}

export function createGatewayUrl(
  settings: ResolvedSettings,
  world: Pick<AdapterWorld, 'clock' | 'log' | 'store'>,
  api: Api,
  starts: Pick<Starts, 'limit'>,
): GatewayUrl {
  const { clock, store, log } = world
  const { limits, apiBase } = settings
  const path = settings.shards === 1 ? '/gateway' : '/gateway/bot'
  let known: Gateway | undefined
  /** Calls that may have reached the platform within the last minute (monotonic). */
  let calls: readonly number[] = []
  let lastFailure: Failure | undefined

  /** Of this process, or one that a former process was given by the same host. */
  const former = async (): Promise<string | undefined> => {
    if (known !== undefined) return known.url
    const saved = await store.get(STORE_KEY)
    return isRecord(saved) && saved['base'] === apiBase && typeof saved['url'] === 'string' ? saved['url'] : undefined
  }
  const keep = async (found: Gateway): Promise<void> => {
    const { url } = found
    try {
      if ((await former()) !== url) await store.set(STORE_KEY, { base: apiBase, url })
    } catch (thrown) {
      // Only a comfort for bad days; the journal's own failure is heard elsewhere.
      log.warn('the gateway URL could not be kept', { reason: describeError(thrown) })
    }
    known = found
  }
  const orFormer = async (failure: Failure): Promise<Gateway> => {
    lastFailure = failure
    const url = mayUseFormerUrl(failure) ? await former() : undefined
    if (url === undefined) throw new CallError(failure)
    log.warn('no new gateway URL; the former one is used', { code: failure.code, reason: failure.message })
    return { url }
  }

  /** Connections that begin together share the answer. */
  const asking = createSharedCall(async (signal): Promise<Gateway> => {
    const nowMs = clock.monotonicMs()
    calls = calls.filter(atMs => nowMs - atMs < limits.gatewayWindowMs)
    const [oldest] = calls
    if (oldest !== undefined && calls.length >= CALLS_PER_WINDOW) {
      const reason = lastFailure ?? {
        code: 'qq_gateway_pace',
        message: 'the gateway URL was asked for twice already',
      }
      return orFormer({ ...reason, verdict: 'passing', waitMs: oldest + limits.gatewayWindowMs - nowMs })
    }
    const reply = await api.call({ method: 'GET', path, timeoutMs: limits.gatewayMs }, signal)
    if (reply.kind !== 'not_sent') calls = [...calls, nowMs]
    const found = gatewayOf(reply)
    if ('verdict' in found) return orFormer(found)
    lastFailure = undefined
    if (found.starts) starts.limit(found.starts)
    await keep(found)
    return found
  })
  return {
    get: async ({ fresh }, signal) => (known === undefined || fresh ? asking.join(signal) : known),
  }
}
