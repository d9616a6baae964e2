import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openJournal } from '../../src/journal/sqlite.ts'
import { ACCOUNT } from '../../src/journal/suite/samples.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { tempFolder } from './helpers.ts'

test('the log is moved into the database in a pause, and not while commits follow each other', async t => {
  const path = join(tempFolder(t), 'journal.sqlite')
  const clock = createVirtualClock()
  const journal = openJournal({ path, clock })
  t.after(() => journal.close())
  const size = (): number => statSync(path).size
  const write = (n: number) => journal.set(ACCOUNT, `key ${n}`, 'x'.repeat(2000))

  for (let n = 0; n < 50; n += 1) await write(n)
  await clock.advance(10_000)
  const before = size()
  assert.equal(before < 100_000, true, 'few commits are not worth a sync')

  for (let n = 50; n < 150; n += 1) {
    await write(n)
    await clock.advance(100)
  }
  assert.equal(size(), before, 'there was no pause')
  await clock.advance(2_000)
  assert.equal(size() > before + 200_000, true, 'the pause was used')

  const afterPause = size()
  for (let n = 150; n < 250; n += 1) await write(n)
  await journal.close()
  await clock.advance(10_000)
  assert.equal(size() > afterPause, true, 'closing moves the rest')
})
