import { ConfigError, describeError, HeraldError } from '../../lib/errors.ts'
import type { AccountId, Ending } from '../../platforms/platform.ts'
import { JOURNAL_UNWRITABLE, OWNED_ELSEWHERE } from '../lives/endings.ts'
import type { ExitNote } from '../status/last-words.ts'

/** The exit codes of `herald run`. The unit does not restart after 0, 69 and 78. */
export const EXIT = {
  /** Asked to stop, and stopped. */
  stopped: 0,
  /** A bug: an exception that nobody caught. */
  bug: 1,
  /** Another process owns the home, or the only bot. */
  ownedElsewhere: 69,
  /** Dead for now: every account failed for causes that can pass, or the event loop froze. */
  deadForNow: 75,
  /** Configuration or credentials are wrong. */
  configuration: 78,
  /** What the supervisor sees when the watchdog thread had to kill the process (128 + SIGKILL). Never returned. */
  killed: 137,
} as const

export type ExitCode = (typeof EXIT)[Exclude<keyof typeof EXIT, 'killed'>]

export const EVENT_LOOP_FROZEN = 'event_loop_frozen'

/** Why the process ends. */
export type ExitCause =
  /** Somebody asked: a signal's name, `parent_gone`. */
  | { readonly kind: 'asked'; readonly by: string }
  /** Somebody asked to close everything and begin anew in the same process. Never an exit code. */
  | { readonly kind: 'again'; readonly by: string }
  /** No account is left alive, and `policy.ts` has decided that the process ends, and with which code. */
  | {
      readonly kind: 'all_down'
      readonly code: 69 | 75 | 78
      readonly endings: ReadonlyMap<AccountId, Pick<Ending, 'code' | 'message' | 'hint'>>
    }
  /** Something was thrown that no account could answer for, or the start failed. */
  | { readonly kind: 'thrown'; readonly error: unknown }

/** How a process ends for its supervisor (`code`) and for the readers of its state file. */
export interface Exit extends ExitNote {
  readonly code: ExitCode
}

/** The one table from causes to exit codes and reasons. */
export function exitFor(cause: ExitCause): Exit {
  switch (cause.kind) {
    case 'asked':
      return { code: EXIT.stopped, gatewayState: 'stopped', exitReason: `stop_requested (${cause.by})` }
    case 'again':
      return { code: EXIT.stopped, gatewayState: 'stopped', exitReason: `begins_again (${cause.by})` }
    case 'all_down':
      return { code: cause.code, gatewayState: 'failed', exitReason: allDown(cause.endings) }
    case 'thrown':
      return { code: codeOfError(cause.error), gatewayState: 'failed', exitReason: reasonOfError(cause.error) }
  }
}

/** Failures that only a person can mend, by their code. */
const FOR_A_PERSON: ReadonlySet<string> = new Set([
  'journal_corrupt',
  'journal_newer',
  'journal_foreign',
  'journal_locked',
  'journal_unopenable',
  'control_unusable',
  'port_taken',
])

function codeOfError(error: unknown): ExitCode {
  if (error instanceof ConfigError) return EXIT.configuration
  if (!(error instanceof HeraldError)) return EXIT.bug
  if (error.code === OWNED_ELSEWHERE) return EXIT.ownedElsewhere
  if (error.code === JOURNAL_UNWRITABLE) return EXIT.deadForNow
  return FOR_A_PERSON.has(error.code) ? EXIT.configuration : EXIT.bug
}

function reasonOfError(error: unknown): string {
  const code = error instanceof HeraldError ? error.code : 'bug'
  return `${code} (${describeError(error)})`
}

function allDown(endings: ReadonlyMap<AccountId, Pick<Ending, 'code'>>): string {
  const causes = [...endings].map(([account, ending]) => `${account}: ${ending.code}`)
  return `all_platforms_down (${causes.join(', ')})`
}
