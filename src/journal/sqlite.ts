import type { Clock } from '../lib/clock.ts'
import { describeError, StoppedError } from '../lib/errors.ts'
import { type Logger, silentLogger } from '../lib/log.ts'
import { createCheckpoints } from './file/checkpoints.ts'
import type { Reader } from './file/connection.ts'
import { openDatabase } from './file/database.ts'
import { createGroupCommit } from './file/group-commit.ts'
import { refusesAll, toUnwritable } from './file/sqlite-errors.ts'
import type { Journal } from './journal.ts'
import {
  chatFacts,
  compactHistory,
  forgetHistory,
  lastSaidAtMs,
  readHistory,
  setChatFacts,
  undoExchange,
} from './tables/chats.ts'
import { createCounters } from './tables/counters.ts'
import { listDead, moveDead, traceMessage } from './tables/dead.ts'
import { accept, beginTurn, cursorKey, replyUntilMs, unfinished } from './tables/inbox.ts'
import {
  acceptedSince,
  addReplies,
  endAudit,
  followReplies,
  openReplies,
  replaceReplies,
  repliesOf,
  replyUse,
  unaskedSince,
  underAudit,
  updateReply,
} from './tables/outbox.ts'
import { findQuotable, keepQuotable } from './tables/quotable.ts'
import { json } from './tables/rows.ts'
import { sweep } from './tables/sweep.ts'
import { changes, recordTransition, transitions } from './tables/transitions.ts'
import { endTurn } from './tables/turns.ts'

export interface JournalOptions {
  /** A file, made when it is missing, or `:memory:`. */
  readonly path: string
  readonly clock: Clock
  readonly log?: Logger
  /** Carries out what holds up the event loop after the start: a large journal that gets its new schema only then. */
  readonly patiently?: (work: () => void) => void
  /** When to commit what was asked for; by default when the event loop has handled what arrived in this tick. */
  readonly schedule?: (commit: () => void) => void
}

/**
 * The journal in one SQLite file. Throws `JournalOpenError` (exit 78) for a file that is corrupt, of a newer Herald, of another
 * program, locked, or not accessible to this user. On a disk that is full or read-only just now it opens later: until
 * then everything asked of it rejects with `JournalUnwritableError`.
 */
export function openJournal(options: JournalOptions): Journal {
  const { path, clock } = options
  const log = options.log ?? silentLogger
  const counters = createCounters()
  const database = openDatabase(path, log, connection => counters.load(connection), options.patiently)
  const commits = createGroupCommit({
    path,
    connect: database.connect,
    discard: database.discard,
    nowMs: clock.nowMs,
    schedule: options.schedule ?? (commit => setImmediate(commit)),
    onCommitted(changes) {
      counters.apply(changes)
      checkpoints.committed()
    },
  })
  const checkpoints = createCheckpoints(clock, () => {
    try {
      database.connect().exec('PRAGMA wal_checkpoint(PASSIVE)')
    } catch (thrown) {
      // What is committed stays in the log, and the next one tries again.
      log.warn('the journal could not be tidied up', { reason: describeError(thrown) })
    }
  })
  const { write } = commits
  let closed = false

  const read = async <T>(look: (reader: Reader) => T): Promise<T> => {
    if (closed) throw new StoppedError('the journal is closed')
    try {
      return look(database.connect())
    } catch (thrown) {
      throw refusesAll(thrown) ? toUnwritable(thrown, path) : thrown
    }
  }

  return {
    accept: (account, arrival, verdict) =>
      write(tx => {
        if (arrival.audit) endAudit(tx, account, arrival.audit)
        return accept(tx, account, arrival, verdict)
      }),
    beginTurn: (account, inboundId) => write(tx => beginTurn(tx, account, inboundId)),
    endTurn: (account, inboundIds, end, detail, replies, history = [], member = '') =>
      write(tx => endTurn(tx, { account, inboundIds, end, detail, replies, history, member })),
    unfinished: account => read(reader => unfinished(reader, account)),

    addReplies: replies => write(tx => addReplies(tx, replies, null)),
    updateReply: (id, patch) => write(tx => updateReply(tx, id, patch)),
    replaceReplies: (ids, replies) => write(tx => replaceReplies(tx, ids, replies)),
    followReplies: ids => read(reader => followReplies(reader, ids)),
    openReplies: account => read(reader => openReplies(reader, account)),
    acceptedSince: (chat, sinceMs) => read(reader => acceptedSince(reader, chat, sinceMs)),
    unaskedSince: sinceMs => read(reader => unaskedSince(reader, sinceMs)),
    repliesOf: (chat, state) => read(reader => repliesOf(reader, chat, state)),
    underAudit: (account, auditId) => read(reader => underAudit(reader, account, auditId)),
    replyUse: (account, target) => read(reader => replyUse(reader, account, target)),
    replyUntilMs: (account, inboundId) => read(reader => replyUntilMs(reader, account, inboundId)),

    history: (chat, maxChars, member = '') => read(reader => readHistory(reader, chat, maxChars, member)),
    lastSaidAtMs: (chat, member = '') => read(reader => lastSaidAtMs(reader, chat, member)),
    forgetHistory: (chat, member = '') => write(tx => forgetHistory(tx, chat, member)),
    undoExchange: (chat, member = '') => write(tx => undoExchange(tx, chat, member)),
    compactHistory: (chat, oldest, summary, member = '') =>
      write(tx => compactHistory(tx, chat, member, oldest, summary)),
    chatFacts: chat => read(reader => chatFacts(reader, chat)),
    setChatFacts: (chat, facts) => write(tx => setChatFacts(tx, chat, facts)),

    quotable: (account, ref) => read(reader => findQuotable(reader, account, ref)),
    keepQuotable: (account, ref, said) => write(tx => keepQuotable(tx, account, ref, said)),

    cursor: (account, shard) =>
      read(reader => {
        const row = reader.get('SELECT value FROM cursor WHERE account = ?', cursorKey(account, shard))
        return row ? json(row, 'value') : undefined
      }),
    get: (account, key) =>
      read(reader => {
        const row = reader.get('SELECT value FROM memory WHERE account = ? AND key = ?', account, key)
        return row ? json(row, 'value') : undefined
      }),
    set: (account, key, value) =>
      write(tx => {
        tx.run(
          `INSERT INTO memory (account, key, value) VALUES (?, ?, ?)
           ON CONFLICT (account, key) DO UPDATE SET value = excluded.value`,
          account,
          key,
          JSON.stringify(value),
        )
      }),
    recordTransition: transition => write(tx => recordTransition(tx, transition)),
    transitions: (account, sinceMs) => read(reader => transitions(reader, account, sinceMs)),
    changes: (account, sinceMs, most) => read(reader => changes(reader, account, sinceMs, most)),

    pending: counters.of,
    openAccounts: counters.accounts,
    trace: messageId => read(reader => traceMessage(reader, messageId)),
    dead: () => read(listDead),
    moveDead: (id, to) => write(tx => moveDead(tx, id, to)),

    probe: () =>
      write(tx => {
        tx.run('INSERT INTO probe (one, writes) VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET writes = writes + 1')
      }),
    sweep: () => sweep(write),
    async close() {
      if (closed) return
      commits.close()
      checkpoints.stop()
      closed = true
      database.close()
    },
  }
}
