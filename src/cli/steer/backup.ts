/** `herald backup` and `herald restore`, also while the gateway runs. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeBackup } from '../../backup/backup.ts'
import { applyRestore, checkBackup, layReady, stamp } from '../../backup/restore.ts'
import { loadConfig } from '../../config/load.ts'
import { callControl } from '../../gateway/control/control-client.ts'
import { prepareHome } from '../../gateway/process/home.ts'
import { claimHome } from '../../gateway/process/locks/instance-lock.ts'
import { sleep } from '../../lib/clock.ts'
import { describeError, HeraldError } from '../../lib/errors.ts'
import { isRecord } from '../../lib/json.ts'
import { readVersion } from '../../wiring/version.ts'
import { ask } from '../ask.ts'
import { type Cli, CODE, CommandError } from '../context.ts'

/** Draining, and opening what was taken back. */
const AGAIN_MS = 30_000
const LOOK_MS = 100
const ANSWER_MS = 1000

export function backup(cli: Cli, folder: string | undefined, { json = false }: { readonly json?: boolean }): number {
  const { home, clock } = cli
  if (!existsSync(home)) throw new CommandError(CODE.no, `there is no home ${home}; check --home`)
  mayRead(home)
  const target = folder === undefined ? join(home, 'backups', stamp(clock.nowMs())) : resolve(folder)
  const manifest = made(() => makeBackup(home, target, readVersion(), clock.nowMs()), target)
  const names = Object.keys(manifest.files)
  if (json) cli.print(JSON.stringify({ folder: target, ...manifest }, null, 2))
  else
    cli.print(`${target}: ${names.join(', ')}. It holds what people said, and secrets: keep it as private as the home.`)
  return CODE.ok
}

/** What is closed to this user looks empty to them. */
function mayRead(path: string): void {
  try {
    accessSync(path, statSync(path).isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK)
  } catch (thrown) {
    throw new CommandError(CODE.no, `${describeError(thrown)}; run this as the user that it belongs to`)
  }
}

/** What the disk says is about names that nobody gave. */
function made<T>(make: () => T, target: string): T {
  try {
    return make()
  } catch (thrown) {
    if (thrown instanceof HeraldError) throw thrown
    const why = describeError(thrown).replace(/^(\w+: [^,]*),.*$/s, '$1')
    throw new CommandError(
      CODE.no,
      `no backup could be written to ${target} (${why}); name a folder on a disk that can be written`,
    )
  }
}

export async function restore(cli: Cli, given: string, { yes = false }: { readonly yes?: boolean }): Promise<number> {
  const path = resolve(given)
  if (!existsSync(path)) throw new CommandError(CODE.no, `${path} is not there; name what \`herald backup\` made`)
  mayRead(path)
  const found = checkBackup(path)
  // Settings that no gateway would take must not take the place of good ones.
  if ('config.yaml' in found.files || '.env' in found.files) await loadConfig({ home: path, env: cli.env })
  const what = `${Object.keys(found.files).join(', ')} ${found.origin}`
  if (!yes) {
    cli.print(
      `This would take back ${what}; the files that are there now would be kept in the home. Nothing is changed; --yes does it.`,
    )
    return CODE.no
  }
  const home = prepareHome(cli.home)
  const before = await bootOf(home)
  if (before === undefined) {
    const { pid, platform } = process
    const lock = await claimHome({ clock: cli.clock, pid, home, platform })
    try {
      layReady(home, found, cli.clock.nowMs())
      cli.print(`Taken back: ${what}. The former files are in ${applyRestore(home, cli.clock.nowMs())}.`)
    } finally {
      await lock.release()
    }
    return CODE.ok
  }
  layReady(home, found, cli.clock.nowMs())
  await ask(cli, 'POST', '/begin-again')
  const endMs = cli.clock.monotonicMs() + AGAIN_MS
  for (;;) {
    const boot = await bootOf(home)
    if (boot !== undefined && boot !== before) break
    if (cli.clock.monotonicMs() > endMs)
      throw new CommandError(CODE.unknown, 'the gateway did not come back with it; see `herald status` and its log')
    await sleep(cli.clock, LOOK_MS)
  }
  cli.print(`Taken back: ${what}; the gateway has begun again with it.`)
  return CODE.ok
}

/** Which gateway runs in the home, if one does. */
async function bootOf(home: string): Promise<string | undefined> {
  const reply = await callControl(home, 'GET', '/status', undefined, ANSWER_MS)
  if (reply.kind !== 'answer' || !isRecord(reply.body)) return undefined
  return String(reply.body['boot_id'])
}
