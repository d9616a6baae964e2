/** A runner with toy accounts on a virtual clock, and a record of all that it told. */
import assert from 'node:assert/strict'
import {
  type AllDown,
  createRunner,
  type GivenAccount,
  type Runner,
  type RunnerOptions,
  type Transition,
} from '../../src/gateway/lives/runner.ts'
import type { AccountStatus } from '../../src/gateway/status/status-document.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { createVirtualClock, type VirtualClock } from '../../src/lib/virtual-clock.ts'
import type { AccountStore, Arrival } from '../../src/platforms/platform.ts'
import { type Conduct, createToyAdapter } from './toy-adapter.ts'
import { createToyNet, type ToyNet } from './toy-net.ts'

export interface ToyAccount {
  readonly account: string
  readonly enabled?: boolean
  readonly proof?: 'heartbeat' | 'calls'
  /** Connections that each adapter needs, in the order of opening; the last one repeats. */
  readonly shards?: readonly number[]
  /** What single connections do instead, by their index. */
  readonly conducts?: readonly (Conduct | undefined)[]
  /** What each life does; the last one repeats. */
  readonly lives: readonly Conduct[]
  readonly onTrouble?: () => void
  /** Called for every new life, before the adapter is made. */
  readonly onOpen?: (life: number) => Promise<void> | void
  /** Its settings are other ones by now. */
  readonly hasChanged?: () => Promise<boolean>
}

export interface ToyHouse {
  readonly clock: VirtualClock
  readonly net: ToyNet
  readonly runner: Runner
  readonly transitions: readonly Transition[]
  readonly verdicts: readonly AllDown[]
  readonly arrivals: readonly Arrival[]
  status(account: string): AccountStatus
  state(account: string): string
  /** Virtual seconds go by. */
  seconds(count: number): Promise<void>
  changes(): number
}

const emptyStore: AccountStore = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  cursor: () => Promise.resolve(undefined),
}

export function createToyHouse(
  accounts: readonly ToyAccount[],
  options: Partial<Pick<RunnerOptions, 'accept' | 'probeJournal' | 'policy' | 'log' | 'storeFor'>> = {},
): ToyHouse {
  const clock = createVirtualClock()
  const net = createToyNet(clock)
  const transitions: Transition[] = []
  const verdicts: AllDown[] = []
  const arrivals: Arrival[] = []
  let changes = 0
  const runner = createRunner({
    clock,
    random: seededRandom(1),
    log: silentLogger,
    net,
    redact: text => text.replaceAll('hunter2', '[redacted]'),
    accept(_account, arrival) {
      arrivals.push(arrival)
      return Promise.resolve()
    },
    probeJournal: () => Promise.resolve(),
    storeFor: () => emptyStore,
    pending: () => ({ incoming: 1, outgoing: 2 }),
    policy: { onAllDown: 'stay', reviveSeconds: [30, 60], supervised: false },
    ...options,
    accounts: accounts.map(toGiven),
    onTransition: transition => transitions.push(transition),
    onChange: () => {
      changes += 1
    },
    onVerdict: verdict => verdicts.push(verdict),
  })
  const status = (account: string): AccountStatus => {
    const found = runner.status()[account]
    assert.ok(found, `no account ${account}`)
    return found
  }
  return {
    clock,
    net,
    runner,
    transitions,
    verdicts,
    arrivals,
    status,
    state: account => status(account).state,
    seconds: count => clock.advance(count * 1000),
    changes: () => changes,
  }
}

export function toGiven(toy: ToyAccount): GivenAccount {
  let life = 0
  return {
    account: toy.account,
    enabled: toy.enabled ?? true,
    ...(toy.hasChanged === undefined ? {} : { hasChanged: toy.hasChanged }),
    async open() {
      life += 1
      await toy.onOpen?.(life)
      const conduct = toy.lives[Math.min(life, toy.lives.length) - 1] ?? 'healthy'
      return createToyAdapter({
        account: toy.account,
        conduct,
        ...(toy.conducts === undefined ? {} : { conducts: toy.conducts }),
        ...(toy.shards === undefined ? {} : { shards: toy.shards[Math.min(life, toy.shards.length) - 1] ?? 1 }),
        ...(toy.proof === undefined ? {} : { proof: toy.proof }),
        ...(toy.onTrouble === undefined ? {} : { onTrouble: toy.onTrouble }),
      })
    },
  }
}
