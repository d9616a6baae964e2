/** The parts of a link alone: real calls to a sandbox, on a clock that stands still for both. */
import type { TestContext } from 'node:test'
import { sleep, systemClock } from '../../../src/lib/clock.ts'
import type { Json } from '../../../src/lib/json.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import { createRequest } from '../../../src/lib/net/http.ts'
import type { RequestHttp } from '../../../src/lib/net/network.ts'
import { createRedactor, type Redactor } from '../../../src/lib/redact.ts'
import { createVirtualClock, type VirtualClock } from '../../../src/lib/virtual-clock.ts'
import type { AccountStore, Observation } from '../../../src/platforms/platform.ts'
import { createGatewayUrl, type GatewayUrl } from '../../../src/platforms/qqbot/link/bot/gateway-url.ts'
import { createStarts } from '../../../src/platforms/qqbot/link/bot/starts.ts'
import { type Api, createApi } from '../../../src/platforms/qqbot/rest/api.ts'
import { createTokenSource, type TokenSource } from '../../../src/platforms/qqbot/rest/token.ts'
import { type QQBotSettings, type ResolvedSettings, resolveSettings } from '../../../src/platforms/qqbot/settings.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { sandboxFor, TEST_BOT } from '../../support/sandbox.ts'

export interface Calls {
  readonly box: Sandbox
  readonly clock: VirtualClock
  readonly settings: ResolvedSettings
  readonly tokens: TokenSource
  readonly api: Api
  readonly gatewayUrl: GatewayUrl
  readonly redactor: Redactor
  /** What the world was told. */
  readonly observed: readonly Observation[]
  /** What is kept for the account. */
  readonly kept: Map<string, Json>
  /** Another process of the same account, with the same store. */
  again(changes?: Partial<QQBotSettings>): Calls
}

export async function callsTo(t: TestContext, changes: Partial<QQBotSettings> = {}): Promise<Calls> {
  const clock = createVirtualClock()
  const box = await sandboxFor(t, { clock })
  return build(box, clock, new Map(), changes)
}

function build(box: Sandbox, clock: VirtualClock, kept: Map<string, Json>, changes: Partial<QQBotSettings>): Calls {
  const settings = resolveSettings({
    account: 'qqbot',
    appId: TEST_BOT.appId,
    clientSecret: TEST_BOT.secret,
    apiBase: box.url,
    tokenUrl: box.tokenUrl,
    backoffSeconds: [1],
    maxAttempts: 0,
    markdown: true,
    textLimit: 5_000,
    ...changes,
  })
  // The bounds of a call count in real time: the network is real.
  const request: RequestHttp = createRequest(systemClock)
  const store: AccountStore = {
    get: async key => kept.get(key),
    async set(key, value) {
      kept.set(key, value)
    },
    cursor: async () => undefined,
  }
  const observed: Observation[] = []
  const world = {
    clock,
    request,
    store,
    log: silentLogger,
    observe: (one: Observation) => void observed.push(one),
  }
  const redactor = createRedactor()
  const tokens = createTokenSource(settings, world, redactor)
  const api = createApi(settings, world, tokens)
  return {
    box,
    clock,
    settings,
    tokens,
    api,
    gatewayUrl: createGatewayUrl(settings, world, api, createStarts(settings, clock)),
    redactor,
    observed,
    kept,
    again: more => build(box, clock, kept, { ...changes, ...more }),
  }
}

/** Calls that the platform has seen. */
export function seen(box: Sandbox, path: string): number {
  return box.log.entries({ kinds: ['request'] }).filter(entry => entry.kind === 'request' && entry.path === path).length
}

/** Lets time pass until it is settled: it may have to wait for its turn. Real calls get a moment before each step. */
export async function inTime<T>({ clock }: Pick<Calls, 'clock'>, promise: Promise<T>): Promise<T> {
  let settled = false
  const over = promise.then(markSettled, markSettled)
  function markSettled(): void {
    settled = true
  }
  const deadlineMs = systemClock.monotonicMs() + 10_000
  while (!settled && systemClock.monotonicMs() < deadlineMs) {
    await Promise.race([over, sleep(systemClock, 20)])
    if (!settled) await clock.advance(500)
  }
  return promise
}
