import { isRecord } from '../../../lib/json.ts'
import type { PlatformOptions } from '../options.ts'
import type { World } from '../world.ts'
import { keepEvent, type Session } from './sessions.ts'

export interface PlatformEvent {
  readonly type: string
  /** The outer id; left out when undefined. */
  readonly id: string | undefined
  /** Already as JSON: the same event goes to several sessions. */
  readonly d: string
}

function frameOf(event: PlatformEvent, s: number): string {
  const id = event.id === undefined ? '' : `"id":${JSON.stringify(event.id)},`
  return `{"op":0,"s":${s},"t":${JSON.stringify(event.type)},${id}"d":${event.d}}`
}

/** Whether a connection is the one that an event goes to, or one of them. */
export function hears([index, count]: Session['shard'], d: unknown, chatShard: PlatformOptions['chatShard']): boolean {
  const { guild_id: guildId, group_openid: group, author } = isRecord(d) ? d : {}
  if (typeof guildId === 'string' && /^\d+$/.test(guildId))
    return (BigInt(guildId) >> 22n) % BigInt(count) === BigInt(index)
  if (chatShard === 'all') return true
  if (chatShard === 'first') return index === 0
  const person = isRecord(author) ? author['user_openid'] : isRecord(d) ? (d['openid'] ?? d['user_openid']) : undefined
  return sumOf(String(group ?? person ?? '')) % count === index
}

/** The same number for the same chat, and others for most others. */
function sumOf(id: string): number {
  return [...id].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521, 7)
}

/** Numbers an event, keeps it for replay and sends it when a link is there, faults of the event stream included. */
export function dispatchTo(
  world: World,
  session: Session,
  event: PlatformEvent,
  send: ((frame: string) => void) | undefined,
): void {
  const fault = world.faults.take('events', session.appId)
  if (fault?.do === 'reset_seq') session.seq = 0
  if (fault?.do === 'skip_seq') session.seq += 1
  if (fault?.do !== 'repeat_seq' || session.seq === 0) session.seq += 1

  const frame = frameOf(event, session.seq)
  const { replayLimit, sessionRetentionMs } = world.options
  keepEvent(session, { s: session.seq, atMs: world.now(), text: frame }, replayLimit, sessionRetentionMs)
  if (fault?.do === 'duplicate') {
    session.seq += 1
    const copy = frameOf(event, session.seq)
    keepEvent(session, { s: session.seq, atMs: world.now(), text: copy }, replayLimit, sessionRetentionMs)
    send?.(frame)
    send?.(copy)
    return
  }
  if (!send) return
  if (fault?.do === 'swap' && session.heldBack === undefined) {
    session.heldBack = frame
    return
  }
  send(frame)
  if (session.heldBack === undefined) return
  const late = session.heldBack
  session.heldBack = undefined
  send(late)
}
