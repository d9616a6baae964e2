/** What a home of Hermes says about its QQ bot, as a plan for Herald. Reads there, and writes nothing. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, YAMLParseError } from 'yaml'
import { parseDotEnv } from '../../config/sources/dotenv.ts'
import type { RawMap } from '../../config/sources/raw.ts'
import { ConfigError, describeError } from '../../lib/errors.ts'
import { isRecord, parseJson } from '../../lib/json.ts'
import type { Plan } from './plan.ts'

export interface HermesHome {
  readonly plan: Plan
  /** What it has about QQ and Herald has no place for. */
  readonly left: readonly string[]
  /** Files that were read. */
  readonly files: readonly string[]
}

/** Variables that both know under the same name, or whose meaning is taken over in another way. */
const TAKEN = new Set([
  'QQ_APP_ID',
  'QQ_CLIENT_SECRET',
  'QQ_ALLOWED_USERS',
  'QQ_GROUP_ALLOWED_USERS',
  'QQ_ALLOW_ALL_USERS',
  'QQ_SANDBOX',
  'QQ_STT_API_KEY',
  'QQ_STT_BASE_URL',
  'QQ_STT_MODEL',
])
const PAIRINGS = ['platforms/pairing/qqbot-approved.json', 'pairing/qqbot-approved.json']
const DM_POLICIES = new Set(['pairing', 'allowlist', 'open', 'disabled'])
const GROUP_POLICIES = new Set(['allowlist', 'open', 'disabled'])

/** `present`: lists that Herald has already; what is taken over is added to them. Undefined where it has no bot. */
export function readHermes(
  folder: string,
  present: { users: readonly string[]; groups: readonly string[] },
): HermesHome | undefined {
  const files = ['.env', 'config.yaml', ...PAIRINGS].map(name => join(folder, name)).filter(file => existsSync(file))
  const variables = readVariables(join(folder, '.env'))
  const extra = extraOf(join(folder, 'config.yaml'))
  const text = (variable: string, key: string): string | undefined =>
    variables.get(variable) || (extra[key] === undefined || extra[key] === null ? undefined : String(extra[key]))

  const appId = text('QQ_APP_ID', 'app_id')
  const clientSecret = text('QQ_CLIENT_SECRET', 'client_secret')
  if (appId === undefined || clientSecret === undefined) return undefined
  const paired = PAIRINGS.flatMap(name => approvedIn(join(folder, name)))
  const users = union(present.users, listOf(variables.get('QQ_ALLOWED_USERS') ?? extra['allow_from']), paired)
  const groups = union(present.groups, listOf(variables.get('QQ_GROUP_ALLOWED_USERS') ?? extra['group_allow_from']))
  const isYes = (variable: string): boolean => /^(1|true|yes|on)$/i.test(variables.get(variable) ?? '')
  const isOpen = isYes('QQ_ALLOW_ALL_USERS')
  const dm = isOpen ? 'open' : String(extra['dm_policy'] ?? '')
  const group = String(extra['group_policy'] ?? '')
  const settings: RawMap = {
    ...(isYes('QQ_SANDBOX') ? { host: 'sandbox' } : {}),
    ...(DM_POLICIES.has(dm) ? { dm_policy: dm } : {}),
    ...(GROUP_POLICIES.has(group) ? { group_policy: group } : {}),
    ...(typeof extra['markdown_support'] === 'boolean' ? { markdown: extra['markdown_support'] } : {}),
    ...(users.length > 0 ? { allowed_users: users } : {}),
    ...(groups.length > 0 ? { allowed_groups: groups } : {}),
  }
  const speech = speechOf(variables, extra)
  const isTaken = (name: string): boolean =>
    TAKEN.has(name) && (speech.sections !== undefined || !/^QQ_STT_/.test(name))
  const policies = Object.entries({ dm_policy: dm, group_policy: group }).filter(
    ([key, its]) => its !== '' && settings[key] === undefined,
  )
  return {
    plan: { account: 'qqbot', credentials: { appId, clientSecret }, settings, ...speech },
    left: [
      ...[...variables.keys()].filter(name => /^QQ(BOT)?_/.test(name) && !isTaken(name)),
      ...policies.map(([key, its]) => `${key}: ${its}`),
    ],
    files,
  }
}

function speechOf(variables: ReadonlyMap<string, string>, extra: Readonly<Record<string, unknown>>): Partial<Plan> {
  const stt = isRecord(extra['stt']) ? extra['stt'] : {}
  const base = stt['baseUrl'] ?? variables.get('QQ_STT_BASE_URL')
  const key = variables.get('QQ_STT_API_KEY') ?? stt['apiKey']
  const model = variables.get('QQ_STT_MODEL') ?? stt['model']
  if (typeof base !== 'string' || typeof model !== 'string') return {}
  const withKey = typeof key === 'string' && key !== ''
  const section = { base_url: base, model, ...(withKey ? { api_key: `\${QQ_STT_API_KEY}` } : {}) }
  return { sections: { speech: section }, ...(withKey ? { variables: { QQ_STT_API_KEY: key } } : {}) }
}

/** Line by line, because another program may take what this one does not. */
function readVariables(file: string): ReadonlyMap<string, string> {
  const lines = textOf(file)?.split('\n') ?? []
  return new Map(
    lines.flatMap(line => {
      try {
        return [...parseDotEnv(line, file)]
      } catch {
        return []
      }
    }),
  )
}

function extraOf(file: string): Readonly<Record<string, unknown>> {
  const settings = settingsIn(file)
  const platforms = isRecord(settings) ? settings['platforms'] : undefined
  const qqbot = isRecord(platforms) ? platforms['qqbot'] : undefined
  const extra = isRecord(qqbot) ? qqbot['extra'] : undefined
  return isRecord(extra) ? extra : {}
}

/** A half of what it says would be taken for the whole. */
function settingsIn(file: string): unknown {
  try {
    return parse(textOf(file) ?? '')
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    throw new ConfigError(`${file}: broken YAML; mend it first, or move it aside to take over what .env says`)
  }
}

/** Undefined where there is none. */
function textOf(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigError(`${describeError(error)}; let this user read it, or name another home of Hermes`)
  }
}

/** By openid, with a name and the time of the approval. */
function approvedIn(file: string): readonly string[] {
  const approved = parseJson(textOf(file) ?? '')
  return isRecord(approved) ? Object.keys(approved) : []
}

function listOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(',')
  return Array.isArray(value) ? value.map(String) : []
}

function union(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat().map(id => id.trim()))].filter(id => id !== '')
}
