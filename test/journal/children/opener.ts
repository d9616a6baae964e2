/** Opens a journal, writes once, and prints what came of it. */
import { openJournal } from '../../../src/journal/sqlite.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { HeraldError } from '../../../src/lib/errors.ts'

try {
  const journal = openJournal({ path: process.argv[2] ?? '', clock: systemClock })
  await journal.probe()
  await journal.close()
  console.log('written')
} catch (thrown) {
  if (!(thrown instanceof HeraldError)) throw thrown
  console.log(`${thrown.name} ${thrown.code}: ${thrown.message}`)
}
