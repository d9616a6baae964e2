import type { AccountState, StatusDocument } from '../gateway/status/status-document.ts'

/** What people asked to be still counts neither for nor against. */
const ASKED_FOR: ReadonlySet<AccountState> = new Set(['paused', 'disabled'])

export interface Readiness {
  readonly ready: boolean
  /** Why not, by account, by `agent:<name>`, or by `gateway`. */
  readonly causes: Readonly<Record<string, string>>
  /** What is not as it should be, and no reason to keep calls away: calls are what would prove or heal it. */
  readonly doubts: Readonly<Record<string, string>>
}

/**
 * Ready: the gateway serves, every account that is neither disabled nor paused is connected or would be for all that is known,
 * and no agent is failing.
 */
export function readinessOf(status: StatusDocument): Readiness {
  const causes: [string, string][] = []
  const doubts: [string, string][] = []
  if (status.gateway_state !== 'running' && status.gateway_state !== 'degraded')
    causes.push(['gateway', status.exit_reason ?? status.gateway_state])
  for (const [id, account] of Object.entries(status.platforms)) {
    if (account.state === 'connected' || ASKED_FOR.has(account.state)) continue
    const why = [account.error_code, account.error_message].filter(part => part !== null).join(', ')
    const isDoubt = account.state === 'unverified' || account.serving === true
    const found = isDoubt ? doubts : causes
    found.push([id, why === '' ? account.state : `${account.state} (${why})`])
  }
  for (const [name, { state, error }] of Object.entries(status.agents ?? {}))
    if (state === 'failing') causes.push([`agent:${name}`, error === null ? state : `${state} (${error})`])
  return { ready: causes.length === 0, causes: Object.fromEntries(causes), doubts: Object.fromEntries(doubts) }
}
