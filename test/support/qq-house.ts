/** The QQ adapter in front of a sandbox over real sockets: alone, for its sends, or with the whole gateway around it. */
import type { Agent } from '../../src/agents/agent.ts'
import { createEcho } from '../../src/agents/echo.ts'
import type { AccessRules } from '../../src/conversation/access/gate.ts'
import type { Language } from '../../src/conversation/notices/language.ts'
import { TALK_RULES, type TalkRules } from '../../src/conversation/rules.ts'
import { drain } from '../../src/gateway/process/drain.ts'
import type { AccountStatus } from '../../src/gateway/status/status-document.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createRequest } from '../../src/lib/net/http.ts'
import { createDial } from '../../src/lib/net/socket.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { createRedactor } from '../../src/lib/redact.ts'
import type { Media } from '../../src/media/create-media.ts'
import type { AccountStore, AdapterWorld, Observation, PlatformAdapter } from '../../src/platforms/platform.ts'
import { capabilitiesOf, createQQBotAdapter } from '../../src/platforms/qqbot/adapter.ts'
import type { QQBotSettings, TimeLimits } from '../../src/platforms/qqbot/settings.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { createGateway, type Gateway, type GatewayDeps } from '../../src/wiring/gateway.ts'
import { eventually } from './eventually.ts'
import { type Disposable, TEST_BOT, until } from './sandbox.ts'

/** Short where the platform's own would make a test wait, and long enough for a busy machine. */
const QUICK: Partial<TimeLimits> = {
  tokenSpacingMs: 50,
  invalidSessionPauseMs: [10, 20],
  slowDownMs: 200,
  provenMs: 200,
}

export interface HouseOptions {
  readonly limits?: Partial<TimeLimits>
  readonly settings?: Partial<QQBotSettings>
  readonly media?: Media
}

function settingsFor(box: Sandbox, { limits, settings }: HouseOptions): QQBotSettings {
  return {
    account: 'qqbot',
    appId: TEST_BOT.appId,
    clientSecret: TEST_BOT.secret,
    apiBase: box.url,
    tokenUrl: box.tokenUrl,
    backoffSeconds: [0.05, 0.1, 0.2],
    maxAttempts: 0,
    markdown: true,
    textLimit: 5000,
    ...settings,
    limits: { ...QUICK, ...limits },
  }
}

const emptyStore: AccountStore = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  cursor: () => Promise.resolve(undefined),
}

/** The adapter, and what it has told the world. */
export function adapterFor(
  box: Sandbox,
  options: HouseOptions = {},
): { readonly adapter: PlatformAdapter; readonly observed: Observation[] } {
  const observed: Observation[] = []
  const world: AdapterWorld = {
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    request: createRequest(systemClock),
    store: emptyStore,
    observe: observation => observed.push(observation),
  }
  const adapter = createQQBotAdapter(settingsFor(box, options), world, createRedactor(), options.media?.door)
  return { adapter, observed }
}

export interface GatewayHouse {
  readonly gateway: Gateway
  readonly journal: Journal
  status(): AccountStatus
  /** Also done when the test ends. */
  stop(): Promise<void>
}

export interface GatewayOptions extends HouseOptions {
  readonly agent?: Agent
  /** Asked anew for every message. */
  readonly access?: Partial<AccessRules> | (() => Partial<AccessRules>)
  readonly hooks?: GatewayDeps['hooks']
  readonly talk?: Partial<TalkRules>
  /** English without one. */
  readonly language?: Language
  /** The journal's file; in memory without one. */
  readonly path?: string
}

/** The whole gateway with one account, connected (as far as a webhook is known to be), open to everybody, answering with an echo. Stopped when the test ends. */
export async function gatewayFor(t: Disposable, box: Sandbox, options: GatewayOptions = {}): Promise<GatewayHouse> {
  const settings = settingsFor(box, options)
  const redactor = createRedactor()
  const journal = openJournal({ path: options.path ?? ':memory:', clock: systemClock })
  const { access } = options
  const rulesNow = (): AccessRules => ({
    dmPolicy: 'open',
    groupPolicy: 'open',
    groupTrigger: 'mention',
    allowedUsers: [],
    allowedGroups: [],
    ...(typeof access === 'function' ? access() : access),
  })
  const gateway = createGateway({
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    net: { dial: createDial(systemClock), request: createRequest(systemClock) },
    journal,
    agent: options.agent ?? createEcho(),
    accounts: {
      given: [
        {
          account: 'qqbot',
          enabled: true,
          open: world => Promise.resolve(createQQBotAdapter(settings, world, redactor, options.media?.door)),
        },
      ],
      access: rulesNow,
      talk: () => ({ ...TALK_RULES, ...options.talk }),
      capabilities: () => capabilitiesOf(settings),
    },
    settings: { onAllDown: 'stay', reviveSeconds: [1], language: options.language ?? 'en', http: null, maxTurns: 64 },
    ...(options.media === undefined ? {} : { media: options.media }),
    ...(options.hooks === undefined ? {} : { hooks: options.hooks }),
    supervised: false,
    redact: text => redactor.redact(text),
    onChange: () => {},
    onVerdict: () => {},
    onBug(thrown) {
      throw thrown
    },
  })
  let stopped: Promise<unknown> | undefined
  const stop = async (): Promise<void> => {
    stopped ??= drain(gateway.drainSteps, 10_000, systemClock)
    await stopped
  }
  t.after(stop)
  gateway.start(0)
  const status = (): AccountStatus => {
    const found = gateway.platforms()['qqbot']
    if (!found) throw new Error('the account is not there')
    return found
  }
  if (settings.webhook) await eventually('an answer of the API', 10_000, () => status().evidence.ready_at !== null)
  else await until(box, 'a live link', () => box.counters().liveLinks > 0 && status().state === 'connected')
  return { gateway, journal, status, stop }
}
