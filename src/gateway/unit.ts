import { EXIT } from './exit.ts'

export const UNIT_NAME = 'herald.service'

export interface UnitOptions {
  /** What systemd starts, absolute; it must become the gateway itself, without a shell or npm between. */
  readonly command: readonly string[]
  /** Absolute. */
  readonly home: string
}

/** The text of the systemd unit (of a user's manager). */
export function unitText(options: UnitOptions): string {
  const command = [...options.command, 'run', '--home', options.home].map(quoted).join(' ')
  return `[Unit]
Description=Herald, a gateway between chat platforms and AI agents
# Without this, five quick exits would end the service for good. Herald keeps its own growing delays.
StartLimitIntervalSec=0

[Service]
Type=notify
# The words to systemd come from a child, systemd-notify.
NotifyAccess=all
ExecStart=${command}
Environment=HERALD_SUPERVISED=1
Restart=on-failure
RestartSec=5
RestartPreventExitStatus=${EXIT.ownedElsewhere} ${EXIT.configuration}
WatchdogSec=30
TimeoutStopSec=20
KillMode=mixed
NoNewPrivileges=yes
UMask=0077

[Install]
WantedBy=default.target
`
}

/**
 * Whether something restarts this process when it exits. `INVOCATION_ID` alone proves nothing: every shell under a service
 * inherits it.
 */
export function isSupervised(env: Readonly<Record<string, string | undefined>>, pid: number): boolean {
  return env['SYSTEMD_EXEC_PID'] === String(pid) || env['HERALD_SUPERVISED'] === '1'
}

/** One word of a command line as systemd reads it: `%` and `$` would be expanded, quotes and backslashes unescaped. */
function quoted(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')
  return `"${escaped}"`
}
