/** The table of outcomes: what follows from one answer of the platform. Pure; `docs/outcomes.md` is its text. */
import type { FormPart, SendDetail, SendOutcome, TextForm } from '../../platforms/platform.ts'

/** What matters of a reply at the moment of the answer. */
export interface TryState {
  /** The platform recognises a repeat of it. */
  readonly keyed: boolean
  /** An earlier try, with the same body and key, ended without a verdict. */
  readonly inDoubt: boolean
  /** An earlier try with the same key was answered by a broken server, which may have kept the message. */
  readonly suspect: boolean
  readonly form: TextForm
  readonly tokenRetried: boolean
  readonly seqMoved: boolean
  readonly halved: boolean
  /** It carries a file. */
  readonly media: boolean
  /** It carries buttons. */
  readonly keyboard: boolean
  /** It quotes a message. */
  readonly quote: boolean
  /** It is the last frame of a message that grew. */
  readonly stream: boolean
  /** And only ends what is seen. */
  readonly cut: boolean
  /** Tries that met a limit which passes soon. */
  readonly limited: number
}

export type Step =
  | { readonly kind: 'accepted' }
  /** For good; `notice` tells the chat, `gone` marks it. */
  | { readonly kind: 'refused'; readonly notice?: 'content' | 'form'; readonly gone?: true }
  | { readonly kind: 'unknown' }
  /** Once more, the same body under the same key. */
  | { readonly kind: 'again'; readonly pace: Pace; readonly afterMs?: number }
  /** Once more under the next key. */
  | { readonly kind: 'next_seq' }
  /** No reply is possible any more: another way, or held. */
  | { readonly kind: 'window' }
  /** Held; the chat takes nothing of the bot's own accord. */
  | { readonly kind: 'no_right' }
  /** Held; the chat takes no more of it for now. */
  | { readonly kind: 'spent' }
  | { readonly kind: 'reform'; readonly form: 'plain' | 'disarmed' }
  | { readonly kind: 'halve' }
  /** The file stays behind; its name or address goes on in words. */
  | { readonly kind: 'without_media' }
  /** The words go on without it: they say all that has to be said. */
  | { readonly kind: 'without'; readonly extra: 'keyboard' | 'quote' | 'stream' }

/** `now` at once; `doubt` after a moment; the others on their own scale of growing waits. */
export type Pace = 'now' | 'doubt' | 'not_sent' | 'busy' | 'limited'

/** A limit of a minute has passed by then; one that has not is that of a day. */
const MOST_LIMITED = 3

const SERVER_ERROR = 500

export function judge(state: TryState, outcome: SendOutcome): Step {
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'accepted' }
    case 'unknown':
      return state.keyed && !state.inDoubt ? { kind: 'again', pace: 'doubt' } : { kind: 'unknown' }
    case 'not_sent':
      return { kind: 'again', pace: 'not_sent' }
    case 'token_refused':
      return { kind: 'again', pace: state.tokenRetried ? 'busy' : 'now' }
    case 'busy':
      // A broken server may have kept it; only with a key would it know the repeat.
      if (!state.keyed && mayHaveKept(outcome)) return { kind: 'unknown' }
      return {
        kind: 'again',
        pace: 'busy',
        ...(outcome.retryAfterMs === undefined ? {} : { afterMs: outcome.retryAfterMs }),
      }
    case 'duplicate':
      if (state.inDoubt || state.suspect) return { kind: 'accepted' }
      if (state.stream) return { kind: 'without', extra: 'stream' }
      return state.keyed && !state.seqMoved ? { kind: 'next_seq' } : { kind: 'refused' }
    case 'window_closed':
      return { kind: 'window' }
    case 'no_right':
      return { kind: 'no_right' }
    case 'quota_spent':
      return outcome.soon && state.limited < MOST_LIMITED ? { kind: 'again', pace: 'limited' } : { kind: 'spent' }
    case 'form_refused':
      return nextRung(state, outcome.part)
    case 'content_refused':
      return { kind: 'refused', notice: 'content' }
    case 'chat_gone':
      return { kind: 'refused', gone: true }
    case 'refused':
      return { kind: 'refused' }
  }
}

function nextRung(state: TryState, part: FormPart): Step {
  if (state.cut) return { kind: 'refused' }
  if (state.stream) return { kind: 'without', extra: 'stream' }
  if (part === 'quote' && state.quote) return { kind: 'without', extra: 'quote' }
  // Buttons hang on Markdown, whatever the words wear.
  const hung = part === 'keyboard' || (part === 'markdown' && state.form !== 'markdown')
  if (hung && state.keyboard) return { kind: 'without', extra: 'keyboard' }
  if (part === 'media' && state.media) return { kind: 'without_media' }
  if (part === 'markdown' && state.form === 'markdown') return { kind: 'reform', form: 'plain' }
  if (part === 'link' && state.form !== 'disarmed') return { kind: 'reform', form: 'disarmed' }
  // What is said beside a file may pass as words of their own; halved, it would lose the file on the way.
  if (state.media) return { kind: 'without_media' }
  if (part === 'length' && !state.halved) return { kind: 'halve' }
  return { kind: 'refused', notice: 'form' }
}

/** True for an answer after which a `duplicate` may be our own earlier try. */
export function mayHaveKept(outcome: SendOutcome): boolean {
  return outcome.kind === 'busy' && (outcome.status ?? 0) >= SERVER_ERROR
}

/** No reply is possible any more: what was perhaps shown is never sent a second way. */
export function afterWindow(inDoubt: boolean, hasReply: boolean, proactive: boolean): 'unknown' | 'proactive' | 'held' {
  if (inDoubt) return 'unknown'
  return hasReply && proactive ? 'proactive' : 'held'
}

/** What of an outcome is kept for status and trace. */
export function detailOf(outcome: SendOutcome): SendDetail {
  const { status, code, traceId, message, auditId } = outcome
  const said = auditId === undefined ? message : `audit ${auditId}`
  return {
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(traceId === undefined ? {} : { traceId }),
    ...(said === undefined ? {} : { message: said }),
    ...(auditId === undefined ? {} : { auditId }),
  }
}
