import { EXIT } from './exit.ts'

export const UNIT_NAME = 'herald.service'

export interface UnitOptions {
  /** What systemd starts, absolute; it must become the gateway itself, without a shell or npm between. */
  readonly command: readonly string[]
  /** Absolute. */
  readonly home: string
  /** Absolute; the file in the home when absent. */
  readonly configPath?: string | undefined
  /** Where agents that are programs are found; systemd's own PATH knows no folder of a user. */
  readonly path?: string | undefined
  /** For the manager of the whole system: the user (name or number) that the gateway runs as. */
  readonly runAs?: string | undefined
}

/** The text of the systemd unit: of a user's manager, or with `runAs` of the system's. */
export function unitText(options: UnitOptions): string {
  const config = options.configPath === undefined ? [] : ['--config', options.configPath]
  const words = [...options.command, 'run'].map(quoted).join(' ')
  const command = [words, homeWords(options.home), ...config.map(quoted)].join(' ')
  const { path, runAs } = options
  const environment = path === undefined ? '' : `Environment=${assigned('PATH', path)}\n`
  return `[Unit]
Description=Herald, a gateway between chat platforms and AI agents
# Without this, five quick exits would end the service for good. Herald keeps its own growing delays.
StartLimitIntervalSec=0

[Service]
Type=notify
# The words to systemd come from a child, systemd-notify.
NotifyAccess=all
ExecStart=${command}
ExecReload=kill -HUP $MAINPID
Environment=HERALD_SUPERVISED=1
${environment}${runAs === undefined ? '' : `User=${runAs}\n`}Restart=on-failure
RestartSec=5
RestartPreventExitStatus=${EXIT.ownedElsewhere} ${EXIT.configuration}
WatchdogSec=30
# Ready when its home is open; an upgrade may have to copy and migrate a large journal before.
TimeoutStartSec=900
TimeoutStopSec=20
KillMode=mixed
UMask=0077
${HARDENING}${runAs === undefined ? '' : SYSTEM_HARDENING}
[Install]
WantedBy=${runAs === undefined ? 'default' : 'multi-user'}.target
`
}

/** The part of a unit's command line that says whose home it serves. */
export function homeWords(home: string): string {
  return ['--home', home].map(quoted).join(' ')
}

/**
 * What neither the gateway nor an agent that it starts needs. Files are left alone, because an agent's work is there, and so is
 * memory that is written and then run: V8 compiles into it.
 */
const HARDENING = `NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
`

/** Only the system's manager can carry these out everywhere: they need a mount namespace, or capabilities to take away. */
const SYSTEM_HARDENING = `ProtectSystem=full
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
CapabilityBoundingSet=
`

/**
 * Whether something restarts this process when it exits. `INVOCATION_ID` alone proves nothing: every shell under a service
 * inherits it.
 */
export function isSupervised(env: Readonly<Record<string, string | undefined>>, pid: number): boolean {
  return env['SYSTEMD_EXEC_PID'] === String(pid) || env['HERALD_SUPERVISED'] === '1'
}

/** One word of a command line as systemd reads it: `%` and `$` would be expanded, quotes and backslashes unescaped. */
export function quoted(word: string): string {
  return `"${escaped(word).replaceAll('$', '$$$$')}"`
}

/** In an assignment of the environment a `$` is only a character. */
function assigned(name: string, value: string): string {
  return `"${escaped(`${name}=${value}`)}"`
}

function escaped(word: string): string {
  return word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')
}
