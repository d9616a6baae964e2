import assert from 'node:assert/strict'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { connect } from '../../src/journal/file/connection.ts'
import { JournalOpenError } from '../../src/journal/file/open-error.ts'
import { MIGRATIONS, migrate } from '../../src/journal/file/schema.ts'
import { ACCOUNT } from '../../src/journal/suite/samples.ts'
import { accept, idsOf, open, runChild, tempFolder } from './helpers.ts'

/** A closed journal with some hundred messages in it. */
async function filledJournal(t: TestContext): Promise<string> {
  const path = join(tempFolder(t), 'herald.db')
  const journal = open(path)
  await Promise.all(Array.from({ length: 300 }, (_, i) => accept(journal, `m${i}`)))
  await journal.close()
  return path
}

/** It does not open, in one line that names the path and a cure, and the file is left as it is. */
function refuses(path: string, code: string): void {
  const before = readFileSync(path)
  assert.throws(
    () => open(path),
    (thrown: unknown) => {
      assert.ok(thrown instanceof JournalOpenError)
      assert.equal(thrown.code, code)
      assert.ok(thrown.message.includes(path) && !thrown.message.includes('\n'), thrown.message)
      assert.ok(thrown.hint && thrown.message.endsWith(thrown.hint), thrown.message)
      return true
    },
  )
  assert.deepEqual(readFileSync(path), before)
}

function overwrite(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, 'r+')
  writeSync(file, bytes, 0, bytes.length, at)
  closeSync(file)
}

test('only its owner may read it', async t => {
  const home = join(tempFolder(t), 'home', 'deep')
  const path = join(home, 'herald.db')
  const journal = open(path)
  await accept(journal, 'm1')
  const mode = (name: string) => statSync(name).mode & 0o777
  assert.equal(mode(home), 0o700)
  for (const suffix of ['', '-wal', '-shm']) assert.equal(mode(path + suffix), 0o600, suffix)
  await journal.close()
  chmodSync(path, 0o644)
  await open(path).close()
  assert.equal(mode(path), 0o600)
})

test('overwritten bytes are found at the start: the header', async t => {
  const path = await filledJournal(t)
  overwrite(path, 0, Buffer.alloc(200, 'x'))
  refuses(path, 'journal_corrupt')
})

test('overwritten bytes are found at the start: pages in the middle', async t => {
  const path = await filledJournal(t)
  const middle = Math.floor(statSync(path).size / 2 / 4096) * 4096
  overwrite(path, middle, Buffer.alloc(3 * 4096, 0xa5))
  refuses(path, 'journal_corrupt')
})

test('a file cut short is damaged', async t => {
  const path = await filledJournal(t)
  truncateSync(path, 3 * 4096)
  refuses(path, 'journal_corrupt')
})

test('a file that is no database is damaged', t => {
  const path = join(tempFolder(t), 'herald.db')
  writeFileSync(path, 'this is a text that somebody put here by mistake\n'.repeat(50))
  refuses(path, 'journal_corrupt')
})

test('an empty file becomes a journal', async t => {
  const path = join(tempFolder(t), 'herald.db')
  writeFileSync(path, '')
  const journal = open(path)
  await accept(journal, 'm1')
  assert.deepEqual(await idsOf(journal), ['m1'])
  await journal.close()
})

test('a newer schema is refused', async t => {
  const path = await filledJournal(t)
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 4711')
  database.close()
  refuses(path, 'journal_newer')
})

test('a newer schema is refused, and the copy of before it is named', async t => {
  const path = await filledJournal(t)
  const copy = `${path}.schema-${MIGRATIONS.length}`
  copyFileSync(path, copy)
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 4711')
  database.close()
  refuses(path, 'journal_newer')
  assert.throws(() => open(path), { message: new RegExp(`on \\d{4}-\\d\\d-\\d\\d: .herald restore ${copy} --yes.$`) })
})

test('the database of another program is refused', t => {
  const path = join(tempFolder(t), 'herald.db')
  const database = new DatabaseSync(path)
  database.exec('CREATE TABLE photos (x)')
  database.close()
  refuses(path, 'journal_foreign')
})

test('a folder in its place is refused', t => {
  const path = join(tempFolder(t), 'herald.db')
  mkdirSync(path)
  assert.throws(() => open(path), { code: 'journal_unopenable' })
})

test('migrations go forward in one transaction', t => {
  const path = join(tempFolder(t), 'herald.db')
  const connection = connect(path, 100)
  const first = 'CREATE TABLE one (x)'
  migrate(connection, [first])
  connection.exec('INSERT INTO one VALUES (1)')
  assert.throws(() => migrate(connection, [first, 'ALTER TABLE one ADD COLUMN y', 'CREATE TABLE one (x)']), /exists/)
  assert.equal(connection.pragma('user_version'), 1)
  assert.deepEqual(Object.keys(connection.get('SELECT * FROM one') ?? {}), ['x'])
  migrate(connection, [first, 'ALTER TABLE one ADD COLUMN y DEFAULT 7', 'CREATE TABLE two (x)'])
  assert.equal(connection.pragma('user_version'), 3)
  assert.deepEqual({ ...connection.all('SELECT * FROM one')[0] }, { x: 1, y: 7 })
  connection.close()
})

test('before a migration a copy of the journal is kept, open to nobody else', async t => {
  const path = join(tempFolder(t), 'herald.db')
  const old = connect(path, 100)
  migrate(old, MIGRATIONS.slice(0, 2))
  old.exec(`PRAGMA journal_mode = WAL; INSERT INTO memory (account, key, value) VALUES ('qqbot', 'k', '"kept"')`)
  old.close()
  const journal = open(path)
  assert.equal(await journal.get('qqbot', 'k'), 'kept')
  await journal.close()
  const copy = `${path}.schema-2`
  assert.equal(statSync(copy).mode & 0o777, 0o600)
  const kept = connect(copy, 100)
  assert.equal(kept.pragma('user_version'), 2)
  assert.equal(kept.get('SELECT value FROM memory')?.['value'], '"kept"')
  kept.close()
  await open(path).close()
  assert.deepEqual(
    readdirSync(dirname(path)).sort(),
    ['herald.db', 'herald.db.schema-2'],
    'no copy without a migration',
  )
})

test('a journal that another program holds alone is refused at the start', async t => {
  const path = await filledJournal(t)
  const holder = runChild(t, 'holder.ts', [path, 'alone'])
  assert.equal(await holder.line(), 'held')
  assert.throws(() => open(path), { name: 'JournalOpenError', code: 'journal_locked' })
  holder.process.stdin?.end()
  await holder.ended
  const journal = open(path)
  assert.equal((await idsOf(journal)).length, 300)
  await journal.close()
})

test('a lock while it runs refuses the write, and the next one after it works', async t => {
  const path = await filledJournal(t)
  const journal = open(path)
  const holder = runChild(t, 'holder.ts', [path, 'writing'])
  assert.equal(await holder.line(), 'held')
  await assert.rejects(accept(journal, 'refused'), { name: 'JournalUnwritableError' })
  await assert.rejects(journal.probe(), { name: 'JournalUnwritableError' })
  assert.equal(journal.pending(ACCOUNT).incoming, 300)
  assert.equal((await idsOf(journal)).length, 300, 'reading goes on')
  holder.process.stdin?.end()
  await holder.ended
  await journal.probe()
  assert.equal(await accept(journal, 'refused'), 'new')
  await journal.close()
})
