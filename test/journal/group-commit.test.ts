import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Connection, connect } from '../../src/journal/file/connection.ts'
import { createGroupCommit } from '../../src/journal/file/group-commit.ts'
import { migrate } from '../../src/journal/file/schema.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { ACCOUNT } from '../../src/journal/suite/samples.ts'
import { createCounters } from '../../src/journal/tables/counters.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { accept } from './helpers.ts'

/** A journal whose commits are counted and done when the test says so. */
function steppedJournal() {
  const due: (() => void)[] = []
  const journal = openJournal({ path: ':memory:', clock: systemClock, schedule: commit => due.push(commit) })
  return { journal, due }
}

test('all that is asked for before the commit shares it, and is told only after it', async () => {
  const { journal, due } = steppedJournal()
  const told: string[] = []
  const writes = ['m1', 'm2', 'm3'].map(async id => {
    await accept(journal, id)
    told.push(id)
  })
  await Promise.resolve()
  assert.equal(due.length, 1)
  assert.deepEqual(told, [])
  assert.deepEqual(await journal.unfinished(ACCOUNT), [])
  assert.equal(journal.pending(ACCOUNT).incoming, 0)
  due.shift()?.()
  assert.equal(journal.pending(ACCOUNT).incoming, 3, 'counted right after the commit')
  await Promise.all(writes)
  assert.deepEqual(told, ['m1', 'm2', 'm3'])
  assert.equal(due.length, 0)
  await journal.close()
})

test('a flood is cut into several commits', async () => {
  const { journal, due } = steppedJournal()
  const writes = Array.from({ length: 2500 }, (_, i) => accept(journal, `m${i}`))
  let commits = 0
  for (let commit = due.shift(); commit; commit = due.shift()) {
    commit()
    commits += 1
  }
  await Promise.all(writes)
  assert.equal(commits, 3)
  assert.equal(journal.pending(ACCOUNT).incoming, 2500)
  await journal.close()
})

test('by default the commit comes after all that arrived in this turn of the event loop', async () => {
  const journal = openJournal({ path: ':memory:', clock: systemClock })
  const writes: Promise<unknown>[] = [accept(journal, 'first')]
  for (let i = 0; i < 5; i++) process.nextTick(() => writes.push(accept(journal, `n${i}`)))
  await Promise.resolve().then(() => writes.push(accept(journal, 'microtask')))
  await new Promise<void>(resolve => process.nextTick(resolve))
  assert.equal(writes.length, 7)
  assert.equal(journal.pending(ACCOUNT).incoming, 0)
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(journal.pending(ACCOUNT).incoming, 7)
  await Promise.all(writes)
  await journal.close()
})

test('a connection that cannot be rolled back is given up for another', async () => {
  let broken = true
  let discarded = 0
  const real = connect(':memory:', 100)
  real.exec('CREATE TABLE t (x)')
  const wrecked: Connection = {
    get: real.get,
    all: real.all,
    exec: real.exec,
    pragma: real.pragma,
    close: real.close,
    inTransaction: true,
    run: sql => {
      if (sql === 'COMMIT' || sql === 'ROLLBACK') throw new Error('the disk is gone')
      return { changes: 0, lastId: 0 }
    },
  }
  const commits = createGroupCommit({
    path: 'there',
    connect: () => (broken ? wrecked : real),
    discard: () => {
      discarded += 1
      broken = false
    },
    nowMs: () => 0,
    schedule: commit => setImmediate(commit),
    onCommitted: () => {},
  })
  const write = () => commits.write(tx => tx.run('INSERT INTO t VALUES (1)').changes)
  await assert.rejects(write(), { code: 'journal_unwritable' })
  assert.equal(discarded, 1)
  assert.equal(await write(), 1)
  real.close()
})

test('a fault of the disk in one write is a fault of the whole commit; a fault of its own is not', async () => {
  const connection = connect(':memory:', 100)
  connection.exec('CREATE TABLE t (x UNIQUE)')
  const commits = createGroupCommit({
    path: 'there',
    connect: () => connection,
    discard: () => {},
    nowMs: () => 0,
    schedule: commit => setImmediate(commit),
    onCommitted: () => {},
  })
  const insert = (x: number) => commits.write(tx => tx.run('INSERT INTO t VALUES (?)', x).changes)
  const failing = (errcode: number) =>
    commits.write(() => {
      throw Object.assign(new Error('from SQLite'), { errcode })
    })
  const ioError = 10 | (3 << 8)
  for (const result of await Promise.allSettled([insert(1), failing(ioError), insert(2)])) {
    assert.equal(result.status === 'rejected' && result.reason.code, 'journal_unwritable')
  }
  const own = await Promise.allSettled([insert(1), insert(1), insert(2)])
  assert.deepEqual(
    own.map(result => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.equal(connection.all('SELECT x FROM t').length, 2)
  connection.close()
})

test('a refused commit takes with it what was to be written after it', async () => {
  const connection = connect(':memory:', 100)
  connection.exec('CREATE TABLE t (x)')
  let full = true
  const commits = createGroupCommit({
    path: 'there',
    connect: () => connection,
    discard: () => {},
    nowMs: () => 0,
    schedule: commit => setImmediate(commit),
    onCommitted: () => {},
  })
  const writes = Array.from({ length: 1500 }, (_, x) =>
    commits.write(tx => {
      if (full) throw Object.assign(new Error('from SQLite'), { errcode: 13 })
      return tx.run('INSERT INTO t VALUES (?)', x).changes
    }),
  )
  await assert.rejects(writes[0] ?? Promise.resolve(), { code: 'journal_unwritable' })
  full = false
  const settled = await Promise.allSettled(writes)
  assert.equal(settled.filter(result => result.status === 'fulfilled').length, 0)
  assert.equal(connection.all('SELECT x FROM t').length, 0)
  connection.close()
})

test('counting anew forgets what was counted before', async () => {
  const counters = createCounters()
  const connection = connect(':memory:', 100)
  migrate(connection)
  counters.apply([{ account: ACCOUNT, what: 'incoming', delta: 3 }])
  counters.load(connection)
  assert.deepEqual(counters.of(ACCOUNT), { incoming: 0, outgoing: 0 })
  connection.close()
})
