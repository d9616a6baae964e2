/** How many connections a bot holds: what the settings say, or what the platform recommends. */
import { isRecord, type Json } from '../../../../lib/json.ts'
import type { AdapterWorld } from '../../../platform.ts'
import type { ResolvedSettings } from '../../settings.ts'

/** A platform that recommends more is not believed: its whole day of sessions would go into a few starts. */
const MOST_SHARDS = 100
const STORE_KEY = 'shards'

export interface ShardPlan {
  /** For lives that begin now: of an unreachable platform the last count that is known. */
  count(): Promise<number>
  /**
   * The platform recommends `told`; undefined where it says nothing. `refused`: it does not take the present count. Resolves
   * with the other count that is to be used from now on, once that is on disk. Else it stays for as long as lives go on with
   * it: only the first answer that they hear, and a refusal, is worth beginning all of them anew.
   */
  weigh(told: number | undefined, refused: boolean, present: number): Promise<number | undefined>
}

export function createShardPlan(
  settings: ResolvedSettings,
  { store, clock }: Pick<AdapterWorld, 'store' | 'clock'>,
): ShardPlan {
  const { shards, limits } = settings
  let first: Promise<number | undefined> | undefined

  const adopt = async (told: number, refused: boolean, present: number): Promise<number | undefined> => {
    const count = Math.min(told, MOST_SHARDS)
    if (count === present) return undefined
    const nowMs = clock.nowMs()
    const ageMs = nowMs - (lastCount(await store.get(STORE_KEY))?.atMs ?? Number.NEGATIVE_INFINITY)
    // A platform that says another number each time must not make all connections begin anew each time.
    if (!refused && ageMs >= 0 && ageMs < limits.gatewayWindowMs) return undefined
    await store.set(STORE_KEY, { count, atMs: nowMs })
    return count
  }
  return {
    async count() {
      return shards === 'auto' ? (lastCount(await store.get(STORE_KEY))?.count ?? 1) : shards
    },
    async weigh(told, refused, present) {
      if (shards !== 'auto' || told === undefined) return undefined
      if (refused) return adopt(told, refused, present)
      // The others that hear it at the same time have to hear the same; what a full disk could not keep is asked again.
      first ??= adopt(told, refused, present).catch((thrown: unknown) => {
        first = undefined
        throw thrown
      })
      return first
    },
  }
}

function lastCount(json: Json | undefined): { readonly count: number; readonly atMs: number } | undefined {
  const { count, atMs } = isRecord(json) ? json : {}
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > MOST_SHARDS) return undefined
  return typeof atMs === 'number' ? { count, atMs } : undefined
}
