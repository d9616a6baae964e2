/** Herald as a user has it: packed from a copy of this checkout, and installed by npm into a prefix of its own. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { isRecord } from '../../src/lib/json.ts'
import { type CleanUp, cleanUp } from './clean-up.ts'
import { cleanEnvironment, ROOT } from './herald.ts'

/** What the package is made of, and what makes it. */
const PARTS = ['bin', 'src', 'CHANGELOG.md', 'package.json', 'tsconfig.json', 'tsconfig.build.json']
const MAKERS = ['scripts/build.ts', 'scripts/steps.ts']
const BOUND_MS = 120_000

/** The machine's own Node may be too old for the package. */
export const PATH_WITH_NODE = [dirname(process.execPath), process.env['PATH']].join(delimiter)

/** Packs a copy, changed by `change` where it is given. Answers with the tarball; this checkout's own build is left alone. */
export async function packCopy(t: CleanUp, change: (copy: string) => void = () => {}): Promise<string> {
  const folder = temporary(t)
  const copy = join(folder, 'copy')
  mkdirSync(copy)
  for (const part of [...PARTS, ...MAKERS]) cpSync(join(ROOT, part), join(copy, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  change(copy)
  await npm(copy, 'pack', '--pack-destination', folder)
  const name = readdirSync(folder).find(each => each.endsWith('.tgz'))
  if (name === undefined) throw new Error('npm pack made no tarball')
  return join(folder, name)
}

/** `npm install -g`, into a prefix that need not be the machine's. */
export async function installGlobally(prefix: string, tarball: string): Promise<void> {
  await npm(prefix, 'install', '--global', '--prefix', prefix, '--prefer-offline', tarball)
}

async function npm(cwd: string, ...args: string[]): Promise<void> {
  const env = cleanEnvironment({ PATH: PATH_WITH_NODE })
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const bounds = { timeout: BOUND_MS, maxBuffer: 64 * 1024 * 1024 }
  await promisify(execFile)('npm', [...args, ...quiet], { cwd, env, ...bounds }).catch((failed: unknown) => {
    const said = isRecord(failed) ? `${failed['stdout']}${failed['stderr']}` : ''
    throw new Error(`npm ${args.join(' ')}: ${said}`, { cause: failed })
  })
}

export function temporary(t: CleanUp): string {
  const folder = mkdtempSync(join(tmpdir(), 'herald-packed-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}
