/** The alerts of the configuration, with what they need of this process. */
import { type Alerts, createAlerts } from '../../alerts/alerts.ts'
import type { Channel } from '../../alerts/channel.ts'
import { type ChatWorld, createChat } from '../../alerts/channels/chat.ts'
import { createCommand } from '../../alerts/channels/command.ts'
import { createEmail } from '../../alerts/channels/email.ts'
import { createWebhook } from '../../alerts/channels/webhook.ts'
import type { ScarceChat } from '../../alerts/conditions.ts'
import { createPing } from '../../alerts/ping.ts'
import type { AlertWay, Config, Environment } from '../../config/config.ts'
import type { StatusDocument } from '../../gateway/status/status-document.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/log.ts'
import type { RequestHttp } from '../../lib/net/network.ts'

export interface AlertsWorld extends ChatWorld {
  readonly home: string
  readonly version: string
  readonly env: Environment
  readonly clock: Clock
  readonly log: Logger
  readonly request: RequestHttp
  status(): StatusDocument
  dead(): Promise<number>
  scarce(): Promise<readonly ScarceChat[]>
  redact(text: string): string
  onBug(thrown: unknown): void
}

/** Undefined where nobody is to be told of anything. */
export function openAlerts({ alerts, gateway }: Config, world: AlertsWorld): Alerts | undefined {
  if (alerts.to.length === 0 && alerts.ping === null) return undefined
  return createAlerts({
    ...world,
    rules: { dwellMs: alerts.afterMs, freeMiB: alerts.freeMiB, deadList: alerts.deadList },
    channels: alerts.to.map(way => channelOf(way, world)),
    ...(alerts.ping === null ? {} : { ping: createPing(alerts.ping, world) }),
    language: gateway.language === 'zh' ? 'zh' : 'en',
  })
}

function channelOf(way: AlertWay, world: AlertsWorld): Channel {
  switch (way.type) {
    case 'webhook':
      return createWebhook(way, world.request)
    case 'command':
      return createCommand(way, world)
    case 'email':
      return createEmail(way)
    case 'chat':
      return createChat(way.chat, world)
  }
}
