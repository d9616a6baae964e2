import type { AccountState, AccountStatus, LinkStatus, StatusDocument } from './status-document.ts'

/** How a process ends, as its state file tells it. */
export interface ExitNote {
  readonly gatewayState: 'stopped' | 'failed'
  readonly exitReason: string
}

/** A reader trusts a document for this long after it was written. */
export const TRUSTED_FOR_MS = 30_000

/** States that claim a link, or work on one: nobody holds a link once the process is gone. */
const ENDED_BY_EXIT: ReadonlySet<AccountState> = new Set(['connecting', 'connected', 'retrying', 'unverified'])

/** Dates a document: it is true now, and to be trusted until `expires_at`. */
export function stamped(document: StatusDocument, nowMs: number): StatusDocument {
  return {
    ...document,
    updated_at: new Date(nowMs).toISOString(),
    expires_at: new Date(nowMs + TRUSTED_FOR_MS).toISOString(),
  }
}

/** The last document of a process: why it ended, and no account that still claims or seeks a link. */
export function lastWords(document: StatusDocument, note: ExitNote, nowMs: number): StatusDocument {
  const now = new Date(nowMs).toISOString()
  const close = <T extends LinkStatus>(link: T): T =>
    ENDED_BY_EXIT.has(link.state)
      ? { ...link, state: 'disconnected', since: now, next_retry_at: null, updated_at: now }
      : // What is fatal keeps its cause, but nobody is left to revive it.
        { ...link, next_retry_at: null, updated_at: now }
  const closeAll = (account: AccountStatus): AccountStatus => ({
    ...close(account),
    ...(account.shards === undefined ? {} : { shards: account.shards.map(close) }),
  })
  const platforms = Object.entries(document.platforms).map(([id, account]) => [id, closeAll(account)] as const)
  return {
    ...stamped(document, nowMs),
    gateway_state: note.gatewayState,
    exit_reason: note.exitReason,
    active_agents: 0,
    platforms: Object.fromEntries(platforms),
  }
}
