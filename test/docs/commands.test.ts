/** Every command line in the documents is one that the program takes, and each command is run for real: here, or in the test that is named. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { boxHere } from '../../scripts/survival/boxes.ts'
import { createWorld, type Scene } from '../../scripts/survival/world.ts'
import { eventually } from '../support/eventually.ts'
import { type Herald, ROOT, SOURCES, startProcess } from '../support/herald.ts'
import { commandLines, DOCUMENTS } from './documents.ts'

const LINES = DOCUMENTS.flatMap(commandLines)
/** Commands that have commands of their own. */
const GROUPS = new Set(['dead', 'pairing', 'config', 'import'])

const pathOf = ([first = '', second]: readonly string[]): string =>
  GROUPS.has(first) && second !== undefined && /^[a-z]+$/.test(second) ? `${first} ${second}` : first

/** Commands that are run elsewhere, by the test that runs them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  install: 'test/service/systemd.test.ts',
  uninstall: 'test/service/systemd.test.ts',
  start: 'test/service/systemd.test.ts',
  stop: 'test/service/systemd.test.ts',
  logs: 'test/cli/service.test.ts',
  setup: 'test/cli/setup.test.ts',
  demo: 'test/e2e/process/demo.test.ts',
  doctor: 'test/cli/doctor.test.ts',
  'npm-start': 'test/e2e/process/demo.test.ts',
}

interface Ready {
  readonly scene: Scene
  readonly herald: Herald
  /** Where a backup goes. */
  readonly copy: string
  /** A message that was answered. */
  readonly messageId: string
}

/** How each command is run, and how it ends; the rest of its words are looked at by its own tests. */
const RUNS: Readonly<
  Record<string, { words(ready: Ready): readonly string[]; readonly code: number; readonly says: RegExp }>
> = {
  status: { words: () => [], code: 0, says: /qqbot {2}connected/ },
  trace: { words: ({ messageId }) => [messageId], code: 0, says: /answered/ },
  export: { words: () => ['qqbot:c2c:NOBODY'], code: 1, says: /nothing that was said/ },
  dead: { words: () => ['list'], code: 0, says: /nothing/i },
  'dead list': { words: () => [], code: 0, says: /nothing/i },
  'dead retry': { words: () => ['--all'], code: 0, says: /./ },
  'dead drop': { words: () => ['--all'], code: 0, says: /./ },
  pairing: { words: () => ['list'], code: 0, says: /qqbot/ },
  'pairing list': { words: () => [], code: 0, says: /qqbot/ },
  'pairing owner': { words: () => [], code: 0, says: /[0-9A-Z]{4}-[0-9A-Z]{4}/ },
  'pairing approve': { words: () => ['ABCD-EFGH'], code: 1, says: /ABCD-EFGH|code/ },
  'pairing block': { words: () => ['SOMEBODY'], code: 0, says: /SOMEBODY/ },
  'pairing revoke': { words: () => ['NOBODY'], code: 1, says: /NOBODY|nobody/ },
  pause: { words: () => ['qqbot'], code: 0, says: /is paused/ },
  resume: { words: () => ['qqbot'], code: 0, says: /lives again/ },
  restart: { words: () => ['qqbot'], code: 0, says: /is restarted/ },
  reload: { words: () => [], code: 0, says: /settings/ },
  'config check': { words: () => [], code: 0, says: /./ },
  'config explain': { words: () => ['gateway.http.port'], code: 0, says: /gateway\.http\.port/ },
  'config schema': { words: () => [], code: 0, says: /Herald settings/ },
  'log-level': { words: () => [], code: 0, says: /level info/ },
  send: { words: () => ['qqbot:c2c:NOBODY', 'hello'], code: 1, says: /refused|unknown|held/ },
  dashboard: { words: () => [], code: 0, says: /http:\/\/127\.0\.0\.1/ },
  backup: { words: ({ copy }) => [copy], code: 0, says: /copy/ },
  restore: { words: ({ copy }) => [copy], code: 1, says: /--yes/ },
  incident: { words: () => ['list'], code: 0, says: /./ },
}
/** These live until they are stopped. */
const LONG: Readonly<Record<string, RegExp>> = { run: /herald serves/, sandbox: /127\.0\.0\.1/ }
/** Those that need a scene of their own are below. */
const OWN = new Set(['import hermes', 'import'])

test('each command line is one that the program takes', async t => {
  const helps = new Map<string, string>()
  for (const { where, words } of LINES) {
    const path = pathOf(words)
    const help = helps.get(path) ?? (await helpOf(t, path))
    helps.set(path, help)
    assert.ok(help.startsWith(`Usage: herald ${path}`), `${where}: there is no command \`${path}\``)
    for (const option of words.filter(word => /^--[a-z]/.test(word)))
      assert.ok(help.includes(option.split('=')[0] ?? ''), `${where}: ${path} knows no ${option}`)
  }
})

test('each command that they name is run, here or in the test that is named', () => {
  const named = new Set(LINES.map(({ words }) => pathOf(words)))
  for (const path of named) {
    const elsewhere = ELSEWHERE[path]
    if (elsewhere !== undefined) assert.ok(existsSync(join(ROOT, elsewhere)), elsewhere)
    else
      assert.ok(
        path in RUNS || path in LONG || OWN.has(path),
        `add how \`herald ${path}\` is run to test/docs/commands.test.ts`,
      )
  }
})

test('they end as the documents say, against a gateway that runs', async t => {
  const world = createWorld(t, SOURCES, boxHere)
  const scene = await world.scene()
  const copy = join(world.folder(), 'copy')
  const herald = scene.start()
  await herald.connected()
  const { id: messageId } = await scene.box.say({ person: 'Alice', text: 'hello' })
  await eventually('an answer', 10_000, async () => (await scene.box.answers({ person: 'Alice' })).length > 0)
  for (const [path, { words, code, says }] of Object.entries(RUNS)) {
    if (!(await helpOf(t, path)).startsWith(`Usage: herald ${path}`)) continue
    const ended = await scene.command(...path.split(' '), ...words({ scene, herald, copy, messageId }))
    assert.equal(ended.code, code, `${path}: ${ended.stderr}`)
    assert.match(ended.stdout + ended.stderr, says, path)
    if (path === 'pause') continue
    await herald.until('connected, or paused', ({ state }) => state === 'connected' || state === 'paused')
  }
})

test('those that live until they are stopped', async t => {
  const scene = await createWorld(t, SOURCES, boxHere).scene()
  for (const [path, says] of Object.entries(LONG)) {
    const running = startProcess(t, [...SOURCES, path, '--home', scene.home])
    await eventually(path, 10_000, () => says.test(running.stdout() + running.stderr()), running.stderr)
    running.kill('SIGTERM')
    assert.equal((await running.end(10_000)).code, 0, path)
  }
})

test('import hermes, from a home of Hermes', async t => {
  const world = createWorld(t, SOURCES, boxHere)
  const { command } = await world.scene()
  const hermes = join(world.folder(), 'hermes')
  mkdirSync(hermes)
  const { code, stdout, stderr } = await command('import', 'hermes', hermes)
  assert.equal(code, 1, stdout)
  assert.match(stderr, /hermes/i)
})

async function helpOf(t: TestContext, path: string): Promise<string> {
  const running = startProcess(t, [...SOURCES, ...path.split(' '), '--help'])
  await running.end(10_000)
  return running.stdout()
}
