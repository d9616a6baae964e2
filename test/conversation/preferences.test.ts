import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPreferences } from '../../src/conversation/preferences.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { JournalUnwritableError } from '../../src/lib/errors.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { ACCOUNT, privateChat } from './house.ts'

test('what two chats choose in the same moment holds for both, also after a restart', async t => {
  const journal = openJournal({ path: ':memory:', clock: createVirtualClock(), schedule: queueMicrotask })
  t.after(() => journal.close())
  const [alice, bob] = [privateChat('alice'), privateChat('bob')]
  const preferences = createPreferences(journal)
  await preferences.load(ACCOUNT)
  await Promise.all([preferences.choose(alice, { agent: 'coder' }), preferences.choose(bob, { busy: 'steer' })])
  const after = createPreferences(journal)
  await after.load(ACCOUNT)
  for (const known of [preferences, after])
    assert.deepEqual([known.of(alice), known.of(bob)], [{ agent: 'coder' }, { busy: 'steer' }])
})

test('a choice that the disk refuses is not in force, and keeps nobody else from choosing', async t => {
  const journal = openJournal({ path: ':memory:', clock: createVirtualClock(), schedule: queueMicrotask })
  t.after(() => journal.close())
  let refuses = true
  const preferences = createPreferences({
    ...journal,
    set: (...given) => (refuses ? Promise.reject(new JournalUnwritableError('disk full')) : journal.set(...given)),
  })
  const alice = privateChat('alice')
  await assert.rejects(preferences.choose(alice, { busy: 'steer' }), JournalUnwritableError)
  assert.deepEqual(preferences.of(alice), {})
  refuses = false
  await preferences.choose(alice, { busy: 'merge' })
  assert.deepEqual(preferences.of(alice), { busy: 'merge' })
})
