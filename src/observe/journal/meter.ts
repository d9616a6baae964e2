/** Counts what becomes of messages and replies. A count begins with the process; the journal itself has the whole story. */
import type { OutboxRow, OutboxState, TurnEnd } from '../../journal/journal.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Metric } from '../prometheus.ts'
import { createHistogram } from './histogram.ts'
import type { JournalWatcher } from './watch.ts'

/** States in which a reply has come to rest. `held` ones rest until the chat speaks again. */
const OUTCOMES: ReadonlySet<OutboxState> = new Set(['held', 'accepted', 'refused', 'unknown', 'expired', 'dropped'])

const TURN_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900]
const REPLY_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 300, 900]
/** Messages whose turn has not ended; more are not timed. */
const MOST_TIMED = 100_000

export interface JournalMeter {
  readonly watcher: JournalWatcher
  metrics(): readonly Metric[]
}

export function createJournalMeter(clock: Pick<Clock, 'monotonicMs'>): JournalMeter {
  const messages = createCounter('herald_messages_total', 'Messages that came in, by what became of them at the door.')
  const turns = createCounter('herald_turns_total', 'Messages whose turn is over, by how it ended.')
  const replies = createCounter(
    'herald_replies_total',
    'Replies that came to rest, by outcome and code of the platform.',
  )
  const turnSeconds = createHistogram(
    'herald_turn_seconds',
    'From a message on disk to the end of its turn.',
    TURN_SECONDS,
  )
  const replySeconds = createHistogram('herald_reply_seconds', 'From a reply on disk to its outcome.', REPLY_SECONDS)
  const beganMs = new Map<string, number>()

  const noteTurn = (account: string, id: string, end: TurnEnd): void => {
    turns.add({ account, end })
    const key = `${account} ${id}`
    const sinceMs = beganMs.get(key)
    beganMs.delete(key)
    if (sinceMs !== undefined) turnSeconds.observe({ account }, (clock.monotonicMs() - sinceMs) / 1000)
  }
  const noteReply = ({ chat, state, detail, createdAtMs, settledAtMs }: OutboxRow): void => {
    const { account } = chat
    replies.add({ account, outcome: state, code: detail.code ?? '' })
    if (settledAtMs !== null) replySeconds.observe({ account }, Math.max(0, settledAtMs - createdAtMs) / 1000)
  }

  return {
    watcher: {
      accepted({ account, arrival, verdict, acceptance }) {
        if (!verdict || !arrival.message) return
        const word = acceptance === 'known' ? 'repeat' : verdict.triage.run ? 'accepted' : verdict.triage.end
        messages.add({ account, verdict: word })
        if (word === 'accepted' && beganMs.size < MOST_TIMED)
          beganMs.set(`${account} ${arrival.message.id}`, clock.monotonicMs())
      },
      turnEnded({ account, inboundIds, end }) {
        for (const id of inboundIds) noteTurn(account, id, end)
      },
      repliesAdded(rows) {
        for (const row of rows) if (row.state === 'held') noteReply(row)
      },
      replyChanged(row, patch) {
        if (patch.state !== undefined && OUTCOMES.has(patch.state)) noteReply(row)
      },
    },
    metrics: () => [messages.metric(), turns.metric(), replies.metric(), turnSeconds.metric(), replySeconds.metric()],
  }
}

interface Counter {
  add(labels: Readonly<Record<string, string>>): void
  metric(): Metric
}

function createCounter(name: string, help: string): Counter {
  const cells = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>()
  return {
    add(labels) {
      const key = JSON.stringify(labels)
      const cell = cells.get(key) ?? { labels, value: 0 }
      cell.value += 1
      cells.set(key, cell)
    },
    metric: () => ({ name, help, type: 'counter', samples: [...cells.values()] }),
  }
}
