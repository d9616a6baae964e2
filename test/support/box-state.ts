import type { Counters } from '../../src/sandbox/sandbox.ts'

/** What `GET /sandbox/state` answers, as far as tests read it. */
export interface OperatorState {
  readonly nowMs: number
  readonly host: string
  /** The number of the newest log entry. */
  readonly lastEntry: number
  readonly bots: readonly {
    readonly appId: string
    readonly counters: Counters
    readonly people: readonly { readonly name: string; readonly openid: string }[]
    readonly groups: readonly { readonly name: string; readonly openid: string }[]
    readonly sessions: readonly { readonly id: string; readonly seq: number; readonly connection?: number }[]
  }[]
  readonly faults: readonly { readonly id: string; readonly fired: number }[]
  readonly connections: readonly {
    readonly id: number
    readonly phase: string
    readonly appId?: string
    readonly sessionId?: string
  }[]
}
