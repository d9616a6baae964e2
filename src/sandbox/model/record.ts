import type { FaultOf } from './faults/fault-specs.ts'
import type { ActiveFault, FaultChange } from './faults/faults.ts'
import type { ChatKind, ShownMessage } from './talk/chats.ts'

/** A chat by the names that people use. */
export interface ChatName {
  readonly kind: ChatKind
  readonly name: string
  readonly openid: string
}

/** What was wrong with a callback, on purpose. */
export type Spoilt = FaultOf<'callbacks'>['do']

/** Something that happened on the platform. Times are the platform's, in milliseconds since the epoch. */
export type Happening =
  | { readonly kind: 'message'; readonly appId: string; readonly chat: ChatName; readonly message: ShownMessage }
  /** A message was recalled, or a stream grew. */
  | {
      readonly kind: 'message_changed'
      readonly appId: string
      readonly chat: ChatName
      readonly message: ShownMessage
    }
  | { readonly kind: 'typing'; readonly appId: string; readonly chat: ChatName; readonly untilMs: number }
  | {
      readonly kind: 'request'
      readonly appId?: string
      readonly method: string
      readonly path: string
      readonly route: string
      /** Absent when no answer was given. */
      readonly status?: number
      readonly outcome: 'answered' | 'reset' | 'silence' | 'held'
      readonly processed: boolean
      readonly delayMs: number
      readonly request: string
      readonly response: string
      readonly authorization: string
      readonly traceId: string
    }
  | {
      readonly kind: 'frame'
      readonly appId?: string
      readonly connection: number
      /** As the platform sees it. */
      readonly direction: 'in' | 'out'
      readonly text: string
      readonly sizeBytes: number
    }
  | {
      readonly kind: 'connection'
      readonly appId?: string
      readonly connection: number
      readonly state: 'opened' | 'ready' | 'resumed' | 'closing' | 'closed'
      readonly sessionId?: string
      readonly code?: number
      readonly reason?: string
    }
  | { readonly kind: 'fault'; readonly change: FaultChange; readonly fault: ActiveFault }
  /** A button was pressed, or (with `ack`) the press was acknowledged. */
  | {
      readonly kind: 'click'
      readonly appId: string
      readonly chat?: ChatName
      readonly interactionId: string
      readonly ack?: unknown
    }
  /** An event posted to the bot's address, or a challenge (`validation`), and what came back; without a status nothing did. */
  | {
      readonly kind: 'callback'
      readonly appId: string
      readonly type: string
      /** Which try. */
      readonly attempt: number
      readonly status?: number
      readonly kept: boolean
      readonly spoilt?: Spoilt | 'replay'
      readonly request: string
      readonly answer: string
      readonly tookMs: number
    }
  /** An event that no session was there for, or that a fault swallowed. */
  | { readonly kind: 'undelivered'; readonly appId: string; readonly type: string; readonly id: string }

export type HappeningKind = Happening['kind']

const KINDS: Readonly<Record<HappeningKind, true>> = {
  message: true,
  message_changed: true,
  typing: true,
  request: true,
  frame: true,
  connection: true,
  fault: true,
  click: true,
  undelivered: true,
  callback: true,
}

/** Kinds from a comma list; undefined (all of them) without one. Words that are no kind are left out. */
export function readKinds(list: string | null | undefined): HappeningKind[] | undefined {
  return list?.split(',').filter((word): word is HappeningKind => Object.hasOwn(KINDS, word))
}

export type LogEntry = Happening & { readonly n: number; readonly atMs: number }

/** Everything that happened, newest kept, oldest dropped; and who wants to hear of it. */
export interface HappeningLog {
  add(happening: Happening): void
  /** Entries after number `since`, secrets masked. */
  entries(filter?: { kinds?: readonly HappeningKind[]; since?: number; appId?: string }): LogEntry[]
  /** Called at once for every new entry of these kinds, secrets masked. */
  listen(listener: (entry: LogEntry) => void, kinds?: readonly HappeningKind[]): () => void
  readonly last: number
  clear(): void
}

/** Longer texts are cut in the log; their size is told. */
const TEXT_LIMIT = 8_192

export function cutForLog(text: string): string {
  return text.length <= TEXT_LIMIT ? text : `${text.slice(0, TEXT_LIMIT)}… (${text.length} characters)`
}

export function createRecord(now: () => number, mask: (text: string) => string, capacity: number): HappeningLog {
  let ring: LogEntry[] = []
  let count = 0
  const listeners = new Map<(entry: LogEntry) => void, ReadonlySet<HappeningKind> | undefined>()

  const present = (entry: LogEntry): LogEntry => {
    if (entry.kind === 'frame') return { ...entry, text: mask(entry.text) }
    if (entry.kind === 'request')
      return { ...entry, path: mask(entry.path), request: mask(entry.request), response: mask(entry.response) }
    return entry
  }

  return {
    add(happening) {
      count += 1
      const entry: LogEntry = { ...happening, n: count, atMs: now() }
      ring[count % capacity] = entry
      for (const [listener, kinds] of listeners) if (!kinds || kinds.has(entry.kind)) listener(present(entry))
    },
    entries({ kinds, since = 0, appId } = {}) {
      const found: LogEntry[] = []
      for (let n = Math.max(since + 1, count - capacity + 1, 1); n <= count; n += 1) {
        const entry = ring[n % capacity]
        if (!entry || entry.n !== n || (kinds && !kinds.includes(entry.kind))) continue
        if (appId !== undefined && 'appId' in entry && entry.appId !== appId) continue
        found.push(present(entry))
      }
      return found
    },
    listen(listener, kinds) {
      listeners.set(listener, kinds && new Set(kinds))
      return () => listeners.delete(listener)
    },
    get last() {
      return count
    },
    clear() {
      ring = []
    },
  }
}
