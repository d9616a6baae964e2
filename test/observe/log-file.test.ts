/** A log in a file: turned over by size, bounded in number, private, and never a reason to fall over. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LOG_ROOMS } from '../../src/lib/log.ts'
import { openLogFile } from '../../src/observe/log-file.ts'
import { createLogLevels } from '../../src/observe/log-levels.ts'
import { tempHome, waitFor } from '../gateway/programs.ts'

test('every line is in the file, in order, and nobody else may read it', async t => {
  const path = join(tempHome(t), 'herald.log')
  const file = await openLogFile({ path, maxMiB: 1, keep: 2 }, trouble => assert.fail(trouble))
  for (let at = 0; at < 1000; at++) file.write(`line ${at}\n`)
  await file.close()
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  assert.deepEqual(
    lines,
    Array.from({ length: 1000 }, (_, at) => `line ${at}`),
  )
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('it is turned over by size, and only so many older files are kept', async t => {
  const home = tempHome(t)
  const path = join(home, 'herald.log')
  const file = await openLogFile({ path, maxMiB: 1, keep: 2 }, trouble => assert.fail(trouble))
  const line = `${'x'.repeat(1023)}\n`
  for (let round = 1; round <= 5; round++) {
    for (let at = 0; at < 1100; at++) file.write(line)
    await waitFor('the file to be turned over', () => readdirSync(home).length >= Math.min(round, 2) + 1)
  }
  await file.close()
  assert.deepEqual(readdirSync(home).sort(), ['herald.log', 'herald.log.1', 'herald.log.2'])
  for (const name of readdirSync(home)) assert.ok(statSync(join(home, name)).size < 2.5 * 1024 * 1024)
})

test('a file that cannot be written is told of, and lines are dropped', async t => {
  const path = join(tempHome(t), 'herald.log')
  mkdirSync(path)
  const troubles: string[] = []
  const file = await openLogFile({ path, maxMiB: 1, keep: 2 }, trouble => troubles.push(trouble))
  file.write('one\n')
  await waitFor('word of it', () => troubles.length > 0)
  file.write('two\n')
  await file.close()
  assert.match(troubles[0] ?? '', /herald\.log: .*not a file/)
})

test('a room may say more or less than the others, also while it runs', () => {
  const levels = createLogLevels({ level: 'info', rooms: { journal: 'debug', agent: 'silent' } })
  const allowed = (level: 'debug' | 'info' | 'error') =>
    [undefined, ...LOG_ROOMS].filter(room => levels.allows(room, level))
  assert.deepEqual(allowed('debug'), ['journal'])
  assert.ok(!allowed('error').includes('agent'))
  assert.equal(allowed('info').length, LOG_ROOMS.length)
  levels.set('debug', 'delivery')
  assert.deepEqual(allowed('debug'), ['delivery', 'journal'])
  levels.set('error')
  assert.deepEqual(allowed('info'), [])
  assert.equal(allowed('error').length, LOG_ROOMS.length + 1)
})
