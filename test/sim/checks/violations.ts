/** Broken invariants of one world. Each kind is kept a few times: the first ones tell the story. */
export type Invariant =
  | 'lost'
  | 'session given up'
  | 'session kept'
  | 'unanswered'
  | 'answered twice'
  | 'out of order'
  | 'not shown'
  | 'notice lost'
  | 'words lost'
  | 'left growing'
  | 'not a beginning'
  | 'two sockets'
  | 'op 7 ignored'
  | 'not acknowledged'
  | 'false connected'
  | 'not back'
  | 'deaf'
  | 'identify budget'
  | 'unpaced'
  | 'hammered'
  | 'left over'
  | 'slow stop'
  | 'unhealthy'
  | 'bug'

export interface Violation {
  readonly invariant: Invariant
  /** Virtual milliseconds since the world began. */
  readonly atMs: number
  readonly detail: string
}

export interface Violations {
  readonly list: readonly Violation[]
  add(invariant: Invariant, detail: string): void
}

const KEPT_OF_A_KIND = 5

export function createViolations(nowMs: () => number, onAdd: (violation: Violation) => void): Violations {
  const list: Violation[] = []
  return {
    list,
    add(invariant, detail) {
      if (list.filter(one => one.invariant === invariant).length >= KEPT_OF_A_KIND) return
      const violation = { invariant, atMs: nowMs(), detail }
      list.push(violation)
      onAdd(violation)
    },
  }
}
