/** What people were told is kept on disk, and what is no memory counts as none. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Remembered } from '../../src/alerts/damper.ts'
import { same } from '../../src/alerts/languages.ts'
import { createMemoryFile, readMemory } from '../../src/alerts/memory.ts'
import { tempHome } from '../gateway/programs.ts'

const down: Remembered = {
  subject: { kind: 'account', account: 'qqbot' },
  detail: { zh: '断了', en: 'cut' },
  sinceMs: 1,
  changedMs: 1,
  told: true,
  flapping: false,
  toldAtMs: [2],
}

test('what was written is read again; also causes that were kept in one language', async t => {
  const home = tempHome(t)
  assert.deepEqual(readMemory(home), {})
  await createMemoryFile(home).write({ 'account:qqbot': down })
  assert.deepEqual(readMemory(home), { 'account:qqbot': down })
  const kept = { former: { ...down, detail: 'cut' }, odd: { ...down, detail: { zh: 'cut' } } }
  writeFileSync(join(home, 'alerts.json'), JSON.stringify(kept))
  assert.deepEqual(readMemory(home), { former: { ...down, detail: same('cut') } })
})
