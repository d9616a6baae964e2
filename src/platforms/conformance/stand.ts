/** The stand on which an adapter is tested: the real runner, a store that remembers, and a door that keeps what comes in. */
import assert from 'node:assert/strict'
import { createRunner, type Runner } from '../../gateway/lives/runner.ts'
import type { AccountStatus } from '../../gateway/status/status-document.ts'
import { sleep, systemClock } from '../../lib/clock.ts'
import { JournalUnwritableError } from '../../lib/errors.ts'
import type { Json } from '../../lib/json.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import type { AccountStore, Inbound, Outgoing, SendOutcome } from '../platform.ts'
import type { AdapterUnderTest, FakePlatform } from './descriptor.ts'

const BOUND_MS = 15_000
const LOOK_MS = 5
const ACCOUNT = 'kit'

export interface Stand {
  readonly platform: FakePlatform
  readonly runner: Runner
  /** Messages that were kept, in order; a repeat stands here again. */
  readonly kept: readonly Inbound[]
  readonly status: AccountStatus
  /** While true, the disk refuses: nothing that comes in is kept. */
  refuseToKeep: boolean
  start(): void
  send(outgoing: Outgoing, signal?: AbortSignal): Promise<SendOutcome>
  /** Resolves as soon as `probe` holds; fails by name, with the status, when it does not in time. */
  reach(what: string, probe: () => boolean, boundMs?: number): Promise<void>
  /** As well as it can be: connected over one link, or, where the platform holds none, at least unverified. */
  up(): Promise<void>
  readonly isUp: boolean
  /** Somebody writes, and it is kept. */
  hear(text: string): Promise<Inbound>
  close(): Promise<void>
}

export async function openStand(tested: AdapterUnderTest): Promise<Stand> {
  const clock = systemClock
  const platform = await tested.open()
  const kept: Inbound[] = []
  const store = rememberingStore()
  let refuseToKeep = false

  const runner = createRunner({
    clock,
    random: systemRandom,
    log: silentLogger,
    net: platform.net,
    accounts: [{ account: ACCOUNT, enabled: true, open: async world => tested.createAdapter(platform, world) }],
    policy: { onAllDown: 'stay', reviveSeconds: [0.2], supervised: false },
    redact: text => text,
    async accept(_account, arrival) {
      if (refuseToKeep) throw new JournalUnwritableError('the disk is full')
      if (arrival.cursor !== undefined) store.move(arrival.cursor)
      if (arrival.message) kept.push(arrival.message)
    },
    async probeJournal() {
      if (refuseToKeep) throw new JournalUnwritableError('the disk is full')
    },
    storeFor: () => store,
    pending: () => ({ incoming: 0, outgoing: 0 }),
    onTransition: () => {},
    onChange: () => {},
    onVerdict: () => {},
  })
  const status = (): AccountStatus => {
    const found = runner.status()[ACCOUNT]
    assert.ok(found, 'the account is gone from the status')
    return found
  }
  const isUp = (): boolean =>
    tested.link === 'held'
      ? status().state === 'connected' && platform.links() === 1
      : ['connected', 'unverified'].includes(status().state) && status().evidence.ready_at !== null
  const reach = async (what: string, probe: () => boolean, boundMs: number = BOUND_MS): Promise<void> => {
    const deadlineMs = clock.monotonicMs() + boundMs
    while (!probe()) {
      if (clock.monotonicMs() > deadlineMs)
        assert.fail(`not within ${boundMs} ms: ${what}\n${JSON.stringify(status(), null, 2)}`)
      await sleep(clock, LOOK_MS)
    }
  }

  return {
    platform,
    runner,
    kept,
    get status() {
      return status()
    },
    get refuseToKeep() {
      return refuseToKeep
    },
    set refuseToKeep(refuses: boolean) {
      refuseToKeep = refuses
    },
    start: () => runner.start(),
    async send(outgoing, signal = new AbortController().signal) {
      const adapter = runner.adapter(ACCOUNT)
      assert.ok(adapter, 'no adapter was made')
      return adapter.send(outgoing, signal)
    },
    reach,
    up: () => reach('to be up', isUp),
    get isUp() {
      return isUp()
    },
    async hear(text) {
      const id = platform.write(text)
      await reach(`"${text}" is kept`, () => kept.some(message => message.id === id))
      const message = kept.find(each => each.id === id)
      assert.ok(message)
      return message
    },
    async close() {
      await runner.stop()
      await platform.close()
    },
  }
}

function rememberingStore(): AccountStore & { move(cursor: Json): void } {
  const values = new Map<string, Json>()
  let cursor: Json | undefined
  return {
    get: async key => values.get(key),
    async set(key, value) {
      values.set(key, value)
    },
    cursor: async () => cursor,
    move(next) {
      cursor = next
    },
  }
}
