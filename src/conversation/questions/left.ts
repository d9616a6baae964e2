/**
 * Questions that a former process has put to people. Their turns run again, and put them again: until then they are open, and what
 * somebody decides meanwhile waits for them.
 */
import { createHash } from 'node:crypto'
import type { AgentQuestion, Grant } from '../../agents/agent.ts'
import { isRecord, type Json } from '../../lib/json.ts'
import type { Inbound } from '../../platforms/platform.ts'

export interface LeftQuestion {
  readonly id: string
  readonly askedId: string
  /** What its turn answers. */
  readonly messageId: string
  /** The same for the same question. */
  readonly mark: string
  /** Of each option. */
  readonly grants: readonly (Grant | null)[]
  readonly untilMs: number
}

export interface Decided {
  /** The place of the option. */
  readonly index: number
  readonly by?: Inbound
}

export interface Left {
  add(chat: string, questions: readonly LeftQuestion[]): void
  /** Those of a chat whose time is not up, oldest first. */
  of(chat: string): readonly LeftQuestion[]
  chats(): readonly string[]
  /** False when somebody was faster. */
  decide(question: LeftQuestion, decided: Decided): boolean
  /** The turn asks: what it left open is its own again. Others of that turn are over, for it went another way. */
  take(chat: string, messageId: string, mark: string): { readonly id: string; readonly decided?: Decided } | undefined
}

export function createLeft(nowMs: () => number): Left {
  const byChat = new Map<string, readonly LeftQuestion[]>()
  const decisions = new Map<string, Decided>()
  const of = (chat: string): readonly LeftQuestion[] =>
    (byChat.get(chat) ?? []).filter(({ untilMs }) => untilMs > nowMs())
  return {
    add(chat, questions) {
      if (questions.length > 0) byChat.set(chat, questions)
    },
    of,
    chats: () => [...byChat.keys()],
    decide({ id }, decided) {
      if (decisions.has(id)) return false
      decisions.set(id, decided)
      return true
    },
    take(chat, messageId, mark) {
      const here = of(chat)
      const found = here.find(one => one.messageId === messageId && one.mark === mark)
      const others = here.filter(one => one.messageId !== messageId)
      if (others.length > 0) byChat.set(chat, others)
      else byChat.delete(chat)
      if (!found) return undefined
      const decided = decisions.get(found.id)
      decisions.delete(found.id)
      return { id: found.id, ...(decided === undefined ? {} : { decided }) }
    },
  }
}

/** Ids of options may be others each time that an agent asks; what people read is not. */
export function markOf({ kind, title, detail, options }: AgentQuestion): string {
  const read = [kind, title, detail ?? null, options.map(({ label, grants }) => [label, grants ?? null])]
  return createHash('sha256').update(JSON.stringify(read)).digest('hex').slice(0, 32)
}

/** A question of which nothing is known but what decides it. */
export function asQuestion({ grants }: LeftQuestion): AgentQuestion {
  const options = grants.map((grant, index) => ({
    id: String(index),
    label: '',
    style: 'plain' as const,
    ...(grant === null ? {} : { grants: grant }),
  }))
  return { kind: 'choice', title: '', options }
}

export function leftAsJson(questions: readonly LeftQuestion[]): Json {
  return questions.map(question => ({ ...question, grants: [...question.grants] }))
}

const GRANTS: readonly Grant[] = ['allow_once', 'allow_always', 'reject_once', 'reject_always']

export function readLeft(stored: unknown): readonly LeftQuestion[] {
  return Array.isArray(stored) ? stored.flatMap(readOne) : []
}

function readOne(stored: unknown): readonly LeftQuestion[] {
  if (!isRecord(stored)) return []
  const { id, askedId, messageId, mark, grants, untilMs } = stored
  if (typeof id !== 'string' || typeof askedId !== 'string' || typeof messageId !== 'string') return []
  if (typeof mark !== 'string' || !Array.isArray(grants) || typeof untilMs !== 'number') return []
  const known = grants.map(grant => GRANTS.find(one => one === grant) ?? null)
  return [{ id, askedId, messageId, mark, grants: known, untilMs }]
}
