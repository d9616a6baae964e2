import type { Agent } from './agent.ts'

/** Answers `echo: ` and the text it got: enough to see that a message makes its way there and back. */
export function createEcho(): Agent {
  return {
    kind: 'echo',
    async *run({ text }, signal) {
      signal.throwIfAborted()
      yield { kind: 'text', text: `echo: ${text}` }
    },
    health: () => ({ state: 'ok' }),
    forget: async () => {},
    close: async () => {},
  }
}
