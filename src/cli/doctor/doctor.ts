/** `herald doctor`: everything that can be wrong around a gateway, looked at once, with a cure for every red line. */
import type { Config } from '../../config/config.ts'
import { loadConfig } from '../../config/load.ts'
import { describeError } from '../../lib/errors.ts'
import { printable } from '../../observe/clean.ts'
import { type Cli, CODE } from '../context.ts'
import { painter } from '../words.ts'
import { checkAgents } from './agents.ts'
import { bad, type Check, doubt, examine, type Finding, ok } from './check.ts'
import { checkGateway } from './gateway.ts'
import { checkDisk, checkHome, checkJournal } from './home.ts'
import { checkNode, checkNotify, checkProxies } from './machine.ts'
import { checkAccounts } from './platform.ts'
import { checkService } from './service.ts'
import { checkTools } from './tools.ts'

/** Exit 0 when nothing is red, else 1. */
export async function doctor(cli: Cli, { json = false }: { readonly json?: boolean }): Promise<number> {
  const { home, env } = cli
  const { config, findings } = await settingsOf(cli)
  const withSettings: Readonly<Record<string, Check>> =
    config === undefined
      ? {}
      : {
          accounts: signal => checkAccounts(config, cli, signal),
          tools: signal => checkTools(cli, config, signal),
          agents: signal => checkAgents(config, cli, signal),
        }
  const all = [
    ...findings,
    ...(await examine({
      node: async () => [checkNode(process.versions.node)],
      home: async () => checkHome(home),
      disk: async () => [checkDisk(home)],
      journal: async () => [checkJournal(home)],
      proxies: async () => [checkProxies(env)],
      ...withSettings,
      gateway: () => checkGateway(cli, config),
      'systemd-notify': async () => [checkNotify(env)],
      service: () => checkService(cli),
    })),
  ]
  const healthy = all.every(({ verdict }) => verdict !== 'bad')
  cli.print(json ? JSON.stringify({ healthy, findings: all }, null, 2) : all.map(one => line(one, cli)).join('\n'))
  return healthy ? CODE.ok : CODE.no
}

async function settingsOf(cli: Cli): Promise<{ config: Config | undefined; findings: readonly Finding[] }> {
  try {
    const config = await loadConfig(cli)
    const doubts = config.warnings.map(warning => doubt('settings', warning, 'change it where it is not meant'))
    const found = config.accounts.map(({ account }) => account).join(', ')
    return { config, findings: doubts.length > 0 ? doubts : [ok('settings', `right; ${found}`)] }
  } catch (error) {
    // What is wrong with settings is always said together with its cure.
    const [found = '', ...cure] = describeError(error).split('; ')
    return { config: undefined, findings: [bad('settings', found, cure.join('; ') || 'mend it')] }
  }
}

const MARKS = { ok: ['✓', 'green'], doubt: ['!', 'yellow'], bad: ['✗', 'red'] } as const

function line({ verdict, what, found, cure }: Finding, { colour }: Cli): string {
  const [mark, style] = MARKS[verdict]
  const paint = painter(colour)
  const head = `${paint(style, mark)} ${paint('bold', printable(what))}: ${printable(found)}`
  return cure === undefined ? head : `${head}\n    → ${printable(cure)}`
}
