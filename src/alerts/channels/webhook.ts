/** An alert as an HTTP POST: the whole of it as JSON, or a text in the form that a chat service wants. */
import { localTimeWithZone, replaceIsoTimes } from '../../lib/local-time.ts'
import type { RequestHttp } from '../../lib/net/network.ts'
import { asJson, type Channel, type Notice } from '../channel.ts'

export type WebhookFormat = 'json' | 'slack' | 'discord' | 'wecom' | 'dingtalk' | 'feishu'

export interface WebhookSettings {
  /** Often holds a key, so it is never shown. */
  readonly url: string
  readonly format: WebhookFormat
  readonly headers: Readonly<Record<string, string>>
}

const TIMEOUT_MS = 10_000

/** Group robots of WeCom and DingTalk take the same body. */
const asRobotText = (notice: Notice) => ({ msgtype: 'text', text: { content: forPeople(notice) } })

const forPeople = ({ textIn, language }: Notice): string => replaceIsoTimes(textIn(language), localTimeWithZone)

const BODIES: Readonly<Record<WebhookFormat, (notice: Notice) => object>> = {
  json: asJson,
  slack: notice => ({ text: forPeople(notice) }),
  discord: notice => ({ content: forPeople(notice) }),
  wecom: asRobotText,
  dingtalk: asRobotText,
  feishu: notice => ({ msg_type: 'text', content: { text: forPeople(notice) } }),
}

export function createWebhook({ url, format, headers }: WebhookSettings, request: RequestHttp): Channel {
  const { host } = new URL(url)
  return {
    name: `webhook ${host}`,
    async deliver(notice, signal) {
      const { status } = await request(
        {
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(BODIES[format](notice)),
          timeoutMs: TIMEOUT_MS,
        },
        signal,
      )
      if (status < 200 || status >= 300) throw new Error(`${host} answered HTTP ${status}`)
    },
  }
}
