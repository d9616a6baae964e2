/** What becomes of a text within the reply budget of a message. Pure. */
import type { TextForm } from '../../platforms/platform.ts'
import { codePointLength, isBlank } from '../text/code-points.ts'
import { looksLikeMarkdown } from '../text/markdown.ts'
import { type Piece, restFrom, splitText } from '../text/split.ts'
import { MORE_IS_KEPT, type Words } from '../text/texts.ts'

export interface ReplyBudget {
  readonly placesLeft: number
  /** The seq of the next place; the ones after it count up. */
  readonly nextSeq: number
  readonly untilMs: number
  readonly nowMs: number
  /** True when the chat is known to take messages that answer nothing. */
  readonly proactive: boolean
}

export interface TextLimits {
  /** Code points of one post. */
  readonly textLimit: number
  /** May the bot use Markdown? */
  readonly markdown: boolean
}

export interface PlannedPost {
  readonly text: string
  readonly form: TextForm
  readonly purpose: 'answer' | 'notice'
  /** Null for a post that takes no place among the replies. */
  readonly seq: number | null
}

export interface ReplyPlan {
  readonly posts: readonly PlannedPost[]
  /** The whole text that finds no place now. */
  readonly heldText?: string
}

/** With less room for a sensible place, so that fewer pieces do. */
const TIGHT_FILL = 0.9
const NOTHING: ReplyPlan = { posts: [] }

/**
 * When the pieces fit, all go. When they do not, the rest goes as messages of the bot's own accord where those are
 * granted; else it is held, and the last place says so. A blank text is no post. `isBegun`: its beginning is seen already, so the
 * first place is its own, and if there is no other it says itself that more follows.
 */
export function planReply(
  text: string,
  purpose: 'answer' | 'notice',
  budget: ReplyBudget,
  limits: TextLimits,
  words: Words,
  isBegun = false,
): ReplyPlan {
  const source = text.toWellFormed()
  if (isBlank(source)) return NOTHING
  const places = budget.nowMs < budget.untilMs ? Math.max(0, budget.placesLeft) : 0
  if (places === 0 && !budget.proactive) return { posts: [], heldText: source.trimEnd() }
  const form = formOf(source, limits)
  const pieces = splitForPlaces(source, limits.textLimit, places)
  const post = (piece: Piece, index: number): PlannedPost => ({
    text: piece.text,
    form,
    purpose,
    seq: index < places ? budget.nextSeq + index : null,
  })
  if (pieces.length <= places || budget.proactive) return { posts: pieces.map(post) }
  if (isBegun && places === 1) {
    const { said, held } = lastOf(source, limits, words)
    return { posts: [{ text: said, form, purpose, seq: budget.nextSeq }], ...held }
  }
  const sent = pieces.slice(0, places - 1)
  const notice: PlannedPost = {
    text: words.restIsKept,
    form: 'plain',
    purpose: 'notice',
    seq: budget.nextSeq + sent.length,
  }
  return { posts: [...sent.map(post), notice], ...heldFrom(source, pieces[sent.length]) }
}

/**
 * What earlier answers left behind, in order, in the budget of a new message: one place stays for its own answer. What still
 * finds none stays held, and the last piece says so.
 */
export function planHeld(
  texts: readonly string[],
  budget: Omit<ReplyBudget, 'proactive'>,
  limits: TextLimits,
  words: Words,
): ReplyPlan {
  const source = texts.map(withoutMore).join('\n\n').toWellFormed()
  if (isBlank(source)) return NOTHING
  const places = budget.nowMs < budget.untilMs ? budget.placesLeft - 1 : 0
  if (places <= 0) return { posts: [], heldText: source }
  const form = formOf(source, limits)
  const post = (text: string, index: number): PlannedPost => ({
    text,
    form,
    purpose: 'answer',
    seq: budget.nextSeq + index,
  })
  const pieces = splitForPlaces(source, limits.textLimit, places)
  if (pieces.length <= places) return { posts: pieces.map((piece, index) => post(piece.text, index)) }
  const full = splitText(source, { limit: limits.textLimit, fill: TIGHT_FILL })
  const sent = full.slice(0, places - 1)
  const last = full[sent.length]
  const { said, held } = lastOf(last ? restFrom(source, last) : '', limits, words)
  const texted = [...sent.map(piece => piece.text), ...(said === '' ? [] : [said])]
  return { posts: texted.map(post), ...held }
}

/** As much of a text as one message holds together with the words that the rest is kept. */
function lastOf(
  text: string,
  { textLimit }: TextLimits,
  { moreIsKept }: Words,
): { readonly said: string; readonly held: Pick<ReplyPlan, 'heldText'> } {
  const suffix = `\n\n${moreIsKept}`
  const room = Math.max(1, textLimit - codePointLength(suffix))
  const [shorter, following] = splitText(text, { limit: room, fill: TIGHT_FILL })
  return { said: shorter ? shorter.text + suffix : '', held: heldFrom(text, following) }
}

/** A piece that was released, and then held again, still says that more follows. */
function withoutMore(text: string): string {
  const suffix = MORE_IS_KEPT.find(words => text.endsWith(words))
  return suffix === undefined ? text : text.slice(0, -suffix.length).trimEnd()
}

/** Pieces at the most sensible places, or fuller ones where the places run short. */
function splitForPlaces(source: string, limit: number, places: number): readonly Piece[] {
  const pieces = splitText(source, { limit })
  if (pieces.length <= places || pieces.length === 1) return pieces
  const fuller = splitText(source, { limit, fill: TIGHT_FILL })
  return fuller.length <= places ? fuller : pieces
}

function heldFrom(source: string, first: Piece | undefined): { heldText?: string } {
  return first ? { heldText: restFrom(source, first) } : {}
}

/** A text without Markdown looks the same as plain text, and that needs no permission. */
export function formOf(text: string, limits: TextLimits): TextForm {
  return limits.markdown && looksLikeMarkdown(text) ? 'markdown' : 'plain'
}
