import { cronTrouble } from '../../lib/cron.ts'
import { ConfigError } from '../../lib/errors.ts'
import type { AccountConfig, Config, MediaConfig, TalkConfig, WebhookConfig } from '../config.ts'
import type { Settings } from '../schema/schema.ts'
import { located, type RawSettings } from '../sources/raw.ts'
import { buildAgent, buildRoutes, secretHeaders, secretsOf } from './agents.ts'
import { alertSecrets, buildAlerts } from './alerts.ts'
import { hostsOf, idleHosts } from './hosts.ts'
import { buildSchedules } from './schedules.ts'
import { buildHooks, buildToolServers, toolSecrets } from './tools.ts'

/** Makes the configuration of settings that are right one by one, and checks what they say together. */
export function buildConfig(settings: Settings, raw: RawSettings, inFile: boolean, given: readonly string[]): Config {
  const accounts = Object.entries(settings.platforms).map(([name, account]) => buildAccount(name, account, raw))
  checkOneBotEach(accounts, raw)
  const servers = buildToolServers(settings, raw)
  const hooks = buildHooks(settings, raw)
  const agent = buildAgent(settings.agent, servers, raw, ['agent'])
  const agents = Object.fromEntries(
    Object.entries(settings.agents).map(([name, one]) => [name, buildAgent(one, servers, raw, ['agents', name])]),
  )
  const alerts = buildAlerts(settings, raw)
  const { http } = settings.gateway
  const secrets = [
    ...accounts.map(account => account.clientSecret),
    ...accounts.map(({ proxy }) => (proxy === null ? '' : decodeURIComponent(new URL(proxy).password))),
    ...[agent, ...Object.values(agents)].flatMap(secretsOf),
    settings.speech?.api_key ?? '',
    ...alertSecrets(alerts),
    ...toolSecrets(servers, hooks),
    ...secretHeaders(settings.traces?.headers ?? {}),
  ]
  return {
    inFile,
    gateway: {
      onAllDown: settings.gateway.on_all_platforms_down,
      reviveSeconds: settings.gateway.revive_s,
      language: settings.gateway.language,
      http: http === false ? null : { ...http, named: raw.origins.has('gateway.http.port') },
      maxTurns: settings.gateway.max_turns,
    },
    accounts,
    agent,
    agents,
    routes: buildRoutes(settings, raw),
    hooks,
    media: buildMedia(settings.media),
    speech: buildSpeech(settings.speech),
    alerts,
    schedules: buildSchedules(settings, raw, cronTrouble),
    log: buildLog(settings.log),
    traces: settings.traces ?? null,
    secrets: [...new Set(secrets)].filter(secret => secret !== ''),
    warnings: [...given, ...idleHosts(settings, raw), ...doubts(accounts, http === false ? undefined : http.host)],
  }
}

function buildAccount(name: string, account: Settings['platforms'][string], raw: RawSettings): AccountConfig {
  const { app_id: appId = '', client_secret: clientSecret = '', reconnect } = account
  const missing = [appId === '' ? 'app_id' : '', clientSecret === '' ? 'client_secret' : ''].filter(key => key !== '')
  const [key] = missing
  if (account.enabled && key !== undefined) {
    const path = ['platforms', name]
    const where = located(raw.origins, missing.length === 2 ? path : [...path, key])
    const variables = missing.map(one => (one === 'app_id' ? 'QQ_APP_ID' : 'QQ_CLIENT_SECRET')).join(' and ')
    const elsewhere = name === 'qqbot' ? `, or ${variables} in the environment or .env` : ''
    const what = missing.length === 2 ? 'app_id and client_secret are missing' : 'missing'
    throw new ConfigError(`${where}: ${what}; set ${missing.length === 2 ? 'them' : 'it'} there${elsewhere}`)
  }
  return {
    account: name,
    platform: 'qqbot',
    enabled: account.enabled,
    appId,
    clientSecret,
    ...hostsOf(account),
    proxy: account.proxy ?? null,
    shards: account.shards,
    backoffSeconds: reconnect.backoff_s,
    maxAttempts: reconnect.max_attempts,
    markdown: account.markdown,
    textLimit: account.text_limit,
    streaming: account.streaming,
    webhook: account.transport === 'webhook' ? buildWebhook(account.webhook) : null,
    access: {
      dmPolicy: account.dm_policy,
      pairingNotice: account.pairing_notice,
      bots: account.bots,
      groupPolicy: account.group_policy,
      groupTrigger: account.group_trigger,
      groupKeywords: account.group_keywords,
      allowedUsers: tidy(account.allowed_users),
      allowedGroups: tidy(account.allowed_groups),
    },
    talk: buildTalk(account),
  }
}

function buildWebhook({ public_url: publicUrl, ...address }: Settings['platforms'][string]['webhook']): WebhookConfig {
  return { ...address, publicUrl: publicUrl ?? null }
}

function buildTalk({
  busy,
  merge_quiet_s,
  sessions,
  limits,
  greeting,
  quote_in_groups,
}: Settings['platforms'][string]): TalkConfig {
  const [hour = 0, minute = 0] = sessions.daily_reset_at.split(':').map(Number)
  return {
    busy,
    mergeQuietMs: merge_quiet_s * 1000,
    sessions: {
      inGroups: sessions.in_groups,
      idleResetMinutes: sessions.idle_reset_minutes === 0 ? null : sessions.idle_reset_minutes,
      dailyResetAt: sessions.daily_reset_at === 'never' ? null : { hour, minute },
    },
    quoteInGroups: quote_in_groups,
    greeting,
    rates: {
      userPerMinute: limits.user_per_minute,
      userPerDay: limits.user_per_day,
      chatPerMinute: limits.chat_per_minute,
      chatPerDay: limits.chat_per_day,
    },
    tokens: { perChat: limits.chat_tokens_per_day, perAccount: limits.tokens_per_day },
  }
}

/** People copy ids with spaces around them, and leave empty places in lists. */
function tidy(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.map(id => id.trim()))].filter(id => id !== '')
}

function checkOneBotEach(accounts: readonly AccountConfig[], raw: RawSettings): void {
  const seen = new Map<string, string>()
  for (const { account, appId, enabled, webhook } of accounts) {
    if (!enabled) continue
    const other = seen.get(appId)
    if (other !== undefined) {
      const where = located(raw.origins, ['platforms', account, 'app_id'])
      throw new ConfigError(`${where}: the same bot as platforms.${other}; remove or disable one of them`)
    }
    seen.set(appId, account)
    if (webhook === null) continue
    const address = `${webhook.host}:${webhook.port}${webhook.path}`
    const taken = seen.get(address)
    if (taken !== undefined)
      throw new ConfigError(
        `${located(raw.origins, ['platforms', account, 'webhook', 'path'])}: the same address as platforms.${taken}; give each a path of its own`,
      )
    seen.set(address, account)
  }
}

const MIB = 1024 * 1024

function buildMedia(media: Settings['media']): MediaConfig {
  return {
    largestBytes: media.largest_mb * MIB,
    quotaBytes: media.quota_mb * MIB,
    downloadMs: media.download_s * 1000,
    fakeIpDns: media.fake_ip_dns,
    allowedFolders: media.allowed_folders,
  }
}

function buildSpeech(speech: Settings['speech']): Config['speech'] {
  if (speech === undefined) return null
  return {
    baseUrl: speech.base_url.replace(/\/+$/, ''),
    ...(speech.api_key === undefined ? {} : { apiKey: speech.api_key }),
    model: speech.model,
  }
}

function buildLog({ level, rooms, format, file }: Settings['log']): Config['log'] {
  const spoken = Object.entries(rooms).filter(([, own]) => own !== undefined)
  return {
    level,
    rooms: Object.fromEntries(spoken),
    format,
    file: file === undefined ? null : { path: file.path, maxMiB: file.max_mb, keep: file.keep },
  }
}

/** What is allowed and probably not meant. */
function doubts(accounts: readonly AccountConfig[], httpHost: string | undefined): string[] {
  const found: string[] = []
  if (accounts.every(account => !account.enabled))
    found.push('platforms: no account is enabled, so nothing will connect')
  if (httpHost !== undefined && !isLoopback(httpHost))
    found.push(`gateway.http.host: ${httpHost} is open to other machines, and status and metrics need no key`)
  for (const { account, access, tokenUrl, apiBase, webhook, shards } of accounts) {
    if (webhook !== null && shards !== 1)
      found.push(`platforms.${account}.shards: callbacks come without a connection, so it changes nothing`)
    if (webhook?.publicUrl != null && !isCallable(webhook.publicUrl))
      found.push(
        `platforms.${account}.webhook.public_url: the platform calls https:// alone, on port 443, 8443, 80 or 8080`,
      )
    if (webhook !== null && !isLoopback(webhook.host))
      found.push(
        `platforms.${account}.webhook.host: ${webhook.host} is open to other machines without TLS; put a reverse proxy before it`,
      )
    if (access.dmPolicy === 'allowlist' && access.allowedUsers.length === 0)
      found.push(
        `platforms.${account}.allowed_users: empty, and dm_policy is allowlist: nobody can write to it in private`,
      )
    const plain = [tokenUrl, apiBase].map(address => new URL(address)).filter(({ protocol }) => protocol === 'http:')
    const open = plain.find(({ hostname }) => !isLoopback(hostname))
    if (open !== undefined)
      found.push(
        `platforms.${account}: http://${open.host} gets the bot's secrets unprotected over the network; use https://`,
      )
  }
  return found
}

/** By the platform. Its copy in a box, on loopback, calls anything. */
function isCallable(url: string): boolean {
  const { protocol, port, hostname } = new URL(url)
  return isLoopback(hostname) || (protocol === 'https:' && ['', '8443', '80', '8080'].includes(port))
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
