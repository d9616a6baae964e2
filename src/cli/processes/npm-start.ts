import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { hasCredentials, loadConfig } from '../../config/load.ts'
import { calledAs } from '../called-as.ts'
import type { Cli } from '../context.ts'
import { demo } from './demo.ts'
import { run } from './run.ts'

/** What `npm start` does: the real platform where the environment or `.env` names a bot, else the demo. Says which. */
export async function npmStart(cli: Cli): Promise<number> {
  if (await hasCredentials(cli)) {
    cli.print(`QQ_APP_ID and QQ_CLIENT_SECRET are set: running against ${await platformOf(cli)}, home ${cli.home}`)
    return run(cli)
  }
  const settings = cli.configPath ?? join(cli.home, 'config.yaml')
  const unused = existsSync(settings)
    ? ` (${settings} is not used here; \`${calledAs(cli.env, process.cwd())} run\` does)`
    : ''
  cli.print(`QQ_APP_ID and QQ_CLIENT_SECRET are not both set: this is the demo, with a QQ platform in a box${unused}`)
  return demo(cli, {})
}

/** A sandbox elsewhere must not be called the real one. */
async function platformOf(cli: Cli): Promise<string> {
  // What is wrong with the settings is said by the gateway itself.
  const { accounts } = await loadConfig(cli).catch(() => ({ accounts: [] }))
  const others = accounts.map(({ apiBase }) => new URL(apiBase).host).filter(host => !host.endsWith('.qq.com'))
  return others.length === 0 ? 'the real platform' : `the platform at ${[...new Set(others)].join(' and ')}`
}
