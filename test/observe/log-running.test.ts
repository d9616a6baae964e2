/** The log of a gateway that runs: to a file as well, by room, and changed without a restart. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { boxHere } from '../../scripts/survival/boxes.ts'
import { configFor, createWorld } from '../../scripts/survival/world.ts'
import { eventually } from '../support/eventually.ts'
import { SOURCES } from '../support/herald.ts'

test('a file, a room that is silent, a level that changes by command and by reload', async t => {
  const scene = await createWorld(t, SOURCES, boxHere).scene()
  const settings = (log: object): string => JSON.stringify({ ...configFor(scene.box, {}), log })
  scene.write(settings({ file: {}, rooms: { lives: 'silent' } }))
  const herald = scene.start()
  await herald.connected()
  const file = join(scene.home, 'herald.log')
  await eventually('the file', 5_000, () => existsSync(file) && readFileSync(file, 'utf8').includes('herald serves'))
  assert.doesNotMatch(herald.stderr(), /is connected/, 'the lives are silent')

  const shown = await scene.command('log-level')
  assert.equal(shown.stdout, 'level info, lives silent\n')
  assert.equal((await scene.command('log-level', 'info', 'lives')).code, 0)
  await scene.box.fault('cut')
  await eventually('word of it', 10_000, () => /qqbot is connected/.test(readFileSync(file, 'utf8')))
  assert.equal((await scene.command('log-level', 'loud')).code, 1)
  assert.match((await scene.command('log-level', 'info', 'kitchen')).stderr, /there are: lives, intake/)

  // As a program does that turns logs over for all others.
  renameSync(file, `${file}.moved`)
  assert.equal((await scene.command('reload')).code, 0)
  await eventually('the file anew', 5_000, () => existsSync(file) && /were read again/.test(readFileSync(file, 'utf8')))

  scene.write(settings({ level: 'error' }))
  assert.equal((await scene.command('reload')).code, 0)
  assert.equal((await scene.command('log-level')).stdout, 'level error\n')
  const before = herald.stderr()
  await scene.box.fault('cut')
  await herald.until('connected anew', ({ evidence }) => evidence.ready_at !== null)
  herald.kill('SIGTERM')
  assert.equal((await herald.end(10_000)).code, 0)
  assert.equal(herald.stderr(), before, 'nothing below an error')
  assert.doesNotMatch(readFileSync(file, 'utf8'), /herald ended/, 'the file is not written any more')
})
