/** What belongs together as one conversation with the agent, and when it begins anew by itself. Pure. */
import { type ChatAddress, chatKey, type Inbound } from '../../platforms/platform.ts'
import { isGroup } from '../access/gate.ts'

export interface SessionRules {
  /** In groups and channels: all members share one session, or each has one of their own. */
  readonly inGroups: 'shared' | 'per_user'
  /** After so long without a word it begins anew; null for never. */
  readonly idleResetMinutes: number | null
  /** Every day at this time of the machine's zone it begins anew; null for never. */
  readonly dailyResetAt: { readonly hour: number; readonly minute: number } | null
}

export const LASTING_SESSIONS: SessionRules = { inGroups: 'shared', idleResetMinutes: null, dailyResetAt: null }

export interface Session {
  readonly chat: ChatAddress
  /** The person whose session it is; empty for that of the chat as a whole. */
  readonly member: string
}

export function sessionOf(message: Inbound, { inGroups }: SessionRules): Session {
  const { chat, sender } = message
  return { chat, member: inGroups === 'per_user' && isGroup(message) ? sender.id : '' }
}

export function sessionKey({ chat, member }: Session): string {
  return member === '' ? chatKey(chat) : `${chatKey(chat)} ${member}`
}

const MINUTE_MS = 60_000

/** Why a session that was last spoken in then is over now. */
export function resetDue(rules: SessionRules, lastSaidAtMs: number, nowMs: number): 'idle' | 'daily' | undefined {
  const { idleResetMinutes, dailyResetAt } = rules
  if (idleResetMinutes !== null && nowMs - lastSaidAtMs >= idleResetMinutes * MINUTE_MS) return 'idle'
  if (dailyResetAt !== null && lastSaidAtMs < latest(dailyResetAt, nowMs)) return 'daily'
  return undefined
}

/** The last time that it was this time of day. */
function latest({ hour, minute }: { readonly hour: number; readonly minute: number }, nowMs: number): number {
  const at = new Date(nowMs)
  at.setHours(hour, minute, 0, 0)
  if (at.getTime() > nowMs) at.setDate(at.getDate() - 1)
  return at.getTime()
}
