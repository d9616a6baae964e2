import { randomUUID } from 'node:crypto'
import { systemProcesses } from '../gateway/process/locks/process-identity.ts'
import type {
  AccountState,
  AccountStatus,
  AgentStatus,
  GatewayState,
  SettingsStatus,
  StatusDocument,
} from '../gateway/status/status-document.ts'
import type { Clock } from '../lib/clock.ts'
import { readVersion } from './version.ts'

/** Who this process is; the same for as long as it lives. */
export type ProcessIdentity = Pick<StatusDocument, 'version' | 'boot_id' | 'pid' | 'pid_start' | 'start_time'>

export function identify(pid: number, clock: Clock): ProcessIdentity {
  return {
    version: readVersion(),
    boot_id: randomUUID(),
    pid,
    pid_start: systemProcesses.startTicks(pid),
    start_time: new Date(clock.nowMs()).toISOString(),
  }
}

/** Where the process stands by itself; what its accounts make of `serving` is derived. */
export type Phase = 'starting' | 'serving' | 'draining'

const SWITCHED_OFF: ReadonlySet<AccountState> = new Set(['disabled', 'paused'])

/** `degraded` while any account that should be connected is not, or an agent is failing: nobody is answered by it. */
export function gatewayState(
  phase: Phase,
  platforms: Readonly<Record<string, AccountStatus>>,
  agents: Readonly<Record<string, AgentStatus>> = {},
): GatewayState {
  if (phase !== 'serving') return phase
  const wanted = Object.values(platforms).filter(({ state }) => !SWITCHED_OFF.has(state))
  const linked = wanted.every(({ state }) => state === 'connected' || state === 'unverified')
  return linked && Object.values(agents).every(({ state }) => state !== 'failing') ? 'running' : 'degraded'
}

/** The whole in one line, for `systemctl status`. */
export function statusLine(
  state: GatewayState,
  platforms: Readonly<Record<string, AccountStatus>>,
  settings?: SettingsStatus,
): string {
  const accounts = Object.entries(platforms).map(([account, status]) => {
    const attempt = status.attempt > 0 ? `, attempt ${status.attempt}` : ''
    const why = status.error_code === null ? '' : ` (${status.error_code}${attempt})`
    return `${account} ${status.state}${why}`
  })
  const refused = settings?.error ? `; the last good settings are in force (${settings.error})` : ''
  return `${state}: ${accounts.join(', ')}${refused}`
}
