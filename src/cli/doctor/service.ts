/** The service as it is installed, against the one that this version would write. */
import { existsSync, realpathSync } from 'node:fs'
import type { ServiceManager } from '../../service/service.ts'
import { createShell } from '../../service/shell.ts'
import type { Cli } from '../context.ts'
import { serviceManager, servicePlan } from '../service.ts'
import { bad, doubt, type Finding, ok } from './check.ts'
import { checkNode } from './machine.ts'

const MOST_LINES = 6

export async function checkService(cli: Cli): Promise<readonly Finding[]> {
  if (cli.env['HERALD_SUPERVISED'] === '1')
    return [ok('service', 'something else starts Herald again: HERALD_SUPERVISED')]
  let manager: ServiceManager
  try {
    manager = await serviceManager(cli, {})
  } catch (error) {
    const why = error instanceof Error ? (error.message.split(';')[0] ?? '') : ''
    return [doubt('service', why, 'let a container or another supervisor start Herald (contrib/)')]
  }
  const installed = manager.installed()
  if (installed === undefined)
    return [doubt('service', 'not installed: nothing starts Herald with the machine', '`herald install`')]
  const lingering = await manager.lingering()
  return [
    ...(await compare(cli, manager, installed)),
    ...(await manager.troubles()).map(trouble => bad('service', trouble, `remove the drop-in, or \`herald install\``)),
    ...(lingering === undefined ? [] : [doubt('service', ...split(lingering))]),
  ]
}

async function compare(cli: Cli, manager: ServiceManager, installed: string): Promise<readonly Finding[]> {
  const home = existsSync(cli.home) ? realpathSync(cli.home) : cli.home
  if (!manager.serves(installed, home))
    return [
      doubt('service', `${manager.name} serves another home`, 'nothing, or `herald uninstall` and `herald install`'),
    ]
  const [, program, entry] = /^ExecStart="([^"]+)" "([^"]+)"/m.exec(installed) ?? []
  const gone = [program, entry].find(path => path !== undefined && !existsSync(path))
  if (gone !== undefined)
    return [bad('service', `${manager.file} starts ${gone}, which is gone`, '`herald install` writes it anew')]
  const old = program === undefined ? undefined : await oldNode(cli, program)
  if (old !== undefined)
    return [
      bad('service', `${manager.file} starts ${program}: Node ${old.found}`, `${old.cure}, then \`herald install\``),
    ]
  const path = /^Environment="PATH=(.*)"$/m.exec(installed)?.[1]?.replaceAll('%%', '%')
  const plan = servicePlan(cli, home, manager.scope === 'system')
  // Another Node that is new enough, and another PATH, are as right as those of this call.
  const command = program === undefined ? plan.command : [program, ...plan.command.slice(1)]
  const wanted = manager.text({ ...plan, command, path: manager.kind === 'systemd' ? path : plan.path })
  if (wanted === installed) return [ok('service', `${manager.name}, as this version writes it`)]
  const [has, wants] = [installed, wanted].map(text => new Set(text.split('\n').filter(line => /^[^#\s]/.test(line))))
  const lines = [
    ...[...(has ?? [])].filter(line => !wants?.has(line)).map(line => `has ${line}`),
    ...[...(wants ?? [])].filter(line => !has?.has(line)).map(line => `lacks ${line}`),
  ]
  const found = `${manager.file} is not as this version writes it: ${lines.slice(0, MOST_LINES).join('; ') || 'comments only'}`
  return [bad('service', found, '`herald install` writes it anew')]
}

/** What is to be said of the Node that a unit starts, unless it is new enough. */
async function oldNode({ env }: Cli, program: string): Promise<Finding | undefined> {
  const { stdout } = await createShell(env)(program, '--version')
  const finding = checkNode(stdout.trim().replace(/^v/, ''))
  return finding.verdict === 'ok' ? undefined : finding
}

function split(text: string): [string, string] {
  const [found = '', cure = ''] = text.split('; ')
  return [found, cure]
}
