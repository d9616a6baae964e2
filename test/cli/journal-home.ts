/** A home whose journal holds one message of each fate, as a gateway that has ended would leave it. */
import { join } from 'node:path'
import { JOURNAL_FILE_NAME, type Journal } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { ACCOUNT, RUN, sampleMessage, sampleReply } from '../../src/journal/suite/samples.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { tempHome } from '../gateway/programs.ts'
import type { CleanUp } from '../support/clean-up.ts'

export function openIn(home: string): Journal {
  return openJournal({ path: join(home, JOURNAL_FILE_NAME), clock: systemClock })
}

/** Looks into the journal that a command has left behind. */
export async function withJournal<T>(home: string, look: (journal: Journal) => Promise<T>): Promise<T> {
  const journal = openIn(home)
  try {
    return await look(journal)
  } finally {
    await journal.close()
  }
}

export interface JournalHome {
  readonly home: string
  /** The row of the reply whose fate is unknown. */
  readonly unknownReply: string
}

/** `answered` has two replies, one of unknown fate; `failed` and `evil` are dead; `waiting` is still queued. */
export async function journalHome(t: CleanUp): Promise<JournalHome> {
  const home = tempHome(t)
  const unknownReply = await withJournal(home, async journal => {
    const accept = (id: string, text: string) =>
      journal.accept(
        ACCOUNT,
        { message: sampleMessage(id, { text }) },
        { triage: RUN, replyUntilMs: Date.now() + 3_600_000 },
      )
    await accept('answered', 'what is\nnew?')
    await journal.beginTurn(ACCOUNT, 'answered')
    const replies = [sampleReply('answered', 1), sampleReply('answered', 2)]
    const [first, second] = await journal.endTurn(ACCOUNT, ['answered'], 'answered', null, replies)
    if (!first || !second) throw new Error('two replies were asked for')
    await journal.updateReply(first.id, { state: 'accepted', posts: 1, platformId: 'platform-1' })
    const detail = { status: 504, code: '1100100', traceId: 'trace-7', message: 'gateway\x1b[2J time-out' }
    await journal.updateReply(second.id, { state: 'unknown', posts: 2, inDoubt: true, detail })
    await accept('failed', 'please fail')
    await journal.beginTurn(ACCOUNT, 'failed')
    await journal.endTurn(ACCOUNT, ['failed'], 'dead: agent', 'incident E7', [])
    await accept('evil\x1b[2J', '\x1b]0;title\x07 text')
    await journal.endTurn(ACCOUNT, ['evil\x1b[2J'], 'dead: stale', null, [])
    await accept('waiting', 'still here')
    return `out:${second.id}`
  })
  return { home, unknownReply }
}
