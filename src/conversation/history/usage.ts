/** Tokens that agents say they used, since the process began. */
import { putNewest } from '../../lib/newest.ts'

export interface Used {
  readonly turns: number
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface Usage {
  /** `turns` is 0 for work that no message asked for. */
  add(session: string, used: Used): void
  of(session: string): Used
  readonly all: Used
}

const NOTHING: Used = { turns: 0, inputTokens: 0, outputTokens: 0 }
/** Of more sessions than this the ones that were quiet for longest are counted among all only. */
const MOST_SESSIONS = 1000

export function createUsage(): Usage {
  const bySession = new Map<string, Used>()
  let all = NOTHING
  return {
    add(session, used) {
      all = sum(all, used)
      putNewest(bySession, session, sum(bySession.get(session) ?? NOTHING, used), MOST_SESSIONS)
    },
    of: session => bySession.get(session) ?? NOTHING,
    get all() {
      return all
    },
  }
}

function sum(a: Used, b: Used): Used {
  return {
    turns: a.turns + b.turns,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  }
}
