/** Herald as a unit of systemd: of the user's own manager, or of the system's. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { homeWords, quoted, UNIT_NAME, unitText } from '../gateway/process/unit.ts'
import { ServiceError, type ServiceFacts, type ServiceManager } from './service.ts'
import type { Shell, ShellAnswer } from './shell.ts'

export interface SystemdOptions {
  readonly scope: 'user' | 'system'
  readonly shell: Shell
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of whoever calls. */
  readonly uid: number
  readonly userHome: string
  /** Where units of the system lie; another place in tests. */
  readonly systemFolder?: string
}

const LAST_LINES = '200'

/** What has to be in force, whatever the files say. */
const EFFECTIVE: Readonly<Record<string, RegExp>> = {
  Type: /^notify(-reload)?$/,
  NotifyAccess: /^all$/,
  Restart: /^(on-failure|always)$/,
  RestartPreventExitStatus: /\b69\b.*\b78\b/,
  StartLimitIntervalUSec: /^0$/,
  NeedDaemonReload: /^no$/,
  LoadState: /^loaded$/,
}

export function createSystemd(options: SystemdOptions): ServiceManager {
  const { scope, shell, env, uid } = options
  const ofUser = scope === 'user'
  const folder = ofUser
    ? join(env['XDG_CONFIG_HOME'] || join(options.userHome, '.config'), 'systemd/user')
    : (options.systemFolder ?? '/etc/systemd/system')
  const file = join(folder, UNIT_NAME)
  const scoped = ofUser ? ['--user'] : []

  const ask = (...args: string[]): Promise<ShellAnswer> => shell('systemctl', ...scoped, ...args)
  const tell = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await ask(...args)
    if (code !== 0) throw new ServiceError(`systemctl ${args.join(' ')}: ${lastLine(stderr)}`, cureOf(stderr, ofUser))
  }
  const facts = async (): Promise<ServiceFacts> => {
    const { stdout } = await ask('show', UNIT_NAME)
    const of = (name: string): string => stdout.match(new RegExp(`^${name}=(.*)$`, 'm'))?.[1] ?? ''
    return {
      state: of('ActiveState') || 'unknown',
      running: of('ActiveState') === 'active',
      pid: Number(of('MainPID')) || 0,
      result: of('Result'),
      exitStatus: Number(of('ExecMainStatus')) || 0,
    }
  }

  return {
    kind: 'systemd',
    scope,
    name: `the systemd unit ${UNIT_NAME} of ${ofUser ? 'this user' : 'the system'}`,
    file,
    installed: () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined),
    serves: (definition, home) => definition.includes(homeWords(home)),
    starts: (definition, entry) => definition.includes(quoted(entry)),
    text: plan => unitText({ ...plan, runAs: ofUser ? undefined : plan.runAs }),
    async install(plan) {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, unitText({ ...plan, runAs: ofUser ? undefined : plan.runAs }))
      await tell('daemon-reload')
      await tell('enable', UNIT_NAME)
    },
    async uninstall() {
      // Also where it is not running, or was never enabled: what counts is that nothing is left.
      await ask('disable', '--now', UNIT_NAME)
      rmSync(file, { force: true })
      await tell('daemon-reload')
      await ask('reset-failed', UNIT_NAME)
    },
    start: () => tell('start', UNIT_NAME),
    stop: () => tell('stop', UNIT_NAME),
    restart: () => tell('restart', UNIT_NAME),
    facts,
    async troubles() {
      const { stdout } = await ask('show', UNIT_NAME)
      return Object.entries(EFFECTIVE).flatMap(([name, wanted]) => {
        const value = stdout.match(new RegExp(`^${name}=(.*)$`, 'm'))?.[1]
        return value === undefined || wanted.test(value) ? [] : [`in force is ${name}=${value}`]
      })
    },
    async logs(follow) {
      // A unit may have been told to write a file, for example where no journal is kept.
      const { stdout } = await ask('cat', UNIT_NAME)
      const target = [...stdout.matchAll(/^StandardOutput=(?:append|file|truncate):(.+)$/gm)].at(-1)?.[1]
      if (target !== undefined) return ['tail', '-n', LAST_LINES, ...(follow ? ['-F'] : []), target]
      const unit = ofUser ? '--user-unit' : '--unit'
      return ['journalctl', unit, UNIT_NAME, '-n', LAST_LINES, '-o', 'cat', ...(follow ? ['-f'] : ['--no-pager'])]
    },
    async lingering() {
      if (!ofUser) return undefined
      const { code, stdout } = await shell('loginctl', 'show-user', String(uid), '--property=Linger', '--value')
      if (code !== 0 || stdout.trim() !== 'no') return undefined
      return `the service ends when you log out, and does not begin with the machine; \`sudo loginctl enable-linger ${uid}\` lets it stay`
    },
  }
}

/** Whether there is a manager that answers; else why not, with the cure. */
export async function systemdTrouble(shell: Shell, scope: 'user' | 'system'): Promise<string | undefined> {
  const { code, stderr } = await shell('systemctl', ...(scope === 'user' ? ['--user'] : []), 'show', '-p', 'Version')
  if (code === 0) return undefined
  if (code === 127) return 'this system has no systemd'
  return `systemd does not answer (${lastLine(stderr)})`
}

function lastLine(text: string): string {
  return text.split('\n').at(-1) || 'it failed and said nothing'
}

function cureOf(stderr: string, ofUser: boolean): string | undefined {
  if (/Failed to connect to .*bus/i.test(stderr))
    return ofUser ? 'log in as this user (not with su), or set XDG_RUNTIME_DIR=/run/user/$(id -u)' : 'run it with sudo'
  if (/Access denied|Permission denied|authentication required/i.test(stderr)) return 'run it with sudo'
  if (/not found|not loaded/i.test(stderr)) return '`herald install` installs it'
  return /control process exited|failed because|timeout/i.test(stderr) ? '`herald logs` says why' : undefined
}
