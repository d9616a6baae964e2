/** Everything that the wizard asks, as flags. */
import type { RawMap, RawValue } from '../../config/sources/raw.ts'
import { type Cli, CODE, CommandError } from '../context.ts'
import type { Plan } from './plan.ts'

export interface SetupFlags {
  readonly yes?: boolean
  readonly account: string
  readonly appId?: string
  readonly secret?: string
  readonly qr?: boolean
  readonly bindBase?: string
  readonly host?: string
  readonly apiBase?: string
  readonly tokenUrl?: string
  readonly transport?: string
  readonly webhookUrl?: string
  readonly webhookPort?: string
  readonly webhookPath?: string
  readonly agent?: string
  readonly agentUrl?: string
  readonly agentModel?: string
  readonly agentKey?: string
  readonly agentCommand?: readonly string[]
  readonly dmPolicy?: string
  readonly groupPolicy?: string
  readonly allowUsers?: string
  readonly allowGroups?: string
  readonly language?: 'zh' | 'en'
  readonly service?: boolean
  /** False: what is written is not tried first. */
  readonly check: boolean
}

/** The platform that the environment names; whoever names one by a flag means that one alone. */
export function atHostOf(env: Cli['env'], flags: SetupFlags): SetupFlags {
  if ([flags.host, flags.apiBase, flags.tokenUrl].some(each => each !== undefined)) return flags
  const { QQ_HOST: host, QQ_API_BASE: apiBase, QQ_TOKEN_URL: tokenUrl } = env
  return {
    ...flags,
    ...(host === undefined ? {} : { host }),
    ...(apiBase === undefined ? {} : { apiBase }),
    ...(tokenUrl === undefined ? {} : { tokenUrl }),
  }
}

/** What was given, in the shape of the settings. Values that do not fit are found when the settings are checked. */
export function planOfFlags(flags: SetupFlags, env: Cli['env']): Plan {
  const { account, host, apiBase, tokenUrl, dmPolicy, groupPolicy, allowUsers, allowGroups } = flags
  const appId = flags.appId ?? env['QQ_APP_ID']
  const clientSecret = flags.secret ?? env['QQ_CLIENT_SECRET']
  if (flags.appId !== undefined && clientSecret === undefined)
    throw new CommandError(CODE.usage, '--app-id wants --secret too, or QQ_CLIENT_SECRET in the environment')
  const agent = agentOfFlags(flags)
  return {
    account,
    ...(appId === undefined || clientSecret === undefined ? {} : { credentials: { appId, clientSecret } }),
    settings: given({
      host,
      api_base: apiBase,
      token_url: tokenUrl,
      ...transportOfFlags(flags),
      dm_policy: dmPolicy,
      group_policy: groupPolicy,
      allowed_users: listOf(allowUsers),
      allowed_groups: listOf(allowGroups),
    }),
    ...(agent === undefined ? {} : { agent }),
  }
}

const PORTAL = 'https://q.qq.com'

/** Where a QR code comes from: one place for all of the platform's own hosts, and another host has it too. */
export function bindBaseOf({ bindBase, host }: SetupFlags): string {
  return (bindBase ?? (host !== undefined && URL.canParse(host) ? host : PORTAL)).replace(/\/+$/, '')
}

function transportOfFlags({ transport, webhookUrl, webhookPort, webhookPath }: SetupFlags): RawMap {
  const path = webhookPath ?? (webhookUrl === undefined ? undefined : pathOfUrl(webhookUrl))
  const webhook = given({
    port: webhookPort === undefined ? undefined : numberOf(webhookPort),
    path,
    public_url: webhookUrl,
  })
  const isNamed = Object.keys(webhook).length > 0
  return given({ transport: transport ?? (isNamed ? 'webhook' : undefined), webhook: isNamed ? webhook : undefined })
}

/** What is no number is left to the check of the settings. */
export function numberOf(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text
}

/** A reverse proxy that changes nothing passes the same one on. */
export function pathOfUrl(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).pathname : undefined
}

function agentOfFlags({ agent, agentUrl, agentModel, agentKey, agentCommand }: SetupFlags): Plan['agent'] {
  if (agent === undefined) {
    const its = {
      '--agent-url': agentUrl,
      '--agent-model': agentModel,
      '--agent-key': agentKey,
      '--agent-command': agentCommand,
    }
    const [flag] = Object.entries(its).find(([, value]) => value !== undefined) ?? []
    if (flag === undefined) return undefined
    throw new CommandError(CODE.usage, `${flag} wants --agent too: openai, acp, command or http`)
  }
  const [command, ...args] = agentCommand ?? []
  const address = agent === 'http' ? { url: agentUrl } : { base_url: agentUrl }
  return {
    section: given({
      type: agent,
      ...address,
      model: agentModel,
      command,
      args: args.length === 0 ? undefined : args,
    }),
    ...(agentKey === undefined ? {} : { key: agentKey }),
  }
}

function given(values: Readonly<Record<string, RawValue | undefined>>): RawMap {
  const entries = Object.entries(values).filter((entry): entry is [string, RawValue] => entry[1] !== undefined)
  return Object.fromEntries(entries)
}

function listOf(text: string | undefined): readonly string[] | undefined {
  return text
    ?.split(',')
    .map(each => each.trim())
    .filter(each => each !== '')
}
