/** Backups of a home, taken and given back while a gateway runs, and while none does. */
import assert from 'node:assert/strict'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { boxHere } from '../../scripts/survival/boxes.ts'
import { cannotMount, smallDisk } from '../../scripts/survival/disk.ts'
import { createWorld, type Scene } from '../../scripts/survival/world.ts'
import { makeBackup } from '../../src/backup/backup.ts'
import { digestOf, MANIFEST } from '../../src/backup/manifest.ts'
import { checkBackup, layReady } from '../../src/backup/restore.ts'
import type { CleanUp } from '../support/clean-up.ts'
import { eventually } from '../support/eventually.ts'
import { SOURCES } from '../support/herald.ts'

const sceneFor = (t: CleanUp): Promise<Scene> => createWorld(t, SOURCES, boxHere).scene()
const answersOf = async ({ box }: Scene): Promise<readonly string[]> =>
  (await box.answers({ appId: box.bot.appId, person: 'Alice' })).map(({ text }) => text)
const say = ({ box }: Scene, text: string) => box.say({ appId: box.bot.appId, person: 'Alice', text })
const answered = (scene: Scene, text: string) =>
  eventually(`the answer to ${text}`, 10_000, async () => (await answersOf(scene)).includes(`echo: ${text}`))

test('a backup is made while it runs, and taken back while it runs: the same process begins again with it', async t => {
  const scene = await sceneFor(t)
  const { home, command, configure, start } = scene
  const herald = start()
  await herald.connected()
  const first = await say(scene, 'before the backup')
  await answered(scene, 'before the backup')

  const folder = join(home, 'kept')
  const made = await command('backup', folder)
  assert.equal(made.code, 0, made.stderr)
  assert.match(
    made.stdout,
    /^\/.*\/kept: journal\.sqlite, config\.yaml, dashboard\.key\. It holds what people said, and secrets/,
  )
  assert.deepEqual(
    [folder, ...readdirSync(folder).map(name => join(folder, name))].map(path => statSync(path).mode & 0o077),
    [0, 0, 0, 0, 0],
  )
  assert.equal((await command('backup', folder)).code, 1, 'never over another one')

  const second = await say(scene, 'after the backup')
  await answered(scene, 'after the backup')
  configure({ bot: { dm_policy: 'disabled' } })
  assert.equal((await command('reload')).code, 0)
  const before = herald.file()
  const asked = await command('restore', folder)
  assert.deepEqual([asked.code, herald.file()?.boot_id], [1, before?.boot_id])
  assert.match(asked.stdout, /^This would take back journal\.sqlite, .* Nothing is changed; --yes does it\.$/m)

  const restored = await command('restore', folder, '--yes')
  assert.equal(restored.code, 0, restored.stderr + herald.stderr())
  assert.match(restored.stdout, /^Taken back: .*; the gateway has begun again with it\.$/m)
  await herald.connected()
  assert.ok(herald.alive)
  assert.deepEqual([herald.file()?.pid, herald.file()?.boot_id === before?.boot_id], [before?.pid, false])
  assert.equal((await command('trace', first.id)).code, 0)
  assert.equal((await command('trace', second.id)).code, 1, 'what came after it is not known any more')
  await say(scene, 'after the restore')
  await answered(scene, 'after the restore')
  assert.deepEqual(
    await answersOf(scene),
    ['before the backup', 'after the backup', 'after the restore'].map(text => `echo: ${text}`),
    'nothing is answered a second time',
  )
  const [kept = ''] = readdirSync(home).filter(name => name.startsWith('before-restore-'))
  assert.match(readFileSync(join(home, kept, 'config.yaml'), 'utf8'), /disabled/)
  assert.equal(existsSync(join(home, 'restore')), false)
  herald.kill('SIGTERM')
  assert.equal((await herald.end(10_000)).code, 0, 'it still hears who stops it')
})

test('without a gateway; and what was open when the backup was made is put into the dead list', async t => {
  const scene = await sceneFor(t)
  const { box, home, command, configure, start } = scene
  configure({ agent: { type: 'command', command: 'sleep', args: ['60'] } })
  const herald = start()
  await herald.connected()
  await say(scene, 'open')
  await eventually('the turn', 10_000, () => (herald.file()?.active_agents ?? 0) > 0)
  const made = JSON.parse((await command('backup', '--json')).stdout)
  assert.match(made.folder, /\/backups\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/)
  herald.kill('SIGKILL')
  await herald.end(5_000)
  rmSync(join(home, 'journal.sqlite'))
  const restored = await command('restore', made.folder, '--yes')
  assert.equal(restored.code, 0, restored.stderr)
  assert.match(restored.stdout, /The former files are in \/.*before-restore-/)
  configure({})
  const again = start()
  await again.connected()
  assert.match((await command('dead', 'list')).stdout, /dead: stale.*it was open when the backup was made/)
  assert.equal((await box.counters(box.bot.appId)).identifies, 2, 'the platform is not asked to repeat anything')
  assert.deepEqual(await answersOf(scene), [])
})

test('a journal alone is taken back too, also one that somebody writes to', async t => {
  const scene = await sceneFor(t)
  const { home, start } = scene
  const { command } = await sceneFor(t)
  const herald = start()
  await herald.connected()
  const { id } = await say(scene, 'hello')
  await answered(scene, 'hello')
  assert.ok(statSync(join(home, 'journal.sqlite-wal')).size > 0, 'part of it is beside the file')
  const restored = await command('restore', join(home, 'journal.sqlite'), '--yes')
  assert.equal(restored.code, 0, restored.stderr)
  assert.match(restored.stdout, /^Taken back: journal\.sqlite of \S+ \(a journal alone\)\./)
  assert.match((await command('trace', id)).stdout, /answered/)
  const refused = await command('restore', join(home, 'config.yaml'), '--yes')
  assert.deepEqual([refused.code, refused.stdout], [1, ''])
  assert.match(refused.stderr, /config\.yaml is no journal of Herald\n$/)
})

test('a backup that is broken, foreign or newer is refused in one line, and nothing is touched', async t => {
  const { home, command, start } = await sceneFor(t)
  const herald = start()
  await herald.connected()
  herald.kill('SIGTERM')
  await herald.end(10_000)
  const folder = join(home, 'kept')
  assert.equal((await command('backup', folder)).code, 0)
  const before = readFileSync(join(home, 'journal.sqlite'))
  const refused = async (line: RegExp): Promise<void> => {
    const said = await command('restore', folder, '--yes')
    assert.equal(said.code, 1, said.stdout)
    assert.match(said.stderr, line)
    assert.equal(said.stderr.trimEnd().split('\n').length, 1)
    assert.deepEqual(readFileSync(join(home, 'journal.sqlite')), before)
  }
  /** As if it had been backed up so. */
  const sign = (): void => {
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8'))
    manifest.files['journal.sqlite'] = digestOf(join(folder, 'journal.sqlite'))
    writeFileSync(join(folder, MANIFEST), JSON.stringify(manifest))
  }
  appendFileSync(join(folder, 'config.yaml'), '\n')
  await refused(/config\.yaml is not what was backed up: its checksum differs/)
  rmSync(folder, { recursive: true })
  await command('backup', folder)
  const newer = new DatabaseSync(join(folder, 'journal.sqlite'))
  newer.exec('PRAGMA user_version = 4711')
  newer.close()
  sign()
  await refused(/of a newer Herald \(schema 4711, this one knows \d+\): upgrade Herald first/)
  writeFileSync(join(folder, 'journal.sqlite'), 'no database')
  sign()
  await refused(/is no journal of Herald/)
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
  await refused(/is no backup: it has no backup\.json/)
  rmSync(folder, { recursive: true })
  await refused(/kept is not there; name what `herald backup` made/)
})

test('a home without anything in it is no backup, and a full disk is left nothing of half a one', {
  skip: cannotMount(),
}, async t => {
  const { folder, fill } = smallDisk(t)
  assert.throws(() => makeBackup(folder, join(folder, 'kept'), '0', 0), /there is nothing in .* to back up/)
  writeFileSync(join(folder, 'config.yaml'), 'x'.repeat(100_000))
  fill()
  assert.throws(() => makeBackup(folder, join(folder, 'kept'), '0', 0), /ENOSPC/)
  assert.deepEqual(readdirSync(folder).toSorted(), ['ballast', 'config.yaml'])
})

test('what was laid ready before a crash is put in place by the next start', async t => {
  const scene = await sceneFor(t)
  const { home, command, start } = scene
  const herald = start()
  await herald.connected()
  const folder = join(home, 'kept')
  const said = await say(scene, 'kept')
  await answered(scene, 'kept')
  await command('backup', folder)
  herald.kill('SIGKILL')
  await herald.end(5_000)
  rmSync(join(home, 'journal.sqlite'))
  layReady(home, checkBackup(folder), Date.now())
  const again = start()
  await again.connected()
  assert.match(again.stderr(), /^herald: a backup was restored; the former files are in \//m)
  assert.equal((await command('trace', said.id)).code, 0)
})
