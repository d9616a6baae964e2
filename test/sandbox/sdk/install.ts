import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const CACHE = join(tmpdir(), 'herald-sandbox-sdks')
const INSTALL_TIMEOUT_MS = 120_000

/** Where an SDK was installed, or why it could not be. */
export type Installed = { readonly folder: string } | { readonly missing: string }

/**
 * Installs packages from the registry into a folder of their own under the temporary folder, once per machine. They are not
 * dependencies of this project, and none of their scripts is run.
 */
export async function installSdk(name: string, packages: readonly string[]): Promise<Installed> {
  const folder = join(CACHE, [name, ...packages].join('_').replaceAll(/[^\w.-]+/g, '-'))
  if (existsSync(join(folder, 'installed'))) return { folder }
  await mkdir(CACHE, { recursive: true })
  const fresh = await mkdtemp(join(CACHE, 'new-'))
  await writeFile(join(fresh, 'package.json'), '{"private": true}')
  const options = [
    '--ignore-scripts',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--fetch-retries=1',
    '--loglevel=error',
  ]
  try {
    await promisify(execFile)('npm', ['install', ...options, ...packages], { cwd: fresh, timeout: INSTALL_TIMEOUT_MS })
  } catch (thrown) {
    await rm(fresh, { recursive: true, force: true })
    const line = String(thrown instanceof Error ? thrown.message : thrown)
      .split('\n')
      .slice(0, 3)
      .join(' · ')
    return { missing: `${packages.join(', ')} could not be installed from the npm registry: ${line}` }
  }
  await writeFile(join(fresh, 'installed'), '')
  try {
    await rename(fresh, folder)
  } catch {
    // Another run was quicker; its copy is as good.
    await rm(fresh, { recursive: true, force: true })
  }
  return { folder }
}
