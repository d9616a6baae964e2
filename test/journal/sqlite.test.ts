import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal } from '../../src/journal/sqlite.ts'
import { journalSuite } from '../../src/journal/suite/suite.ts'

journalSuite('SQLite in a file', async clock => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-journal-'))
  const path = join(folder, 'herald.db')
  return {
    durable: true,
    open: async () => openJournal({ path, clock }),
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  }
})

journalSuite('SQLite in memory', async clock => ({
  durable: false,
  open: async () => openJournal({ path: ':memory:', clock }),
  dispose: async () => {},
}))
