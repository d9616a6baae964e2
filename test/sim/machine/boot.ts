/** Starts the gateway in a process of the simulated machine: the real wiring, its ports leading into the world. */
import type { Agent } from '../../../src/agents/agent.ts'
import { buildConfig } from '../../../src/config/build/build.ts'
import type { AccountConfig, Config } from '../../../src/config/config.ts'
import { checkSettings } from '../../../src/config/schema/schema.ts'
import type { AllDown } from '../../../src/gateway/lives/runner.ts'
import type { Journal } from '../../../src/journal/journal.ts'
import { HeraldError } from '../../../src/lib/errors.ts'
import type { Logger } from '../../../src/lib/log.ts'
import type { Dial, RequestHttp } from '../../../src/lib/net/network.ts'
import { createRedactor } from '../../../src/lib/redact.ts'
import { createGateway, type Gateway } from '../../../src/wiring/gateway.ts'
import { createAccounts } from '../../../src/wiring/rooms/accounts.ts'
import type { Dice } from '../dice.ts'
import { simDoor, simMedia } from '../people/media.ts'
import type { Incarnation } from './incarnation.ts'

export const APP_ID = '102000001'
export const SECRET = 'the-secret-of-the-simulated-bot'
export const ACCOUNT = 'qqbot'
const HOST = '127.0.0.1:9'

export interface Settings {
  readonly onAllDown: Config['gateway']['onAllDown']
  readonly supervised: boolean
  readonly maxAttempts: number
  readonly markdown: boolean
  readonly streaming: boolean
  readonly textLimit: number
  readonly shards: number
  /** The platform is asked for that number. */
  readonly countsShards: boolean
  readonly groupTrigger: AccountConfig['access']['groupTrigger']
}

export interface BootPorts {
  readonly process: Incarnation
  readonly dice: Dice
  readonly log: Logger
  readonly net: { readonly dial: Dial; readonly request: RequestHttp }
  readonly journal: Journal
  readonly agent: Agent
  readonly settings: Settings
  /** Which process holds the bot; the system frees it when that one dies. */
  readonly lock: BotLock
  onChange(): void
  onVerdict(verdict: AllDown): void
  onBug(thrown: unknown): void
}

export interface BotLock {
  holder: Incarnation | undefined
}

export function bootGateway(ports: BootPorts): Gateway {
  const { process, settings, lock } = ports
  const redactor = createRedactor()
  const config = configOf(settings)
  const accounts = createAccounts({
    config,
    reload: async () => config,
    async claimBot() {
      if (!process.calls()) await new Promise(() => {})
      if (lock.holder !== undefined && lock.holder !== process && lock.holder.alive)
        throw new HeraldError('owned_elsewhere', `process ${lock.holder.number} owns this bot`)
      lock.holder = process
      return {
        release: async () => {
          if (process.calls() && lock.holder === process) lock.holder = undefined
        },
      }
    },
    media: simDoor,
    redactor,
  })
  return createGateway({
    clock: process.clock,
    random: ports.dice,
    log: ports.log,
    net: ports.net,
    journal: ports.journal,
    agent: ports.agent,
    accounts,
    settings: config.gateway,
    media: simMedia,
    supervised: settings.supervised,
    redact: redactor.redact,
    onChange: ports.onChange,
    onVerdict: ports.onVerdict,
    onBug: ports.onBug,
  })
}

/** As it would be read from a file: what is not named has its default. */
function configOf(settings: Settings): Config {
  const account = {
    app_id: APP_ID,
    client_secret: SECRET,
    api_base: `http://${HOST}`,
    token_url: `http://${HOST}/app/getAppAccessToken`,
    reconnect: { max_attempts: settings.maxAttempts },
    dm_policy: 'open',
    group_policy: 'open',
    group_trigger: settings.groupTrigger,
    markdown: settings.markdown,
    streaming: settings.streaming,
    text_limit: settings.textLimit,
    shards: settings.countsShards ? 'auto' : settings.shards,
  }
  const gateway = { on_all_platforms_down: settings.onAllDown, language: 'en', http: false }
  const raw = { values: { gateway, platforms: { [ACCOUNT]: account }, agent: { type: 'echo' } }, origins: new Map() }
  const checked = checkSettings(raw.values)
  if ('issues' in checked)
    throw new Error(`the settings of the simulation are wrong: ${JSON.stringify(checked.issues)}`)
  return buildConfig(checked.settings, raw, true, [])
}
