/** The section about who is told when something is wrong. */
import { z } from 'zod'
import { chatKey } from './chat-key.ts'
import { headers, oneOf, program, text, wants, whole } from './kinds.ts'

/** Unlike other addresses it may have a query: that is where such services want their key. */
const hook = (() => {
  const wanted = wants('an address that begins with https:// (or http://), without user name and password')
  return z.string(wanted).trim().max(2000, wanted).refine(isHttpUrl, wanted)
})()

function isHttpUrl(given: string): boolean {
  if (!URL.canParse(given)) return false
  const { protocol, username, password } = new URL(given)
  return /^https?:$/.test(protocol) && `${username}${password}` === ''
}

const FORMATS = ['json', 'slack', 'discord', 'wecom', 'dingtalk', 'feishu'] as const
const webhook = z.strictObject({
  type: z.literal('webhook'),
  url: hook,
  format: oneOf(FORMATS).default('json'),
  headers,
})

const command = z.strictObject({
  type: z.literal('command'),
  ...program,
})

const address = (() => {
  const wanted = wants('a mail address, such as ops@example.org')
  return z
    .string(wanted)
    .trim()
    .regex(/^[^\s@,;]+@[^\s@,;]+$/, wanted)
    .max(320, wanted)
})()
const MOST_ADDRESSES = 20
const addresses = (() => {
  const wanted = wants(`a list of 1 to ${MOST_ADDRESSES} mail addresses`)
  return z.array(address, wanted).min(1, wanted).max(MOST_ADDRESSES, wanted)
})()
const email = z.strictObject({
  type: z.literal('email'),
  host: text(253, 'the name of a mail server'),
  port: whole(1, 65_535).default(587),
  security: oneOf(['tls', 'starttls', 'none']).default('starttls'),
  user: text(320).optional(),
  password: text(1000).optional(),
  from: address,
  to: addresses,
})

const chat = z.strictObject({ type: z.literal('chat'), chat: chatKey })

const WAYS = { webhook, command, email, chat }
const MOST_WAYS = 20
const way = z.discriminatedUnion('type', [webhook, command, email, chat], wants('a section with type'))
const ways = (() => {
  const wanted = wants(`a list of at most ${MOST_WAYS} sections, such as [{ type: webhook, url: … }]`)
  return z.array(way, wanted).max(MOST_WAYS, wanted)
})()

const ping = z.strictObject(
  { url: hook, every_s: whole(10, 86_400).default(60) },
  wants('a section with url and every_s'),
)

export const alerts = z.strictObject(
  {
    after_s: whole(0, 86_400).default(60),
    to: ways.default([]),
    ping: ping.optional(),
    free_disk_mb: whole(0, 10_000_000).default(200),
    dead_list: whole(1, 1_000_000).default(20),
  },
  wants('a section with to'),
)

/** `section`: the path within `alerts`. */
export function keysOfAlerts([name, index]: readonly PropertyKey[], type: string): readonly string[] {
  if (name === undefined) return Object.keys(alerts.shape)
  if (name === 'ping') return Object.keys(ping.shape)
  if (index === undefined) return []
  return Object.hasOwn(WAYS, type) ? Object.keys(WAYS[type as keyof typeof WAYS].shape) : ['type']
}
