/** The places of an answer that has files in it. Pure; a text alone is the planner's. */
import type { OutgoingMedia } from '../../platforms/platform.ts'
import { type AnswerPart, wordsFirst } from '../text/answer-parts.ts'
import { type Piece, restFrom, splitText } from '../text/split.ts'
import { formOf, type PlannedPost, type ReplyBudget, type TextLimits } from './planner.ts'

export interface PartsPost extends PlannedPost {
  readonly media?: OutgoingMedia
}

export interface PartsPlan {
  readonly posts: readonly PartsPost[]
  /** What finds no place now, in its order. */
  readonly held: readonly AnswerPart[]
}

/** A piece of a text, or a file with what is said beside it. */
type Item =
  | { readonly kind: 'text'; readonly source: string; readonly piece: Piece }
  | { readonly kind: 'media'; readonly media: OutgoingMedia; readonly caption: string }

const TIGHT_FILL = 0.9

/**
 * In their order where all find a place, or may go without one. Else words before files, in fuller pieces; and when that is
 * too much too, `notice` takes the last place and the rest is held. With a single place and `alone: 'item'` the first item
 * goes instead: what was held before must come to an end.
 */
export function planParts(
  parts: readonly AnswerPart[],
  purpose: PlannedPost['purpose'],
  budget: ReplyBudget,
  limits: TextLimits,
  notice: string,
  alone: 'notice' | 'item' = 'notice',
): PartsPlan {
  const places = budget.nowMs < budget.untilMs ? Math.max(0, budget.placesLeft) : 0
  if (places === 0 && !budget.proactive) return { posts: [], held: parts }
  const post = (item: Item, index: number): PartsPost => ({
    ...(item.kind === 'text'
      ? { text: item.piece.text, form: formOf(item.source, limits) }
      : { text: item.caption, form: 'plain' as const, media: item.media }),
    purpose,
    seq: index < places ? budget.nextSeq + index : null,
  })
  const items = itemsOf(parts, limits, undefined)
  if (items.length <= places || budget.proactive) return { posts: items.map(post), held: [] }
  const fewer = itemsOf(wordsFirst(parts), limits, TIGHT_FILL)
  if (fewer.length <= places) return { posts: fewer.map(post), held: [] }
  const said = places === 1 && alone === 'item' ? 1 : places - 1
  const last: PartsPost[] =
    said === places ? [] : [{ text: notice, form: 'plain', purpose: 'notice', seq: budget.nextSeq + said }]
  return { posts: [...items.slice(0, said).map(post), ...last], held: heldFrom(items.slice(said)) }
}

function itemsOf(parts: readonly AnswerPart[], { textLimit }: TextLimits, fill: number | undefined): readonly Item[] {
  const options = { limit: textLimit, ...(fill === undefined ? {} : { fill }) }
  const pieces = (text: string): readonly Item[] =>
    splitText(text, options).map(piece => ({ kind: 'text', source: text, piece }))
  return parts.flatMap((part): readonly Item[] => {
    if (part.kind === 'text') return pieces(part.text.toWellFormed())
    const caption = (part.caption ?? '').toWellFormed().trim()
    const [only, ...more] = splitText(caption, options)
    if (more.length > 0) return [...pieces(caption), { kind: 'media', media: part.media, caption: '' }]
    return [{ kind: 'media', media: part.media, caption: only?.text ?? '' }]
  })
}

/** The first piece that is left of a text stands for all that follow it. */
function heldFrom(items: readonly Item[]): readonly AnswerPart[] {
  const held: AnswerPart[] = []
  let source: string | undefined
  for (const item of items) {
    if (item.kind === 'media') {
      held.push({ kind: 'media', media: item.media, ...(item.caption === '' ? {} : { caption: item.caption }) })
      source = undefined
    } else if (item.source !== source) {
      held.push({ kind: 'text', text: restFrom(item.source, item.piece) })
      source = item.source
    }
  }
  return held
}
