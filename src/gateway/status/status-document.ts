/** The shape of `<home>/gateway_state.json`, of `GET /status` and of `herald status --json`. All times are ISO 8601 strings. */

export const GATEWAY_STATES = ['starting', 'running', 'degraded', 'draining', 'stopped', 'failed'] as const
export type GatewayState = (typeof GATEWAY_STATES)[number]

export const ACCOUNT_STATES = [
  'connecting',
  'connected',
  'retrying',
  'fatal',
  'disconnected',
  'unverified',
  'paused',
  'disabled',
] as const
export type AccountState = (typeof ACCOUNT_STATES)[number]

export const AGENT_STATES = ['ok', 'failing', 'unknown'] as const
export type AgentState = (typeof AGENT_STATES)[number]

/** One connection, or an account as a whole. */
export interface LinkStatus {
  readonly state: AccountState
  /** Since when it has been in this state. */
  readonly since: string
  readonly error_code: string | null
  readonly error_message: string | null
  readonly hint: string | null
  /** Null unless it is fatal: whether waiting can cure it. */
  readonly retryable: boolean | null
  /** Failed attempts in a row. */
  readonly attempt: number
  /** The next try (retrying) or the next life (fatal). */
  readonly next_retry_at: string | null
  /** Present while it is in trouble on the way to it alone: what is sent goes out, and what came in would be taken. */
  readonly serving?: true
  readonly generation: number
  readonly updated_at: string
  readonly evidence: {
    readonly ready_at: string | null
    readonly last_ack_at: string | null
    readonly last_event_at: string | null
  }
}

/** With more than one connection: never better than the worst of them. */
export interface AccountStatus extends LinkStatus {
  readonly evidence: LinkStatus['evidence'] & { readonly last_send_at: string | null }
  /** Present where no link with a heartbeat stands: `ready_at` is an answer of the API, and `last_ack_at` a challenge that came round. */
  readonly proof?: 'calls'
  /** Event types, close codes, error codes and frames that this version does not know: how often, by `<what>:<name>`. */
  readonly unknown_events: Readonly<Record<string, number>>
  /** What the first of some of these looked like, in outline; absent where there are none. */
  readonly unknown_samples?: Readonly<Record<string, string>>
  /** What the platform does not let this account do; absent where there is nothing of that kind. */
  readonly limits?: Readonly<Record<string, string>>
  readonly pending_in: number
  readonly pending_out: number
  /** Words of ended generations that were dropped. */
  readonly late_words: number
  /** One sentence: who may talk to this account. Filled by the wiring; absent in tests of the gateway alone. */
  readonly access?: string
  /** The same in Chinese. */
  readonly access_zh?: string
  /** Each of its connections; absent where there is but one. */
  readonly shards?: readonly LinkStatus[]
}

export interface StatusDocument {
  readonly kind: 'herald-gateway'
  readonly schema: 1
  readonly version: string
  readonly boot_id: string
  readonly pid: number
  /** The kernel's start time of the process (clock ticks since boot); null where the system does not tell. */
  readonly pid_start: number | null
  readonly start_time: string
  readonly gateway_state: GatewayState
  readonly exit_reason: string | null
  readonly active_agents: number
  readonly updated_at: string
  /** A reader trusts the document until then, and only while the process lives. */
  readonly expires_at: string
  readonly platforms: Readonly<Record<string, AccountStatus>>
  /** Absent in tests of the gateway alone. */
  readonly settings?: SettingsStatus
  /** In the file only: the real path of the home it was written in, so that a copy elsewhere is not believed. */
  readonly home?: string
  /** Parts of the process beside the accounts: `ok`, or what is wrong with it in a few words. */
  readonly http?: string
  readonly state_file?: string
  /** Absent where nobody is told of anything. */
  readonly alerts?: string
  readonly agent?: string
  /** Each agent, by its name in the settings. */
  readonly agents?: Readonly<Record<string, AgentStatus>>
  /** Each schedule, by its name; absent where there is none. */
  readonly schedules?: Readonly<Record<string, ScheduleStatus>>
}

export const SCHEDULE_KINDS = ['text', 'prompt'] as const
/** `failed`: what it was to say was lost or refused, or nobody knows. `open`: it may still be said. */
export const SCHEDULE_VERDICTS = ['well', 'open', 'failed'] as const
export type ScheduleVerdict = (typeof SCHEDULE_VERDICTS)[number]

export interface ScheduleStatus {
  /** Where it speaks: `<account>:<kind>:<id>`. */
  readonly chat: string
  readonly kind: (typeof SCHEDULE_KINDS)[number]
  readonly next_at: string | null
  readonly last_at: string | null
  /**
   * Of the last run, a word of `docs/outcomes.md`; `missed` when its time was passed over, `journal_unwritable` when the disk
   * refused for too long.
   */
  readonly last_outcome: string | null
  /** The same in one of three words. */
  readonly last_verdict: ScheduleVerdict | null
  /** Since the start, by outcome: how many runs. What was missed at one time counts once. */
  readonly runs: Readonly<Record<string, number>>
}

/** Which settings are in force. */
export interface SettingsStatus {
  /** Since when these are. */
  readonly since: string
  /** When newer ones were refused, and why; null when the files say what is in force. */
  readonly refused_at: string | null
  readonly error: string | null
  /** Sections that have changed and are in force from the next start on. */
  readonly next_start: readonly string[]
}

export interface AgentStatus {
  readonly kind: string
  /**
   * `failing`: whoever asks now is not answered. `unknown`: nobody has asked yet, or not since it is there again, or a failure
   * may have been the question's.
   */
  readonly state: AgentState
  readonly last_ok_at: string | null
  readonly error: string | null
  /** When what had been failing was found there again; absent otherwise, and once a turn has told more. */
  readonly reachable_at?: string
}
