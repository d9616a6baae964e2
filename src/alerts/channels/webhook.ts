/** An alert as an HTTP POST: the whole of it as JSON, or a text in the form that a chat service wants. */
import type { RequestHttp } from '../../lib/net/network.ts'
import type { Channel, Notice } from '../channel.ts'

export type WebhookFormat = 'json' | 'slack' | 'discord' | 'wecom' | 'dingtalk' | 'feishu'

export interface WebhookSettings {
  /** Often holds a key, so it is never shown. */
  readonly url: string
  readonly format: WebhookFormat
  readonly headers: Readonly<Record<string, string>>
}

const TIMEOUT_MS = 10_000

/** Group robots of WeCom and DingTalk take the same body. */
const asRobotText = ({ text }: Notice) => ({ msgtype: 'text', text: { content: text } })

const BODIES: Readonly<Record<WebhookFormat, (notice: Notice) => object>> = {
  json: ({ alert, text, host, version }) => ({
    text,
    kind: alert.kind,
    key: alert.key,
    subject: alert.subject,
    detail: alert.detail,
    since: new Date(alert.sinceMs).toISOString(),
    at: new Date(alert.atMs).toISOString(),
    times_within_hour: alert.times,
    host,
    version,
  }),
  slack: ({ text }) => ({ text }),
  discord: ({ text }) => ({ content: text }),
  wecom: asRobotText,
  dingtalk: asRobotText,
  feishu: ({ text }) => ({ msg_type: 'text', content: { text } }),
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
