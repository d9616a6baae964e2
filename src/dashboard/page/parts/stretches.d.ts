/** The types of what browsers read as it is. */

export interface Change {
  readonly atMs: number
  readonly from: string
  readonly to: string
  readonly code: string | null
  readonly message: string | null
}

export interface Stretch {
  readonly state: string
  readonly fromMs: number
  readonly toMs: number
  readonly change?: Change
}

export function stretches(changes: readonly Change[], fromMs: number, nowMs: number): Stretch[]
export function upShare(all: readonly Stretch[]): number | undefined
export function withoutPauses(all: readonly Stretch[]): Stretch[]
