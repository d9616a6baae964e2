import { isRecord, type Json } from '../lib/json.ts'
import type { AccountId } from '../platforms/platform.ts'

/** Small durable values, kept with the account of the chats that they are about. */
export interface AgentMemory {
  get(account: AccountId, key: string): Promise<Json | undefined>
  /** Resolves once the value is on disk. */
  set(account: AccountId, key: string, value: Json): Promise<void>
}

/**
 * What is kept under one key, a map for each account. It is read once, and all who ask have the same one: who changes it and writes
 * it down writes what others have changed as well. `read` answers undefined for what it cannot read; that is left out.
 */
export function createKeptMaps<T>(
  memory: Pick<AgentMemory, 'get'>,
  key: string,
  read: (value: unknown) => T | undefined,
): (account: AccountId) => Promise<Map<string, T>> {
  const known = new Map<AccountId, Promise<Map<string, T>>>()
  const load = async (account: AccountId): Promise<Map<string, T>> => {
    const kept = await memory.get(account, key)
    const entries = isRecord(kept) ? Object.entries(kept) : []
    return new Map(
      entries.flatMap(([name, value]): [string, T][] => {
        const one = read(value)
        return one === undefined ? [] : [[name, one]]
      }),
    )
  }
  return account => {
    const before = known.get(account)
    if (before !== undefined) return before
    const loading = load(account)
    known.set(account, loading)
    // A journal that cannot be read now is asked again.
    loading.catch(() => known.delete(account))
    return loading
  }
}
