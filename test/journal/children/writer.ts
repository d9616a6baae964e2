/** Writes until it is killed. Prints the id of each message once the journal says that it is on disk. */
import { writeSync } from 'node:fs'
import { openJournal } from '../../../src/journal/sqlite.ts'
import { ACCOUNT, RUN, sampleMessage, sampleReply } from '../../../src/journal/suite/samples.ts'
import { systemClock } from '../../../src/lib/clock.ts'

const [path = '', how = ''] = process.argv.slice(2)
const journal = openJournal({ path, clock: systemClock })
const die = (): number => {
  process.kill(process.pid, 'SIGKILL')
  return 0
}
const accept = (id: string, raw = {}) =>
  journal.accept(ACCOUNT, { cursor: id, message: sampleMessage(id, { raw }) }, { triage: RUN, replyUntilMs: 1 })

if (how === 'before the commit') {
  await accept('kept')
  const lost = [accept('lost'), journal.set(ACCOUNT, 'key', 'lost')]
  die()
  await Promise.all(lost)
}
if (how === 'inside the commit') {
  await accept('kept')
  const bomb = {
    // Read while the message is being written, between two statements of one transaction.
    get raw() {
      return die()
    },
  }
  await Promise.all([accept('lost'), accept('lost too', bomb), accept('never')])
}
for (let i = 0; ; i++) {
  const id = `m${i}`
  await accept(id)
  await journal.beginTurn(ACCOUNT, id)
  const [row] = await journal.endTurn(ACCOUNT, [id], 'answered', null, [sampleReply(id, 1)])
  writeSync(1, `${id}\n`)
  if (row && i % 2 === 0) await journal.updateReply(row.id, { state: 'accepted', posts: 1 })
}
