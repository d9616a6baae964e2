/** `herald import hermes`: takes the bot of a Hermes home over. It shows what it will change, and changes nothing there. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { readSettings } from '../../config/load.ts'
import { prepareHome } from '../../gateway/process/home.ts'
import { printable } from '../../observe/clean.ts'
import { type Cli, CODE, CommandError } from '../context.ts'
import { readHermes } from './hermes.ts'
import { draftOf, saveDraft, tryDraft } from './plan.ts'

export async function importHermes(
  cli: Cli,
  dir: string | undefined,
  { yes = false }: { yes?: boolean },
): Promise<number> {
  const folder = resolve(dir ?? cli.env['HERMES_HOME'] ?? join(cli.env['HOME'] || homedir(), '.hermes'))
  if (!existsSync(folder)) throw new CommandError(CODE.no, `${folder} does not exist; name the home of Hermes`)
  const { settings } = await readSettings({ ...cli, env: {} })
  const { allowed_users: users = [], allowed_groups: groups = [] } = settings.platforms['qqbot'] ?? {}
  const found = readHermes(folder, { users, groups })
  if (found === undefined)
    throw new CommandError(
      CODE.no,
      `${folder} has no QQ bot (QQ_APP_ID and QQ_CLIENT_SECRET, or platforms.qqbot.extra)`,
    )
  const draft = draftOf(cli, found.plan)
  await tryDraft(draft)
  const left = found.left.length === 0 ? [] : [`not taken over, Herald has no such thing: ${found.left.join(', ')}`]
  cli.print([`read: ${found.files.join(', ')}`, ...draft.changes, ...left].map(printable).join('\n'))
  if (draft.changes.length === 0) {
    cli.print('Nothing to change: all of it is here already.')
    return CODE.ok
  }
  if (!yes) {
    cli.print('Nothing is written yet; the same with --yes writes it.')
    return CODE.ok
  }
  prepareHome(cli.home)
  saveDraft(draft)
  cli.print('Written. Stop the gateway of Hermes before `herald run`: a bot has one owner.')
  return CODE.ok
}
