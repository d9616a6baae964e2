/** Keeps back what a model thinks aloud in its answer: `<think>…</think>` at its beginning, however it arrives in pieces. */
export interface ThinkingFilter {
  /** What of this piece is for the chat. */
  push(piece: string): string
  /** What was held back and turned out to be no thought. */
  end(): string
}

const BLOCKS = ['think', 'thinking', 'thought', 'reasoning'].map(name => {
  const close = `</${name}>`
  return { open: `<${name}>`, close: { pattern: new RegExp(close, 'i'), length: close.length } }
})

export function createThinkingFilter(): ThinkingFilter {
  /** `start`: nothing but thoughts came yet. */
  let state: 'start' | 'answer' | { readonly close: (typeof BLOCKS)[number]['close'] } = 'start'
  let held = ''

  const step = (): string | undefined => {
    if (typeof state === 'object') {
      const at = held.search(state.close.pattern)
      // What is kept is enough to know the end when it comes in two pieces.
      held = at < 0 ? held.slice(1 - state.close.length) : held.slice(at + state.close.length)
      if (at < 0) return ''
      state = 'start'
      return undefined
    }
    const said = held.trimStart()
    const lower = said.toLowerCase()
    const block = BLOCKS.find(({ open }) => lower.startsWith(open))
    if (block) {
      state = { close: block.close }
      held = said.slice(block.open.length)
      return undefined
    }
    if (BLOCKS.some(({ open }) => open.startsWith(lower))) return ''
    state = 'answer'
    const text = held
    held = ''
    return text
  }

  return {
    push(piece) {
      if (state === 'answer') return piece
      held += piece
      for (;;) {
        const text = step()
        if (text !== undefined) return text
      }
    },
    end() {
      const rest = typeof state === 'object' ? '' : held
      held = ''
      return rest
    },
  }
}
