import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openJournal } from '../../src/journal/sqlite.ts'
import { ACCOUNT } from '../../src/journal/suite/samples.ts'
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

test('writes of separate sockets in one turn of the event loop share a commit', async () => {
  let commits = 0
  const journal = openJournal({
    path: ':memory:',
    clock: systemClock,
    schedule: commit =>
      setImmediate(() => {
        commits += 1
        commit()
      }),
  })
  const writes: Promise<unknown>[] = []
  for (let i = 0; i < 5; i++) process.nextTick(() => writes.push(accept(journal, `n${i}`)))
  await Promise.resolve().then(() => writes.push(accept(journal, 'microtask')))
  await new Promise(resolve => setImmediate(resolve))
  await Promise.all(writes)
  assert.equal(writes.length, 6)
  assert.equal(commits, 1)
  await journal.close()
})
