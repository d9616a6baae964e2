import type { AccountId } from '../platform.ts'
import { DEFAULT_INTENTS } from './link/intents.ts'
import type { WebhookSettings } from './webhook/way.ts'

/** Every wait and bound of one QQ account, in milliseconds. Settings, so that a test can shrink what a day would take. */
export interface TimeLimits {
  readonly tokenMs: number
  /** The token endpoint is asked at most once in this time, whatever its answers say about expiry. */
  readonly tokenSpacingMs: number
  readonly gatewayMs: number
  /** The gateway URL is asked for at most twice in this time. */
  readonly gatewayWindowMs: number
  readonly dialMs: number
  readonly helloMs: number
  readonly readyMs: number
  readonly restMs: number
  /** A link that lived this long, with READY and an ACK, has proven itself. */
  readonly provenMs: number
  /** One that lived this long, with RESUMED and an ACK, was not resumed in vain. */
  readonly steadyMs: number
  /** After a close for sending too fast. */
  readonly slowDownMs: number
  /** The pause after a refused session: at least, at most. */
  readonly invalidSessionPauseMs: readonly [number, number]
  readonly heartbeatDefaultMs: number
  readonly heartbeatMinMs: number
  readonly heartbeatMaxMs: number
  /** How long a probe after a suspension may wait for its ACK (never longer than the interval). */
  readonly probeMs: number
  /** How often a live link looks whether the machine has slept. */
  readonly sampleMs: number
  /** How often a long wait says again that it is waiting. */
  readonly reportMs: number
  /** A session left by a former process is resumed only if it was alive this recently. */
  readonly resumeMaxAgeMs: number
  /** For how long an IDENTIFY counts against the number that may be sent at once: the platform's 5 s, and what a network may shorten them by. */
  readonly startWindowMs: number
  /** How often a webhook account asks whether the API answers, and tries the way on which callbacks come. */
  readonly apiProbeMs: number
  /** For how long a callback proves that the next ones would come: a chat's pauses are shorter, and whoever mends something sees it on the same day. */
  readonly callProofMs: number
}

export const DEFAULT_LIMITS: TimeLimits = {
  tokenMs: 10_000,
  tokenSpacingMs: 5_000,
  gatewayMs: 10_000,
  gatewayWindowMs: 60_000,
  dialMs: 20_000,
  helloMs: 15_000,
  readyMs: 20_000,
  restMs: 30_000,
  provenMs: 60_000,
  steadyMs: 5_000,
  slowDownMs: 60_000,
  invalidSessionPauseMs: [1_000, 5_000],
  heartbeatDefaultMs: 45_000,
  heartbeatMinMs: 100,
  heartbeatMaxMs: 120_000,
  probeMs: 10_000,
  sampleMs: 5_000,
  reportMs: 30_000,
  resumeMaxAgeMs: 30 * 60_000,
  startWindowMs: 5_500,
  apiProbeMs: 60_000,
  callProofMs: 10 * 60_000,
}

export interface QQBotSettings {
  readonly account: AccountId
  readonly appId: string
  readonly clientSecret: string
  /** Base of the REST calls, such as `https://api.sgroup.qq.com`. */
  readonly apiBase: string
  readonly tokenUrl: string
  /** How many connections share the events of its guilds; `auto` for what the platform recommends, 1 when absent. */
  readonly shards?: 'auto' | number
  /** Sum of the intent bits to ask for; private chats and groups when absent. */
  readonly intents?: number
  readonly backoffSeconds: readonly number[]
  /** Failed attempts in a row before a life gives up; 0 means never. */
  readonly maxAttempts: number
  readonly markdown: boolean
  /** Longest text of one message, in code points. */
  readonly textLimit: number
  /** Answers in private chats are shown while they grow. */
  readonly streaming?: boolean
  /** Where events come in by callbacks; over a WebSocket without it. */
  readonly webhook?: WebhookSettings | null
  readonly limits?: Partial<TimeLimits>
}

/** Settings with every default filled in. */
export interface ResolvedSettings extends QQBotSettings {
  readonly intents: number
  readonly shards: 'auto' | number
  readonly limits: TimeLimits
}

export function resolveSettings(settings: QQBotSettings): ResolvedSettings {
  return {
    ...settings,
    apiBase: settings.apiBase.replace(/\/+$/, ''),
    intents: settings.intents ?? DEFAULT_INTENTS,
    shards: settings.shards ?? 1,
    backoffSeconds: settings.backoffSeconds.length > 0 ? settings.backoffSeconds : [2, 5, 10, 30, 60],
    limits: { ...DEFAULT_LIMITS, ...settings.limits },
  }
}
