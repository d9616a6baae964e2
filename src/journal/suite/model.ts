import type { Acceptance, OutboxState, TurnEnd } from '../journal.ts'

/** What a journal is about, in plain maps: the reference that every store is held against. One account, one chat. */
export interface ModelMessage {
  state: 'queued' | 'running' | 'replying' | 'ended'
  end: TurnEnd | null
  attempts: number
  observed: boolean
  listed: boolean
  turn: number | null
  content: boolean
  endedAtMs: number
  readonly receivedAtMs: number
}

export interface ModelReply {
  state: OutboxState
  turn: number | null
  seq: number | null
  content: boolean
  sinceMs: number
  readonly target: string
  readonly createdAtMs: number
}

const OPEN: readonly OutboxState[] = ['pending', 'sending']
const BAD: readonly OutboxState[] = ['held', 'unknown', 'refused', 'expired']
const DAY_MS = 86_400_000

export function createModel() {
  const messages = new Map<string, ModelMessage>()
  const replies = new Map<number, ModelReply>()

  const setState = (reply: ModelReply, state: OutboxState, nowMs: number): void => {
    if (reply.state !== state) reply.sinceMs = nowMs
    reply.state = state
    const { turn } = reply
    if (turn === null || [...replies.values()].some(other => other.turn === turn && OPEN.includes(other.state))) return
    for (const message of messages.values()) {
      if (message.turn !== turn || message.state !== 'replying') continue
      message.state = 'ended'
      message.endedAtMs = nowMs
    }
  }
  const idsWhere = <K, V>(map: Map<K, V>, fits: (value: V) => boolean): K[] =>
    [...map].filter(([, value]) => fits(value)).map(([key]) => key)

  return {
    accept(id: string, how: { run: boolean; addressed: boolean; begins: boolean }, nowMs: number): Acceptance {
      const { run, addressed, begins } = how
      const known = messages.get(id)
      if (known && !(known.observed && run && addressed)) return 'known'
      messages.set(id, {
        state: run ? (begins ? 'running' : 'queued') : 'ended',
        end: run ? null : 'silent',
        attempts: begins ? 1 : 0,
        observed: !run,
        listed: false,
        turn: null,
        content: run,
        endedAtMs: nowMs,
        receivedAtMs: known?.receivedAtMs ?? nowMs,
      })
      return known ? 'upgraded' : 'new'
    },
    begin(id: string): number {
      const message = messages.get(id)
      if (!message) throw new Error('the model was asked for a message that it does not have')
      message.state = 'running'
      message.attempts += 1
      return message.attempts
    },
    end(ids: readonly string[], end: TurnEnd, added: readonly number[], nowMs: number): void {
      const waits = added.some(id => OPEN.includes(replies.get(id)?.state ?? 'held'))
      const turn = added[0] ?? null
      for (const id of added) {
        const reply = replies.get(id)
        if (reply) reply.turn = turn
      }
      for (const id of ids) {
        const message = messages.get(id)
        if (!message) throw new Error('the model was asked for a message that it does not have')
        Object.assign(message, { state: waits ? 'replying' : 'ended', end, turn, endedAtMs: nowMs })
        message.listed = end.startsWith('dead')
      }
    },
    add(id: number, target: string, seq: number | null, turn: number | null, nowMs: number): void {
      const state = seq === null ? 'held' : 'pending'
      const reply = { state, turn, seq, content: true, sinceMs: nowMs, target, createdAtMs: nowMs } satisfies ModelReply
      replies.set(id, reply)
    },
    update(id: number, state: OutboxState, seq: number | null, nowMs: number): void {
      const reply = replies.get(id)
      if (!reply) throw new Error('the model was asked for a reply that it does not have')
      reply.seq = seq
      setState(reply, state, nowMs)
    },
    move(id: string, to: 'retry' | 'drop', nowMs: number): boolean {
      const reply = id.startsWith('out:') ? replies.get(Number(id.slice(4))) : undefined
      if (reply) {
        if (!BAD.includes(reply.state) || (to === 'retry' && !reply.content)) return false
        setState(reply, to === 'retry' ? 'pending' : 'dropped', nowMs)
        return true
      }
      const message = messages.get(id.slice(id.indexOf('/') + 1))
      if (!message?.listed || message.state !== 'ended' || (to === 'retry' && !message.content)) return false
      message.listed = false
      if (to === 'retry') Object.assign(message, { state: 'queued', end: null, attempts: 0, turn: null })
      return true
    },
    sweep(nowMs: number): void {
      for (const reply of replies.values()) {
        if (reply.state === 'held' && reply.sinceMs <= nowMs - DAY_MS) setState(reply, 'expired', nowMs)
      }
      for (const [id, message] of messages) {
        if (message.state !== 'ended') continue
        if (message.endedAtMs <= nowMs - DAY_MS) message.content = false
        if (message.receivedAtMs <= nowMs - 7 * DAY_MS) messages.delete(id)
      }
      for (const [id, reply] of replies) {
        if (OPEN.includes(reply.state) || reply.state === 'held') continue
        if (reply.sinceMs <= nowMs - DAY_MS) reply.content = false
        if (reply.createdAtMs <= nowMs - 7 * DAY_MS) replies.delete(id)
      }
    },

    message: (id: string) => messages.get(id),
    reply: (id: number) => replies.get(id),
    runnable: () => idsWhere(messages, ({ state }) => state === 'queued' || state === 'running'),
    incoming: () => idsWhere(messages, ({ state }) => state !== 'ended').length,
    replyIds: () => [...replies.keys()],
    openReplies: () => idsWhere(replies, ({ state }) => OPEN.includes(state)),
    repliesIn: (state: OutboxState) => idsWhere(replies, reply => reply.state === state),
    used: (target: string) => idsWhere(replies, reply => reply.target === target && reply.seq !== null).length,
    dead: () => [
      ...idsWhere(messages, ({ listed, state }) => listed && state === 'ended').map(id => `in:qqbot/${id}`),
      ...idsWhere(replies, ({ state }) => BAD.includes(state)).map(id => `out:${id}`),
    ],
  }
}
