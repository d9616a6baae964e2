/** Where to dial: `GET /gateway`, which the platform wants to hear twice a minute at most. */
import { describeError } from '../../../lib/errors.ts'
import { isRecord } from '../../../lib/json.ts'
import type { AdapterWorld } from '../../platform.ts'
import type { Api } from '../rest/api.ts'
import type { ResolvedSettings } from '../settings.ts'
import { CallError } from './failure.ts'
import { gatewayUrlOf, mayUseFormerUrl } from './gateway-answer.ts'
import type { Failure } from './session-types.ts'

const CALLS_PER_WINDOW = 2
const STORE_KEY = 'gateway_url'

export interface GatewayUrl {
  /**
   * The known URL, or with `fresh` a new one. A former one is answered where the platform cannot be asked now, or gives
   * none. Throws `CallError`.
   */
  get(options: { readonly fresh: boolean }, signal: AbortSignal): Promise<string>
}

export function createGatewayUrl(
  settings: ResolvedSettings,
  world: Pick<AdapterWorld, 'clock' | 'log' | 'store'>,
  api: Api,
): GatewayUrl {
  const { clock, store, log } = world
  const { limits, apiBase } = settings
  let known: string | undefined
  /** Calls that may have reached the platform within the last minute (monotonic). */
  let calls: readonly number[] = []
  let lastFailure: Failure | undefined

  /** Of this process, or one that a former process was given by the same host. */
  const former = async (): Promise<string | undefined> => {
    if (known !== undefined) return known
    const saved = await store.get(STORE_KEY)
    return isRecord(saved) && saved['base'] === apiBase && typeof saved['url'] === 'string' ? saved['url'] : undefined
  }
  const keep = async (url: string): Promise<void> => {
    try {
      if ((await former()) !== url) await store.set(STORE_KEY, { base: apiBase, url })
    } catch (thrown) {
      // Only a comfort for bad days; the journal's own failure is heard elsewhere.
      log.warn('the gateway URL could not be kept', { reason: describeError(thrown) })
    }
    known = url
  }
  const orFormer = async (failure: Failure): Promise<string> => {
    lastFailure = failure
    const url = mayUseFormerUrl(failure) ? await former() : undefined
    if (url === undefined) throw new CallError(failure)
    log.warn('no new gateway URL; the former one is used', { code: failure.code, reason: failure.message })
    return url
  }

  return {
    async get({ fresh }, signal) {
      if (known !== undefined && !fresh) return known
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
      const reply = await api.call({ method: 'GET', path: '/gateway', timeoutMs: limits.gatewayMs }, signal)
      if (reply.kind !== 'not_sent') calls = [...calls, nowMs]
      const found = gatewayUrlOf(reply)
      if (typeof found !== 'string') return orFormer(found)
      lastFailure = undefined
      await keep(found)
      return found
    },
  }
}
