/** A user's way through the life of a service: two versions of the package, npm, and a real `systemd --user`. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { boxHere } from '../../../scripts/survival/boxes.ts'
import { preload } from '../../../scripts/survival/rows/process.ts'
import { type Ledger, ledgerOf } from '../../../scripts/survival/steps.ts'
import { configFor } from '../../../scripts/survival/world.ts'
import { UNIT_NAME } from '../../../src/gateway/process/unit.ts'
import { JOURNAL_FILE_NAME } from '../../../src/journal/journal.ts'
import { tempHome } from '../../gateway/programs.ts'
import { boxAt } from '../../support/box.ts'
import type { CleanUp } from '../../support/clean-up.ts'
import { eventually } from '../../support/eventually.ts'
import { plainLines, readState, SOURCES, startProcess } from '../../support/herald.ts'
import { installGlobally, PATH_WITH_NODE, packCopy, temporary } from '../../support/packed.ts'
import { cannotRunSystemd, startManagerForInstall, type UserManager } from '../../support/systemd.ts'

const BOUND_MS = 60_000
const NEXT_VERSION = '99.0.0'
/** systemd would have started it again five times over. */
const STAYS_DOWN_MS = 1_500

/** Makes the next version of a copy: another number, and a journal with one more step to its schema. */
function toNext(copy: string): void {
  rewrite(join(copy, 'package.json'), /"version": "[^"]+"/, `"version": "${NEXT_VERSION}"`)
  rewrite(join(copy, 'src/journal/file/schema.ts'), /,\n\]\n/, ",\n  'CREATE TABLE of_the_next (x)',\n]\n")
}

function rewrite(path: string, what: RegExp, by: string): void {
  const before = readFileSync(path, 'utf8')
  const after = before.replace(what, by)
  assert.notEqual(after, before, path)
  writeFileSync(path, after)
}

/** Where there is no journal of the system the unit writes to a file; and it is started again sooner than a user's is. */
function dropIn(manager: UserManager, log: string): void {
  const folder = join(String(manager.env['HOME']), '.config/systemd/user', `${UNIT_NAME}.d`)
  mkdirSync(folder, { recursive: true })
  const lines = [
    `StandardOutput=append:${log}`,
    'StandardError=inherit',
    'RestartSec=300ms',
    `Environment="NODE_OPTIONS=${preload('freeze-on-signal')}" FREEZE_MS=60000`,
  ]
  writeFileSync(join(folder, 'test.conf'), `[Service]\n${lines.join('\n')}\n`)
}

function schemaOf(path: string): number {
  const journal = new DatabaseSync(path, { readOnly: true })
  try {
    return Number(Object.values(journal.prepare('PRAGMA user_version').get() ?? {})[0])
  } finally {
    journal.close()
  }
}

/** A gateway that is away for a while must not find more waiting in one chat than it takes. */
const TALKERS = 40

/** People go on talking until they are asked to stop. */
function talkOn(ledger: Ledger): () => Promise<number> {
  const done = new AbortController()
  const talking = (async () => {
    let said = 0
    for (; !done.signal.aborted; said++) {
      await ledger.say({ person: `Person ${said % TALKERS}` })
      await delay(50)
    }
    return said
  })()
  return () => {
    done.abort()
    return talking
  }
}

test('install, kill, freeze, reload, upgrade, back, restore, uninstall', {
  skip: cannotRunSystemd(),
  timeout: 230_000,
}, async t => {
  const present = await packCopy(t)
  const next = await packCopy(t, toNext)
  const prefix = temporary(t)
  await installGlobally(prefix, present)

  const manager = await startManagerForInstall(t)
  const box = boxAt(await boxHere(t))
  const ledger = ledgerOf(box)
  const home = tempHome(t)
  const log = join(home, 'service.log')
  const journal = join(home, JOURNAL_FILE_NAME)
  writeFileSync(join(home, 'config.yaml'), JSON.stringify(configFor(box, {})))
  dropIn(manager, log)
  const herald = runner(t, join(prefix, 'bin/herald'), home, manager.env)
  const serves = (version: string, earlier: number): Promise<number> =>
    eventually(
      `version ${version} serves`,
      BOUND_MS,
      () => {
        const file = readState(home)
        const up = file?.version === version && file.platforms['qqbot']?.state === 'connected'
        return up && file.pid !== earlier && file.pid
      },
      () => readFileSync(log, 'utf8').split('\n').slice(-20).join('\n'),
    )

  const version = (await herald('--version')).stdout.trim()
  const installed = await herald('install')
  assert.deepEqual([installed.code, installed.stderr], [0, ''])
  const first = await serves(version, 0)
  await ledger.say({ person: 'Alice' })

  process.kill(first, 'SIGKILL')
  await ledger.say({ person: 'Alice' })
  const second = await serves(version, first)

  process.kill(second, 'SIGUSR2')
  await ledger.say({ person: 'Bob' })
  const third = await serves(version, second)
  assert.match(readFileSync(log, 'utf8'), /the event loop has not turned/)

  await manager.reload(UNIT_NAME)
  assert.equal((await herald('reload')).stdout, 'The settings are as they were.\n')
  await ledger.even()

  const schema = schemaOf(journal)
  const stopTalking = talkOn(ledger)
  await installGlobally(prefix, next)
  const told = await herald('doctor')
  assert.match(
    told.stdout,
    new RegExp(`^! gateway: .*running ${version}, installed ${NEXT_VERSION}\\n.*herald restart`, 'm'),
  )
  const restarted = await herald('restart')
  assert.deepEqual([restarted.code, restarted.stderr], [0, ''])
  const fourth = await serves(NEXT_VERSION, third)
  assert.ok((await stopTalking()) > 10)
  await ledger.even()
  assert.match((await herald('status')).stdout, new RegExp(`^Herald ${NEXT_VERSION}: running`))
  assert.doesNotMatch((await herald('doctor')).stdout, /installed 99/)
  const kept = `${journal}.schema-${schema}`
  assert.deepEqual([schemaOf(journal), schemaOf(kept)], [schema + 1, schema])

  await installGlobally(prefix, present)
  const { restarts } = await manager.facts(UNIT_NAME)
  const refused = await herald('restart')
  assert.equal(refused.code, 1)
  const line = new RegExp(`^herald: .*exit 78: .*of a newer Herald .*herald restore ${kept}.*\\n$`)
  assert.match(refused.stderr, line)
  await delay(STAYS_DOWN_MS)
  const down = await manager.facts(UNIT_NAME)
  assert.deepEqual([down.activeState, down.exitStatus, down.restarts], ['failed', 78, restarts])
  assert.equal(plainLines(readFileSync(log, 'utf8')).filter(each => each.includes('newer Herald')).length, 1)

  const restored = await herald('restore', kept, '--yes')
  assert.equal(restored.code, 0, restored.stderr)
  assert.equal((await herald('start')).code, 0)
  const last = await serves(version, fourth)
  assert.equal(schemaOf(journal), schema)
  await ledger.say({ person: 'Alice' })
  await ledger.even()

  const clone = runner(t, SOURCES[0] ?? '', home, manager.env)
  const other = await clone('restart')
  assert.match(other.stdout, /^The service runs as process \d+ \(active\)\.\nNote: it is another Herald/)
  const still = await serves(version, last)

  const gone = await herald('uninstall')
  assert.equal(gone.code, 0, gone.stderr)
  assert.throws(() => process.kill(still, 0), 'no process is left')
  assert.ok(!existsSync(join(String(manager.env['HOME']), '.config/systemd/user', UNIT_NAME)))
  assert.ok(existsSync(join(home, 'config.yaml')) && existsSync(journal), 'the home is left')
})

/** The program that npm has installed. */
function runner(t: CleanUp, program: string, home: string, env: NodeJS.ProcessEnv) {
  return async (...args: readonly string[]) => {
    const words = args[0] === '--version' ? args : [...args, '--home', home]
    const running = startProcess(t, [program, ...words], { env: { ...env, PATH: PATH_WITH_NODE }, cwd: '/' })
    const { code } = await running.end(120_000)
    return { code, stdout: running.stdout(), stderr: running.stderr() }
  }
}
