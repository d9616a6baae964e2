import type { Redactor } from '../../lib/redact.ts'
import type { AdapterWorld, Capabilities, MediaDoor, PlatformAdapter } from '../platform.ts'
import { createAcks } from './acks.ts'
import { createApi } from './api.ts'
import { runConnection } from './connection.ts'
import { createGatewayUrl } from './gateway-url.ts'
import { createSender } from './outbound.ts'
import { type QQBotSettings, resolveSettings } from './settings.ts'
import { createTokenSource } from './token.ts'
import { createUploads } from './uploads.ts'

const MINUTE_MS = 60_000

/** One QQ bot. The token and the gateway URL are shared by its lives and its sends; `secrets` learns each new token. */
export function createQQBotAdapter(
  given: QQBotSettings,
  world: AdapterWorld,
  secrets: Pick<Redactor, 'add'>,
  media?: MediaDoor,
): PlatformAdapter {
  const settings = resolveSettings(given)
  const token = createTokenSource(settings, world, secrets)
  const api = createApi(settings, world, token)
  const acks = createAcks(world, api, token)
  const gatewayUrl = createGatewayUrl(settings, world, api)
  return {
    account: settings.account,
    capabilities: capabilitiesOf(settings),
    run: (host, signal) => runConnection(settings, host, signal, { token, gatewayUrl, acks }),
    send: createSender(world, api, token, media && createUploads(world, api, media)),
  }
}

export function capabilitiesOf(settings: Pick<QQBotSettings, 'textLimit' | 'markdown'>): Capabilities {
  return {
    textLimit: settings.textLimit,
    markdown: settings.markdown,
    proof: 'heartbeat',
    // Four in an hour in private, five in five minutes elsewhere; guilds name no count.
    replyAllowance: kind =>
      kind === 'c2c' ? { windowMs: 60 * MINUTE_MS, places: 4 } : { windowMs: 5 * MINUTE_MS, places: 5 },
    keyedReplies: kind => kind === 'c2c' || kind === 'group',
  }
}
