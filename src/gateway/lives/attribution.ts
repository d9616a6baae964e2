import { AsyncLocalStorage } from 'node:async_hooks'
import type { AccountId } from '../../platforms/platform.ts'

/** In whose life something runs. `generation` is absent for what belongs to an account but to no single life of it (a send). */
export interface Scope {
  readonly account: AccountId
  /** The index of the connection that the life holds; absent where the generation is. */
  readonly shard?: number
  readonly generation?: number
}

/**
 * Tells to whose life an error belongs that no handler caught. Node carries the scope through promises, timers and
 * sockets, and restores it for `unhandledRejection` (the scope in which the promise was made) and `uncaughtException`
 * (the scope of whoever threw or emitted).
 */
export interface Attribution {
  within<T>(scope: Scope, fn: () => T): T
  /** Runs what belongs to no life, so that a commit or a turn that a life set off is not blamed on it. */
  outside<T>(fn: () => T): T
  current(): Scope | undefined
}

export function createAttribution(): Attribution {
  const scopes = new AsyncLocalStorage<Scope | undefined>()
  return {
    within: (scope, fn) => scopes.run(scope, fn),
    outside: fn => scopes.run(undefined, fn),
    current: () => scopes.getStore(),
  }
}
