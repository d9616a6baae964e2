import type { HistoryEntry } from '../../agents/agent.ts'
import { HeraldError } from '../../lib/errors.ts'
import type { AccountId } from '../../platforms/platform.ts'
import type { Tx } from '../file/group-commit.ts'
import type { NewReply, OutboxRow, TurnEnd } from '../journal.ts'
import { addHistory } from './chats.ts'
import { closeMessage } from './inbox.ts'
import { addReplies, isOpen } from './outbox.ts'
import { toChat } from './rows.ts'

export interface EndedTurn {
  readonly account: AccountId
  readonly inboundIds: readonly string[]
  readonly end: TurnEnd
  readonly detail: string | null
  readonly replies: readonly NewReply[]
  readonly history: readonly HistoryEntry[]
  /** Whose history that is within the chat; empty for the chat as a whole. */
  readonly member: string
}

export function endTurn(tx: Tx, turn: EndedTurn): readonly OutboxRow[] {
  const [first, ...others] = turn.inboundIds
  if (first === undefined) throw new HeraldError('journal_misused', 'a turn without a message was to be ended')
  const rows = addReplies(tx, turn.replies, 'own')
  const how = {
    end: turn.end,
    detail: turn.detail,
    turn: rows[0]?.id ?? null,
    waits: rows.some(row => isOpen(row.state)),
  }
  const chat = toChat(closeMessage(tx, turn.account, first, how))
  for (const id of others) closeMessage(tx, turn.account, id, how)
  addHistory(tx, chat, turn.member, turn.history)
  return rows
}
