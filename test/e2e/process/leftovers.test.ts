/** A walk of the survival table, or a soak, that is broken off leaves no process, no mount and no folder behind. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { cannotMount } from '../../../scripts/survival/disk.ts'
import { cleanUp } from '../../support/clean-up.ts'
import { eventually } from '../../support/eventually.ts'
import { ROOT, startProcess } from '../../support/herald.ts'

const RUN_NODE = join(ROOT, 'bin/run-node')

/** Whoever has the folder for its temporary files: the script, and everything it has started. */
function programsOf(folder: string): string[] {
  return readdirSync('/proc').filter(pid => /^\d+$/.test(pid) && environmentOf(pid).includes(`TMPDIR=${folder}`))
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return ''
  }
}

const mountsIn = (folder: string): string[] =>
  readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter(line => line.includes(folder))

const elsewhere = process.platform === 'linux' ? false : 'needs /proc'

const scripts = [
  {
    name: 'the survival table',
    words: ['scripts/survival.ts', '--sources', '--only', 'suspended for 40 s|the disk is full: nothing'],
    skip: elsewhere || (cannotMount() ?? false),
    begun: (folder: string) => mountsIn(folder).length > 0 && programsOf(folder).length >= 5,
  },
  {
    name: 'the soak',
    words: ['scripts/soak.ts', '--sources', '--messages', '1000', '--reconnects', '100'],
    skip: elsewhere,
    begun: (folder: string) => programsOf(folder).length >= 2 && readdirSync(folder).length > 0,
  },
]

for (const { name, words, skip, begun } of scripts)
  test(`${name}, broken off: nothing is left behind`, { timeout: 120_000, skip }, async t => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'herald-left-')))
    cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
    const script = startProcess(t, [RUN_NODE, ...words], { env: { TMPDIR: folder } })
    const seen = (): string => script.stdout() + script.stderr()
    await eventually('it is in the middle of it', 60_000, () => begun(folder), seen)
    script.kill('SIGTERM')
    const { code } = await script.end(40_000)
    assert.equal(code, 143, seen())
    assert.deepEqual(mountsIn(folder), [])
    assert.deepEqual(programsOf(folder), [])
    assert.deepEqual(readdirSync(folder), [])
  })
