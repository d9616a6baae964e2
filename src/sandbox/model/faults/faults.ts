import type { Agenda } from '../agenda.ts'
import type { FaultKind, FaultOf, FaultSpec } from './fault-specs.ts'

/** A fault that is on, or waits for its beginning. */
export interface ActiveFault {
  readonly id: string
  /** The preset it was made from, if any. */
  readonly name?: string
  readonly spec: FaultSpec
  /** How often it has struck. */
  fired: number
  readonly untilMs?: number
}

export type FaultChange = 'on' | 'fired' | 'off'

/** The faults that are on. Those of one kind strike in the order in which they were turned on. */
export interface Faults {
  add(spec: FaultSpec, name?: string): ActiveFault
  remove(id: string): boolean
  clear(): void
  list(): readonly ActiveFault[]
  /** The first that fits; it has struck, and one that has struck often enough is gone. */
  take<K extends FaultKind>(
    kind: K,
    appId: string | undefined,
    fits?: (spec: FaultOf<K>) => boolean,
  ): FaultOf<K> | undefined
  /** Those of a kind that have begun, without one striking. */
  on<K extends FaultKind>(kind: K): FaultOf<K>[]
}

export interface FaultDeps {
  readonly agenda: Agenda
  now(): number
  /** Told of every change; what a fault does the moment it goes on or off is done there. */
  changed(change: FaultChange, fault: ActiveFault): void
}

export function createFaults(deps: FaultDeps): Faults {
  const active = new Map<string, ActiveFault>()
  const cancels = new Map<string, (() => void)[]>()
  const begun = new Map<FaultKind, ActiveFault[]>()
  let count = 0

  const end = (fault: ActiveFault): boolean => {
    if (!active.delete(fault.id)) return false
    for (const cancel of cancels.get(fault.id) ?? []) cancel()
    cancels.delete(fault.id)
    const ofKind = begun.get(fault.spec.kind) ?? []
    const at = ofKind.indexOf(fault)
    if (at >= 0) {
      ofKind.splice(at, 1)
      deps.changed('off', fault)
    }
    return true
  }

  const begin = (fault: ActiveFault): void => {
    const ofKind = begun.get(fault.spec.kind) ?? []
    ofKind.push(fault)
    begun.set(fault.spec.kind, ofKind)
    deps.changed('on', fault)
  }

  const strike = (fault: ActiveFault): void => {
    fault.fired += 1
    deps.changed('fired', fault)
    if (fault.spec.times !== undefined && fault.fired >= fault.spec.times) end(fault)
  }

  const concerns = (fault: ActiveFault, appId: string | undefined): boolean =>
    fault.spec.appId === undefined || fault.spec.appId === appId

  return {
    add(spec, name) {
      count += 1
      const startsAtMs = deps.now() + (spec.afterMs ?? 0)
      const fault: ActiveFault = {
        id: `fault-${count}`,
        spec,
        fired: 0,
        ...(name === undefined ? {} : { name }),
        ...(spec.forMs === undefined ? {} : { untilMs: startsAtMs + spec.forMs }),
      }
      active.set(fault.id, fault)
      const planned: (() => void)[] = []
      cancels.set(fault.id, planned)
      if (spec.afterMs) planned.push(deps.agenda.at(startsAtMs, () => begin(fault)))
      if (fault.untilMs !== undefined) planned.push(deps.agenda.at(fault.untilMs, () => end(fault)))
      if (!spec.afterMs) begin(fault)
      return fault
    },
    remove(id) {
      const fault = active.get(id)
      return fault !== undefined && end(fault)
    },
    clear() {
      for (const fault of [...active.values()]) end(fault)
    },
    list: () => [...active.values()],
    take(kind, appId, fits) {
      for (const fault of begun.get(kind) ?? []) {
        if (fault.spec.kind !== kind || !concerns(fault, appId)) continue
        const spec = fault.spec as FaultOf<typeof kind>
        if (fits && !fits(spec)) continue
        strike(fault)
        return spec
      }
      return undefined
    },
    on: kind => (begun.get(kind) ?? []).map(fault => fault.spec as FaultOf<typeof kind>),
  }
}
