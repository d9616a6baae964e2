/** The words of the session machine: what it remembers, where it can be, what it hears and what it asks for. */
import type { Ending, Evidence } from '../../platform.ts'
import type { TimeLimits } from '../settings.ts'

export interface SessionConfig {
  readonly backoffSeconds: readonly number[]
  /** 0 means no limit. */
  readonly maxAttempts: number
  readonly limits: TimeLimits
  /** How many sets of intents there are to ask for, the fullest first. */
  readonly rungs: number
  /** Where the platform does not take the number of connections, it is asked for another. */
  readonly recounts: boolean
}

/** What goes wrong, in words for status and log. */
export interface Fault {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

/**
 * Why a token or a gateway URL could not be had. `final`: no retry cures it. `token`: the token was refused. `busy`: asked
 * too often. `passing`: anything that time may heal.
 */
export interface Failure extends Fault {
  readonly verdict: 'final' | 'token' | 'busy' | 'passing'
  /** How long the other side asked to be left alone. */
  readonly waitMs?: number
}

/** What outlives a socket. */
export interface SessionMemory {
  /** The number given to the last operation; answers that carry an older one come too late. */
  readonly lastTicket: number
  /** Failed attempts in a row. Only proof resets them. */
  readonly attempts: number
  /** There is a session that could be resumed. */
  readonly session: boolean
  /** RESUMEs sent since the last IDENTIFY, or since a link that lived for a few seconds. */
  readonly resumes: number
  /** A gateway URL is known. */
  readonly url: boolean
  /** Dials of that URL in a row that brought no HELLO. */
  readonly failedDials: number
  /** Which set of intents is asked for; the next one when it is refused. */
  readonly rung: number
  /** The immediate try that op 7 gives a young link is used up; only proof brings it back. */
  readonly favourSpent: boolean
}

/** An operation that is under way, and until when it may be. */
interface UnderWay {
  readonly ticket: number
  readonly deadlineAtMs: number
  /** What our own delays may move the deadline to. */
  readonly latestAtMs: number
}

/** Heartbeats on a live link. All times are monotonic. */
export interface Pulse {
  readonly intervalMs: number
  readonly readyAtMs: number
  /** READY, RESUMED or the last ACK that counted. */
  readonly proofAtMs: number
  readonly nextBeatAtMs: number
  /** Beats sent that no ACK has answered. */
  readonly unacked: number
  readonly acked: boolean
  /** Our own delay since the last proof, which the peer is not blamed for. */
  readonly forgivenMs: number
  /** When to look next whether the machine has slept. */
  readonly sampleAtMs: number
  /** After a suspension: the ACKs still wanted, and until when. */
  readonly probe: { readonly wanted: number; readonly deadlineAtMs: number } | null
}

export type SessionState =
  | ({ readonly phase: 'fetching_token'; readonly memory: SessionMemory } & UnderWay)
  | ({ readonly phase: 'fetching_gateway'; readonly memory: SessionMemory } & UnderWay)
  | ({ readonly phase: 'dialing'; readonly memory: SessionMemory } & UnderWay)
  | ({ readonly phase: 'awaiting_hello'; readonly memory: SessionMemory } & UnderWay)
  | ({ readonly phase: 'identifying'; readonly memory: SessionMemory; readonly intervalMs: number } & UnderWay)
  | ({ readonly phase: 'resuming'; readonly memory: SessionMemory; readonly intervalMs: number } & UnderWay)
  /** Other connections of the bot are beginning sessions, and there is a pace to keep. */
  | { readonly phase: 'queued'; readonly memory: SessionMemory; readonly untilMs: number }
  | { readonly phase: 'live'; readonly memory: SessionMemory; readonly ticket: number; readonly pulse: Pulse }
  | {
      readonly phase: 'waiting'
      readonly memory: SessionMemory
      readonly untilMs: number
      /** When to say again that it waits; never later than `untilMs`. */
      readonly wakeAtMs: number
      readonly fault: Fault
    }
  | { readonly phase: 'ended'; readonly memory: SessionMemory; readonly ending: Ending }

/** Phases in which an operation with a deadline is under way. */
export type BusyState = Extract<SessionState, { readonly deadlineAtMs: number }>
/** Phases that hold a socket, open or being opened. */
export type LinkedState = Extract<
  SessionState,
  { readonly phase: 'dialing' | 'awaiting_hello' | 'identifying' | 'resuming' | 'live' }
>

export type SessionEvent =
  /** The armed timer fired, `lateMs` after its time. `jumped`: wall and monotonic time parted, so the machine slept. */
  | { readonly type: 'tick'; readonly lateMs: number; readonly jumped: boolean }
  | { readonly type: 'token_ready'; readonly ticket: number }
  /** Also while identifying or resuming, when the token ran out between the dial and HELLO. */
  | { readonly type: 'token_failed'; readonly ticket: number; readonly failure: Failure }
  | { readonly type: 'gateway_ready'; readonly ticket: number }
  | { readonly type: 'gateway_failed'; readonly ticket: number; readonly failure: Failure }
  | { readonly type: 'opened'; readonly ticket: number }
  | { readonly type: 'hello'; readonly ticket: number; readonly intervalMs: number | undefined }
  /** `resumable`: READY named a session. */
  | { readonly type: 'ready'; readonly ticket: number; readonly resumable: boolean }
  | { readonly type: 'resumed'; readonly ticket: number }
  /** Any other event of the platform. */
  | { readonly type: 'dispatch'; readonly ticket: number }
  | { readonly type: 'ack'; readonly ticket: number }
  /** The platform asked for a heartbeat (op 1). */
  | { readonly type: 'beat_wanted'; readonly ticket: number }
  | { readonly type: 'reconnect'; readonly ticket: number }
  | { readonly type: 'invalid_session'; readonly ticket: number; readonly resumable: boolean }
  | { readonly type: 'closed'; readonly ticket: number; readonly code: number; readonly reason: string }

/** Orders to the shell, carried out one after another. */
export type SessionEffect =
  | { readonly do: 'fetch_token' | 'fetch_gateway' | 'dial'; readonly ticket: number }
  | { readonly do: 'resume' | 'beat'; readonly ticket: number }
  | { readonly do: 'identify'; readonly ticket: number; readonly rung: number }
  /** The platform has granted this set of intents. */
  | { readonly do: 'note_granted'; readonly rung: number }
  /** The operation is given up, the socket terminated. */
  | { readonly do: 'abandon'; readonly ticket: number }
  | { readonly do: 'drop_token' }
  | { readonly do: 'forget_session' }
  /** The next gateway answer decides how many connections there are. */
  | { readonly do: 'recount' }
  | { readonly do: 'report'; readonly evidence: Evidence }
  | { readonly do: 'count_unknown_close'; readonly code: number }

/** What the machine cannot know by itself. */
export interface SessionInput {
  /** Monotonic. */
  readonly nowMs: number
  /** Uniform in [0, 1), drawn anew for each event. */
  readonly jitter: number
  /** How long the identify budget makes an IDENTIFY wait now; 0 when it may go. */
  readonly identifyWaitMs: number
  /** How long other connections of the bot make it wait; 0 when its turn has come. */
  readonly turnWaitMs: number
}

export interface SessionStep {
  readonly state: SessionState
  readonly effects: readonly SessionEffect[]
}
