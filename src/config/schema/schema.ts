/** What may stand in the settings, with every default. The texts say what is wanted; `complaint.ts` makes lines of them. */
import { z } from 'zod'
import { LOG_LEVELS, LOG_ROOMS, type LogRoom } from '../../lib/log.ts'
import { AGENT_KEYS, agent, agents, ROUTE_KEYS, routes } from './agents.ts'
import { alerts, keysOfAlerts } from './alerts.ts'
import { chatKey } from './chat-key.ts'
import { flag, headers, oneOf, ownHost, proxy, text, url, wants, whole, word } from './kinds.ts'
import { HOOK_KEYS, hooks, MCP_SERVER_KEYS, mcpServers } from './tools.ts'

const LONGEST_WAIT_S = 86_400
const waits = (() => {
  const wanted = wants(
    `a list of 1 to 20 waits in seconds, such as [2, 5, 10]; each more than 0 and at most ${LONGEST_WAIT_S}`,
  )
  const wait = z.number(wanted).positive(wanted).max(LONGEST_WAIT_S, wanted)
  return z.array(wait, wanted).min(1, wanted).max(20, wanted)
})()

const MOST_IDS = 10_000
const ids = (() => {
  const wanted = wants('a list of ids, such as [A1B2, C3D4]')
  return z.array(z.string(wants('an id')), wanted).max(MOST_IDS, wants(`at most ${MOST_IDS} ids`))
})()

const HOST = /^[A-Za-z0-9._:[\]-]+$/
const host = z.string(wants('a host name or address')).trim().regex(HOST, wants('a host name or address')).max(253)

const http = z.strictObject(
  { host: host.default('127.0.0.1'), port: whole(0, 65_535).default(8643) },
  wants('a section with host and port, or false'),
)

const gateway = z.strictObject(
  {
    on_all_platforms_down: oneOf(['auto', 'exit', 'stay']).default('auto'),
    revive_s: waits.default([30, 60]),
    language: oneOf(['auto', 'zh', 'en']).default('auto'),
    http: z.union([z.literal(false), http]).prefault({}),
    max_turns: whole(1, 10_000).default(64),
  },
  wants('a section'),
)

const reconnect = z.strictObject(
  { backoff_s: waits.default([2, 5, 10, 30, 60]), max_attempts: whole(0, 1_000_000).default(100) },
  wants('a section with backoff_s and max_attempts'),
)

const mergeQuiet = (() => {
  const wanted = wants('seconds, more than 0 and at most 60')
  return z.number(wanted).positive(wanted).max(60, wanted)
})()

const MOST_MINUTES = 1_000_000
const timeOfDay = (() => {
  const wanted = wants('a time of day such as "04:00", or never')
  return z.string(wanted).regex(/^(never|([01]\d|2[0-3]):[0-5]\d)$/, wanted)
})()

const sessions = z.strictObject(
  {
    in_groups: oneOf(['shared', 'per_user']).default('shared'),
    idle_reset_minutes: whole(0, MOST_MINUTES).default(0),
    daily_reset_at: timeOfDay.default('never'),
  },
  wants('a section with in_groups, idle_reset_minutes and daily_reset_at'),
)

const rate = whole(0, 1_000_000).default(0)
const tokens = whole(0, 1_000_000_000).default(0)
const limits = z.strictObject(
  {
    user_per_minute: rate,
    user_per_day: rate,
    chat_per_minute: rate,
    chat_per_day: rate,
    chat_tokens_per_day: tokens,
    tokens_per_day: tokens,
  },
  wants('a section with numbers of messages and tokens'),
)

const keywords = (() => {
  const wanted = wants('a list of words, such as [weather, 天气]')
  return z.array(z.string(wanted).trim().min(1, wanted).max(100, wanted), wanted).max(100, wanted)
})()
const greetingText = z.string(wants('a text')).trim().max(1000, wants('at most 1000 characters')).default('')
const greeting = z.strictObject({ friend: greetingText, group: greetingText }, wants('a section with friend and group'))

const webhook = (() => {
  const path = wants('a path such as /qq/main')
  return z.strictObject(
    {
      host: word(255).default('127.0.0.1'),
      port: whole(1, 65_535).default(8760),
      path: z
        .string(path)
        .max(200, path)
        .regex(/^\/[\w./-]*$/, path)
        .default('/qqbot'),
      public_url: url.optional(),
    },
    wants('a section with host, port, path and public_url'),
  )
})()

/** More is for bots that no home serves; a platform that recommends more is not believed either. */
const shards = (() => {
  const wanted = wants('auto, or a whole number from 1 to 100')
  return z.union([z.literal('auto', wanted), z.int(wanted).min(1, wanted).max(100, wanted)], wanted)
})()

const account = z.strictObject(
  {
    enabled: flag.default(true),
    app_id: word(64).optional(),
    client_secret: word(256).optional(),
    host: z.union([oneOf(['sgroup', 'bot', 'sandbox']), ownHost]).default('sgroup'),
    api_base: url.optional(),
    token_url: url.optional(),
    transport: oneOf(['websocket', 'webhook']).default('websocket'),
    webhook: webhook.prefault({}),
    proxy: proxy.optional(),
    shards: shards.default(1),
    reconnect: reconnect.prefault({}),
    dm_policy: oneOf(['pairing', 'allowlist', 'open', 'disabled']).default('pairing'),
    pairing_notice: flag.default(true),
    group_policy: oneOf(['allowlist', 'open', 'disabled']).default('allowlist'),
    group_trigger: oneOf(['mention', 'all', 'keyword', 'reply']).default('mention'),
    group_keywords: keywords.default([]),
    bots: oneOf(['ignore', 'answer']).default('ignore'),
    quote_in_groups: flag.default(false),
    greeting: greeting.prefault({}),
    allowed_users: ids.default([]),
    allowed_groups: ids.default([]),
    busy: oneOf(['queue', 'interrupt', 'steer', 'merge']).default('queue'),
    merge_quiet_s: mergeQuiet.default(1.5),
    sessions: sessions.prefault({}),
    limits: limits.prefault({}),
    markdown: flag.default(true),
    streaming: flag.default(false),
    text_limit: whole(100, 20_000).default(4000),
  },
  wants('a section with app_id and client_secret'),
)

const ACCOUNT_ID = /^qqbot(:[A-Za-z0-9_-]{1,32})?$/

const folders = (() => {
  const wanted = wants('a list of whole paths of folders, such as [/srv/pictures]')
  return z.array(z.string(wanted).trim().regex(/^\//, wanted).max(1000, wanted), wanted).max(100, wanted)
})()

const media = z.strictObject(
  {
    largest_mb: whole(1, 10_000).default(200),
    quota_mb: whole(1, 10_000_000).default(1024),
    download_s: whole(1, 3600).default(60),
    fake_ip_dns: flag.default(false),
    allowed_folders: folders.default([]),
  },
  wants('a section'),
)

const speech = z.strictObject(
  { base_url: url, api_key: word(1000).optional(), model: text(200, 'the name of a model') },
  wants('a section with base_url and model'),
)

const level = oneOf(LOG_LEVELS)
const logRooms = z.strictObject(
  Object.fromEntries(LOG_ROOMS.map(room => [room, level.optional()])) as Record<LogRoom, z.ZodOptional<typeof level>>,
  wants(`a section with levels for ${LOG_ROOMS.join(', ')}`),
)
const logFile = z.strictObject(
  {
    path: text(1000, 'a path').default('herald.log'),
    max_mb: whole(1, 10_000).default(10),
    keep: whole(1, 100).default(5),
  },
  wants('a section with path, max_mb and keep'),
)
const log = z.strictObject(
  {
    level: level.default('info'),
    rooms: logRooms.prefault({}),
    format: oneOf(['auto', 'json', 'pretty']).default('auto'),
    file: logFile.optional(),
  },
  wants('a section'),
)

const MOST_SCHEDULES = 200
const scheduleName = (() => {
  const wanted = wants('a name of letters, digits, - and _ (1 to 64)')
  return z.string(wanted).regex(/^[A-Za-z0-9_-]{1,64}$/, wanted)
})()
const schedule = z.strictObject(
  {
    name: scheduleName,
    cron: text(100, 'a cron line such as "0 8 * * 1-5"'),
    time_zone: text(64, 'a time zone such as Asia/Shanghai'),
    to: chatKey,
    text: text(20_000).optional(),
    prompt: text(20_000).optional(),
  },
  wants('a section with name, cron, time_zone, to, and text or prompt'),
)
const schedules = (() => {
  const wanted = wants(`a list of at most ${MOST_SCHEDULES} schedules`)
  return z.array(schedule, wanted).max(MOST_SCHEDULES, wanted)
})()

const traces = z.strictObject(
  {
    endpoint: url,
    headers,
  },
  wants('a section with endpoint'),
)

const settings = z.strictObject({
  gateway: gateway.prefault({}),
  platforms: z.record(z.string().regex(ACCOUNT_ID), account, wants('a section with accounts')).prefault({}),
  agent: agent.prefault({ type: 'echo' }),
  agents: agents.prefault({}),
  routes: routes.default([]),
  mcp_servers: mcpServers.prefault({}),
  hooks: hooks.default([]),
  media: media.prefault({}),
  speech: speech.optional(),
  alerts: alerts.prefault({}),
  log: log.prefault({}),
  traces: traces.optional(),
  schedules: schedules.default([]),
})

export type Settings = z.output<typeof settings>
export type Issue = z.core.$ZodIssue

/** As zod tells it; `json-schema.ts` makes it fit for editors. */
export function rawJsonSchema(): { readonly [key: string]: unknown } {
  return z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' })
}

export function checkSettings(
  values: unknown,
): { readonly settings: Settings } | { readonly issues: readonly Issue[] } {
  const { success, data, error } = settings.safeParse(values)
  return success ? { settings: data } : { issues: error.issues }
}

const ACCOUNT_SECTIONS: ReadonlyMap<PropertyKey | undefined, { readonly shape: object }> = new Map(
  Object.entries({ reconnect, webhook, sessions, limits, greeting }),
)

/** Where a key of everyday settings may have been meant to stand: sections by their names, the likeliest first; `platforms` for an account. */
export const COMMON_SECTIONS: readonly (readonly [string, readonly string[]])[] = [
  ['gateway', Object.keys(gateway.shape)],
  ['gateway.http', Object.keys(http.shape)],
  ['platforms', Object.keys(account.shape)],
  ['agent', AGENT_KEYS],
  ['log', Object.keys(log.shape)],
  ['media', Object.keys(media.shape)],
]

/** The keys that a section may have, for the nearest one to an unknown key. `type`: what it says of itself. */
export function knownKeys(section: readonly PropertyKey[], type: string): readonly string[] {
  const [top, name, inner] = section
  if (top === undefined) return Object.keys(settings.shape)
  if (top === 'gateway') return Object.keys(name === 'http' ? http.shape : gateway.shape)
  if (top === 'platforms') return Object.keys(ACCOUNT_SECTIONS.get(inner)?.shape ?? account.shape)
  if (top === 'routes') return ROUTE_KEYS
  if (top === 'mcp_servers') return MCP_SERVER_KEYS
  if (top === 'hooks') return HOOK_KEYS
  if (top === 'log') return Object.keys(name === 'rooms' ? logRooms.shape : name === 'file' ? logFile.shape : log.shape)
  if (top === 'schedules') return Object.keys(schedule.shape)
  if (top === 'traces') return Object.keys(traces.shape)
  if (top === 'alerts') return keysOfAlerts(section.slice(1), type)
  if (top === 'media') return Object.keys(media.shape)
  return top === 'speech' ? Object.keys(speech.shape) : ['type']
}
