/** Why a trial failed, and what helps, in the language of the wizard. */
import { causeOf } from '../../pages/causes.js'
import { cureInChinese } from '../../pages/hints.js'
import type { Trial } from './try.ts'
import type { Speech } from './words.ts'

export interface Reason {
  readonly why: string
  readonly cure: string | undefined
}

/** In Chinese by its code, where that is in the table. The words that came from outside stay as they came. */
export function reasonOf({ code, why, hint }: Trial & { ok: false }, language: Speech): Reason {
  const known = language === 'zh' && code !== undefined ? causeOf(code, language) : undefined
  if (code === undefined || known === undefined)
    return { why, cure: hint !== undefined && why.includes(hint) ? undefined : hint }
  return {
    why: `${known.what}（${outsideWords(why)}）`,
    cure: hint === undefined ? known.cure : cureInChinese(code, hint),
  }
}

/** Of a sentence of ours that ends with what the platform answered, the answer alone. */
function outsideWords(why: string): string {
  return /\((HTTP \d+\b.*)\)$/s.exec(why)?.[1] ?? why
}
