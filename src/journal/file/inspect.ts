import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describeError } from '../../lib/errors.ts'
import { APPLICATION_ID, MIGRATIONS } from './schema.ts'

export type JournalInspection =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'journal'; readonly schema: number; readonly known: number; readonly bytes: number }

/** Looks at the file of a journal without changing it, also while a gateway has it open. */
export function inspectJournal(path: string): JournalInspection {
  if (!existsSync(path)) return { kind: 'missing' }
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 1000 })
    try {
      const pragma = (name: string): number => Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
      const schema = pragma('user_version')
      if (pragma('application_id') !== APPLICATION_ID) return { kind: 'foreign' }
      database.prepare('SELECT count(*) FROM sqlite_schema').get()
      return { kind: 'journal', schema, known: MIGRATIONS.length, bytes: statSync(path).size }
    } finally {
      database.close()
    }
  } catch (error) {
    return { kind: 'unreadable', reason: describeError(error) }
  }
}
