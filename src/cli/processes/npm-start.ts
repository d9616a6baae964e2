import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { hasCredentials } from '../../config/load.ts'
import { calledAs } from '../called-as.ts'
import type { Cli } from '../context.ts'
import { demo } from './demo.ts'
import { run } from './run.ts'

/** What `npm start` does: the real platform where the environment or `.env` names a bot, else the demo. Says which. */
export async function npmStart(cli: Cli): Promise<number> {
  if (await hasCredentials(cli)) {
    cli.print(`QQ_APP_ID and QQ_CLIENT_SECRET are set: running against the real platform, home ${cli.home}`)
    return run(cli)
  }
  const settings = cli.configPath ?? join(cli.home, 'config.yaml')
  const unused = existsSync(settings)
    ? ` (${settings} is not used here; \`${calledAs(cli.env, process.cwd())} run\` does)`
    : ''
  cli.print(`QQ_APP_ID and QQ_CLIENT_SECRET are not both set: this is the demo, with a QQ platform in a box${unused}`)
  return demo(cli, {})
}
