/** What an adapter tells of a life: what it has seen, what it has noticed besides, and why it gave up. */

/** Why a life is over, or what it is waiting for. Failures only: the runner knows whether it asked for the end. */
export interface Ending {
  /** Stable snake_case word, such as `qq_reconnect_exhausted`. */
  readonly code: string
  readonly message: string
  /** What a person can do about it. */
  readonly hint?: string
  /** True when waiting can cure it; false parks the account until a person acts (it is still probed slowly). */
  readonly retryable: boolean
}

/** Why something is not known, in words for status. */
export interface Doubt {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

/** What an adapter has seen. State is derived from this and from its age; nobody sets a state. */
export type Evidence =
  /** Work towards a link began, or goes on (token, gateway URL, dial, HELLO, IDENTIFY). */
  | { readonly kind: 'connecting'; readonly step: string }
  | { readonly kind: 'socket_open' }
  /**
   * READY (or RESUMED) on the present socket: the first proof of life. A proof stands for `proofMs`. Where the platform calls:
   * all of ours works, and `doubt` is why it is not known whether calls would come.
   */
  | { readonly kind: 'ready'; readonly resumed: boolean; readonly proofMs: number; readonly doubt?: Doubt }
  /** The platform answered a heartbeat on the present socket: the next proof. Where it calls: a call of our own came all the way round. */
  | { readonly kind: 'ack' }
  /** Where the platform calls: until `proofMs` from now it is known that its calls come. */
  | { readonly kind: 'called'; readonly proofMs: number }
  /** The platform sent an event on the present socket. */
  | { readonly kind: 'event' }
  /** The present socket is gone; any proof on it is void at once. */
  | { readonly kind: 'socket_closed' }
  /** Something failed that the adapter is healing itself. `retryAtMs` is monotonic. */
  | {
      readonly kind: 'fault'
      readonly code: string
      readonly message: string
      readonly hint?: string
      /** Failed attempts in a row so far; 0 for a routine reconnect. */
      readonly attempt: number
      readonly retryAtMs: number
      /** All of ours works and what is sent goes out; the trouble lies on the way on which calls come. */
      readonly serving?: true
    }

/** Facts that carry no promise about the next report. */
export type Observation =
  | { readonly kind: 'send_accepted' }
  /** Something that the platform does not let this account do, in words for status; null when it may (again). */
  | { readonly kind: 'limited'; readonly what: string; readonly message: string | null }
  /** Something this version does not know. Counted and shown by `name`; `sample` is redacted and cut by the receiver. */
  | {
      readonly kind: 'unknown'
      readonly what: 'event' | 'close_code' | 'error_code' | 'frame'
      readonly name: string
      readonly sample?: string
    }
