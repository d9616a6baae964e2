import type { Redactor } from '../../lib/redact.ts'
import type { AdapterWorld, Capabilities, MediaDoor, PlatformAdapter } from '../platform.ts'
import { createAcks } from './inbound/acks.ts'
import { createGatewayUrl } from './link/bot/gateway-url.ts'
import { createShardPlan } from './link/bot/shard-plan.ts'
import { createStarts } from './link/bot/starts.ts'
import { runConnection } from './link/connection.ts'
import { TYPING_SECONDS } from './outbound/body.ts'
import { createOutbound } from './outbound/outbound.ts'
import { createRecall } from './outbound/recall.ts'
import { createUploads } from './outbound/uploads.ts'
import { createApi } from './rest/api.ts'
import { createTokenSource } from './rest/token.ts'
import { type QQBotSettings, resolveSettings } from './settings.ts'
import { createWebhookListeners, type WebhookListeners } from './webhook/listeners.ts'
import { runWebhook } from './webhook/run.ts'

const MINUTE_MS = 60_000
/** Of a guild's session two, of its channels twenty. */
const UNASKED_PER_DAY = { c2c: 1000, group: 1000, channel: 20, dm: 2 } as const

/** One QQ bot. Its lives and its sends share the token, its lives what else a bot has one of; `secrets` learns each new token. */
export function createQQBotAdapter(
  given: QQBotSettings,
  world: AdapterWorld,
  secrets: Pick<Redactor, 'add'>,
  media?: MediaDoor,
  /** Shared by all accounts; without it this one has listeners of its own. */
  listeners: WebhookListeners = createWebhookListeners(world.log),
): PlatformAdapter {
  const settings = resolveSettings(given)
  const token = createTokenSource(settings, world, secrets)
  const api = createApi(settings, world, token)
  const acks = createAcks(world, api, token)
  const starts = createStarts(settings, world.clock)
  const gatewayUrl = createGatewayUrl(settings, world, api, starts)
  const plan = createShardPlan(settings, world)
  return {
    account: settings.account,
    capabilities: capabilitiesOf(settings),
    ...(settings.webhook ? {} : { shards: () => plan.count() }),
    run: (host, signal) =>
      settings.webhook
        ? runWebhook(settings, host, signal, { api, token, acks, listeners, address: settings.webhook })
        : runConnection(settings, host, signal, { token, gatewayUrl, plan, starts, acks }),
    ...createOutbound(world, api, token, media && createUploads(world, api, media)),
    recall: createRecall(world, api, token),
  }
}

export function capabilitiesOf(
  settings: Pick<QQBotSettings, 'textLimit' | 'markdown' | 'streaming' | 'webhook'>,
): Capabilities {
  return {
    textLimit: settings.textLimit,
    markdown: settings.markdown,
    proof: settings.webhook ? 'calls' : 'heartbeat',
    // Four in an hour in private, five in five minutes elsewhere; guilds name no count.
    replyAllowance: kind =>
      kind === 'c2c' ? { windowMs: 60 * MINUTE_MS, places: 4 } : { windowMs: 5 * MINUTE_MS, places: 5 },
    keyedReplies: kind => kind === 'c2c' || kind === 'group',
    unaskedPerDay: kind => UNASKED_PER_DAY[kind],
    streams: kind => settings.streaming === true && kind === 'c2c',
    typingMs: kind => (kind === 'c2c' ? TYPING_SECONDS * 1000 : undefined),
  }
}
