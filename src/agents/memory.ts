import type { Json } from '../lib/json.ts'
import type { AccountId } from '../platforms/platform.ts'

/** Small durable values, kept with the account of the chats that they are about. */
export interface AgentMemory {
  get(account: AccountId, key: string): Promise<Json | undefined>
  /** Resolves once the value is on disk. */
  set(account: AccountId, key: string, value: Json): Promise<void>
}
