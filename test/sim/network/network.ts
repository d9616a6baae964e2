/** The network of a world: the sockets and the requests of its processes, under one sky. */
import type { Clock } from '../../../src/lib/clock.ts'
import type { Dial, RequestHttp } from '../../../src/lib/net/network.ts'
import type { Platform } from '../../../src/sandbox/model/platform.ts'
import type { Effect } from '../../../src/sandbox/model/world.ts'
import type { Dice } from '../dice.ts'
import type { Incarnation } from '../machine/incarnation.ts'
import type { Timeline } from '../timeline.ts'
import { createRequests } from './requests.ts'
import { createSockets, type SocketWatch } from './sockets.ts'
import { createSky, type Sky } from './weather.ts'

export interface Network {
  readonly sky: Sky
  /** The door of one process. */
  doorOf(process: Incarnation): { readonly dial: Dial; readonly request: RequestHttp }
  carry(effect: Effect): void
  cutAll(): void
  halfOpenAll(): void
  /** What a process holds: open sockets, requests without an answer. */
  heldBy(process: Incarnation): { readonly sockets: number; readonly requests: number }
}

export interface NetworkDeps {
  readonly clock: Clock
  readonly dice: Dice
  readonly timeline: Timeline
  readonly watch: SocketWatch
  platform(): Platform
}

export function createNetwork(deps: NetworkDeps): Network {
  const sky = createSky(deps.dice)
  const sockets = createSockets({ ...deps, sky })
  const requests = createRequests({ ...deps, sky })
  return {
    sky,
    doorOf(process) {
      process.onDeath(() => {
        sockets.died(process)
        requests.died(process)
      })
      return { dial: sockets.dialFor(process), request: requests.requestFor(process) }
    },
    carry(effect) {
      if (effect.kind !== 'host') return sockets.carry(effect)
      sockets.hostChanged()
      requests.hostChanged()
    },
    cutAll: sockets.cutAll,
    halfOpenAll: sockets.halfOpenAll,
    heldBy: process => ({ sockets: sockets.openOf(process), requests: requests.pendingOf(process) }),
  }
}
