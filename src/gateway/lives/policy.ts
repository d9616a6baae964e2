/** Whether the process goes on when accounts are down. Pure. */
import { OWNED_ELSEWHERE } from './endings.ts'
import { fallOf, type Life } from './life.ts'

export type OnAllDown = 'exit' | 'stay' | 'auto'

/** 69: another process owns what is left. 75: dead for now. 78: no cause can pass. */
export type Verdict = { readonly kind: 'go_on' } | { readonly kind: 'exit'; readonly code: 69 | 75 | 78 }

const goOn: Verdict = { kind: 'go_on' }

/** What a person switched off counts nowhere. */
function counts(life: Life): boolean {
  if (life.phase === 'stopping') return life.why !== 'pause' && life.why !== 'disable'
  return life.phase !== 'disabled' && life.phase !== 'paused'
}

export function whatNow(lives: readonly Life[], policy: OnAllDown, supervised: boolean): Verdict {
  const falls = lives.filter(counts).map(fallOf)
  if (falls.length === 0 || falls.includes(undefined)) return goOn
  const endings = falls.flatMap(fall => (fall ? [fall.ending] : []))

  if (endings.every(ending => ending.code === OWNED_ELSEWHERE)) return { kind: 'exit', code: 69 }
  const canPass = endings.some(ending => ending.retryable)
  if (policy === 'exit') return { kind: 'exit', code: canPass ? 75 : 78 }
  if (policy === 'auto' && supervised && canPass) return { kind: 'exit', code: 75 }
  return goOn
}
