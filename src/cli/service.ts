/** `herald install`, `uninstall`, `start`, `stop`, `restart`, `logs`: the service of the operating system. */
import { spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { extname, join } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { callControl } from '../gateway/control/control-client.ts'
import { prepareHome } from '../gateway/process/home.ts'
import { readStateFile } from '../gateway/status/state-reader.ts'
import { isStatusDocument } from '../gateway/status/status-check.ts'
import { sleep } from '../lib/clock.ts'
import { createLaunchd } from '../service/launchd.ts'
import type { ServiceFacts, ServiceManager, ServicePlan } from '../service/service.ts'
import { createShell } from '../service/shell.ts'
import { stableProgram } from '../service/stable-program.ts'
import { createSystemd, systemdTrouble } from '../service/systemd.ts'
import { type Cli, CODE, CommandError } from './context.ts'

/** What of this program a service starts. */
const ENTRY = join(import.meta.dirname, `herald${extname(import.meta.filename)}`)

export interface ServiceFlags {
  readonly system?: boolean
}

/** READY=1 comes when configuration, journal and state file stand; a busy machine takes its time. */
const UP_MS = 60_000
const LOOK_MS = 100
const ASK_MS = 1000

/** The manager that a flag names; without one the user's, or the system's where only that has our unit. */
export async function serviceManager(cli: Cli, { system }: ServiceFlags): Promise<ServiceManager> {
  const uid = process.getuid?.() ?? 0
  const env = withRuntimeFolder(cli.env, uid)
  const shell = createShell(env)
  const userHome = cli.env['HOME'] || homedir()
  if (process.platform === 'darwin') return createLaunchd({ shell, uid, userHome, home: cli.home })
  const [ofUser, ofSystem] = (['user', 'system'] as const).map(scope =>
    createSystemd({ scope, shell, env, uid, userHome }),
  )
  if (!ofUser || !ofSystem) throw new Error('two managers were made')
  const meant = system ?? (ofUser.installed() === undefined && ofSystem.installed() !== undefined)
  const trouble = await systemdTrouble(shell, meant ? 'system' : 'user')
  if (trouble === undefined) return meant ? ofSystem : ofUser
  throw new CommandError(
    CODE.no,
    `${trouble}; log in as the user itself (not with su), use --system as root, run \`herald run\` under another supervisor, or a container (contrib/)`,
  )
}

export async function install(cli: Cli, flags: ServiceFlags): Promise<number> {
  const manager = await serviceManager(cli, flags)
  const plan = await planOf(cli, flags.system === true)
  const before = manager.installed()
  await refuseOthers(plan.home, manager, before)
  await manager.install(plan)
  cli.print(`${before === undefined ? 'Installed' : 'Written anew:'} ${manager.name} (${manager.file})`)

  const askedAtMs = cli.clock.nowMs()
  await (before === undefined ? manager.start() : manager.restart()).catch(() => {})
  const up = await untilUp(cli, manager, 0)
  if (!up.running) throw notUp(cli, up, askedAtMs)
  cli.print(`It runs as process ${up.pid}.`)

  process.kill(up.pid, 'SIGKILL')
  const again = await untilUp(cli, manager, up.pid)
  if (!again.running)
    throw new CommandError(CODE.no, `it was killed to try it, and did not come back: ${why(cli, again, askedAtMs)}`)
  cli.print(`It was killed to try it, and came back as process ${again.pid}.`)
  for (const warning of [rootTrouble(plan), await manager.lingering()])
    if (warning !== undefined) cli.print(`Note: ${warning}.`)
  return CODE.ok
}

export async function uninstall(cli: Cli, flags: ServiceFlags): Promise<number> {
  const manager = await serviceManager(cli, flags)
  if (manager.installed() === undefined) throw notInstalled(manager)
  await manager.uninstall()
  cli.print(`Removed ${manager.name}. The home ${cli.home} is as it was.`)
  return CODE.ok
}

export async function steerService(cli: Cli, verb: 'start' | 'stop' | 'restart', flags: ServiceFlags): Promise<number> {
  const manager = await serviceManager(cli, flags)
  const installed = manager.installed()
  if (installed === undefined) throw notInstalled(manager)
  const askedAtMs = cli.clock.nowMs()
  await manager[verb]().catch(async (thrown: unknown) => {
    const facts = await manager.facts()
    const ended = !facts.running && facts.result !== '' && facts.result !== 'success'
    throw verb !== 'stop' && ended ? notUp(cli, facts, askedAtMs) : thrown
  })
  const { state, pid } = await manager.facts()
  cli.print(verb === 'stop' ? `The service is stopped (${state}).` : `The service runs as process ${pid} (${state}).`)
  if (verb !== 'stop' && !manager.starts(installed, ENTRY))
    cli.print('Note: it is another Herald than this one that the service starts; `herald install` writes it anew.')
  return CODE.ok
}

/** Becomes the program that shows the log, and ends as it ends. */
export async function logs(
  cli: Cli,
  { follow = false, ...flags }: ServiceFlags & { follow?: boolean },
): Promise<number> {
  const manager = await serviceManager(cli, flags)
  if (manager.installed() === undefined) throw notInstalled(manager)
  const [program = '', ...args] = await manager.logs(follow)
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], env: cli.env })
    const pass = (): void => void child.kill('SIGTERM')
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, pass)
    child.on('error', error => reject(new CommandError(CODE.no, `${program} cannot be run: ${error.message}`)))
    // Being asked to end is how following ends.
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? CODE.no) : CODE.ok))
  })
}

/** What the service is to be, checked as far as it can be without starting it. */
async function planOf(cli: Cli, system: boolean): Promise<ServicePlan> {
  const home = prepareHome(cli.home)
  const plan = servicePlan(cli, home, system)
  if (plan.command.some(word => word.includes('/_npx/')))
    throw new CommandError(CODE.no, 'npx keeps this program in a cache that is emptied; `npm install -g herald` first')
  // The service has none of the variables of this shell.
  await loadConfig({ home, configPath: cli.configPath, env: {} }).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    throw new CommandError(
      78,
      `${message} (the service does not see the variables of this shell${homeUnderSudo(cli, home)})`,
    )
  })
  return plan
}

/** Under sudo the home is root's, unless it is named. */
function homeUnderSudo({ env }: Cli, home: string): string {
  const caller = env['SUDO_USER']
  return caller === undefined || caller === 'root'
    ? ''
    : `; under sudo its home is ${home}: name that of ${caller} with --home`
}

function rootTrouble({ home, runAs }: ServicePlan): string | undefined {
  return runAs === '0'
    ? `it runs as root, who owns ${home}; agents and hooks do too. In a home of another user (--home) it runs as that one`
    : undefined
}

export function servicePlan(cli: Cli, home: string, system: boolean): ServicePlan {
  return {
    command: [stableProgram(process.execPath), ENTRY],
    home,
    configPath: cli.configPath,
    path: tidyPath(cli.env['PATH']),
    runAs: system ? String(statSync(home).uid) : undefined,
  }
}

/** One that runs already would hold the home, and one of another home would be replaced. */
async function refuseOthers(home: string, manager: ServiceManager, before: string | undefined): Promise<void> {
  if (before !== undefined && !manager.serves(before, home))
    throw new CommandError(CODE.no, `${manager.name} serves another home; \`herald uninstall\` it first`)
  const reply = await callControl(home, 'GET', '/status', undefined, ASK_MS)
  if (reply.kind === 'not_running') return
  const pid = reply.kind === 'answer' && isStatusDocument(reply.body) ? reply.body.pid : undefined
  const { pid: own } = before === undefined ? { pid: 0 } : await manager.facts()
  if (pid !== undefined && pid === own) return
  throw new CommandError(CODE.no, `a gateway runs in ${home} already${pid ? ` (process ${pid})` : ''}; end it first`)
}

/** Waits until a process other than `former` runs and is ready, or the manager has given it up. */
async function untilUp({ clock }: Cli, manager: ServiceManager, former: number): Promise<ServiceFacts> {
  const endMs = clock.monotonicMs() + UP_MS
  for (;;) {
    const facts = await manager.facts()
    const up = facts.running && facts.pid !== 0 && facts.pid !== former
    if (up || facts.state === 'failed' || clock.monotonicMs() > endMs) return up ? facts : { ...facts, running: false }
    await sleep(clock, LOOK_MS)
  }
}

function notUp(cli: Cli, facts: ServiceFacts, sinceMs: number): CommandError {
  return new CommandError(CODE.no, `it does not come up: ${why(cli, facts, sinceMs)}; \`herald logs\` shows more`)
}

/** What a process that ended before `sinceMs` wrote last is no news of this one. */
function why({ home, clock }: Cli, { state, result, exitStatus }: ServiceFacts, sinceMs: number): string {
  const reading = readStateFile(home, clock)
  const last = reading.trusted ? reading.document : reading.lastWord
  const said = last !== undefined && Date.parse(last.start_time) >= sinceMs ? last.exit_reason : null
  return `${state}, ${result || 'no result'}, exit ${exitStatus}${said ? `: ${said}` : ''}`
}

function notInstalled({ name }: ServiceManager): CommandError {
  return new CommandError(CODE.notRunning, `${name} is not installed; \`herald install\` installs it`)
}

/** A folder that depends on where one stands is of no use to a service. */
function tidyPath(path: string | undefined): string | undefined {
  return path
    ?.split(':')
    .filter(folder => folder.startsWith('/'))
    .join(':')
}

/** After `su` or from cron the variable is missing, and the folder is there. */
function withRuntimeFolder(env: Cli['env'], uid: number): Cli['env'] {
  const folder = `/run/user/${uid}`
  return env['XDG_RUNTIME_DIR'] || !existsSync(folder) ? env : { ...env, XDG_RUNTIME_DIR: folder }
}
