/** The service as it is installed, against the one that this version would write. */
import { existsSync } from 'node:fs'
import type { ServiceManager } from '../../service/service.ts'
import type { Cli } from '../context.ts'
import { serviceManager, servicePlan } from '../service.ts'
import { bad, doubt, type Finding, ok } from './check.ts'

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
    ...compare(cli, manager, installed),
    ...(await manager.troubles()).map(trouble => bad('service', trouble, `remove the drop-in, or \`herald install\``)),
    ...(lingering === undefined ? [] : [doubt('service', ...split(lingering))]),
  ]
}

function compare(cli: Cli, manager: ServiceManager, installed: string): readonly Finding[] {
  const program = /^ExecStart="([^"]+)"/m.exec(installed)?.[1]
  if (program !== undefined && !existsSync(program))
    return [bad('service', `${manager.file} starts ${program}, which is gone`, '`herald install` writes it anew')]
  const path = /^Environment="PATH=(.*)"$/m.exec(installed)?.[1]?.replaceAll('%%', '%')
  const plan = servicePlan(cli, cli.home, manager.scope === 'system')
  const wanted = manager.text({ ...plan, path: manager.kind === 'systemd' ? path : plan.path })
  if (wanted === installed) return [ok('service', `${manager.name}, as this version writes it`)]
  const [has, wants] = [installed, wanted].map(text => new Set(text.split('\n').filter(line => /^[^#\s]/.test(line))))
  const lines = [
    ...[...(has ?? [])].filter(line => !wants?.has(line)).map(line => `has ${line}`),
    ...[...(wants ?? [])].filter(line => !has?.has(line)).map(line => `lacks ${line}`),
  ]
  const found = `${manager.file} is not as this version writes it: ${lines.slice(0, MOST_LINES).join('; ') || 'comments only'}`
  return [bad('service', found, '`herald install` writes it anew')]
}

function split(text: string): [string, string] {
  const [found = '', cure = ''] = text.split('; ')
  return [found, cure]
}
