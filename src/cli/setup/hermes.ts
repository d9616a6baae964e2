/** What a home of Hermes says about its QQ bot, as a plan for Herald. Reads there, and writes nothing. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { parseDotEnv } from '../../config/sources/dotenv.ts'
import type { RawMap } from '../../config/sources/raw.ts'
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
  const others = [...variables.keys()].filter(name => /^QQ(BOT)?_/.test(name) && !TAKEN.has(name))
  return {
    plan: { account: 'qqbot', credentials: { appId, clientSecret }, settings, ...speechOf(variables, extra) },
    left: others,
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
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
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
  let settings: unknown
  try {
    settings = existsSync(file) ? parse(readFileSync(file, 'utf8')) : {}
  } catch {
    return {}
  }
  const platforms = isRecord(settings) ? settings['platforms'] : undefined
  const qqbot = isRecord(platforms) ? platforms['qqbot'] : undefined
  const extra = isRecord(qqbot) ? qqbot['extra'] : undefined
  return isRecord(extra) ? extra : {}
}

/** By openid, with a name and the time of the approval. */
function approvedIn(file: string): readonly string[] {
  const approved = existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : undefined
  return isRecord(approved) ? Object.keys(approved) : []
}

function listOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(',')
  return Array.isArray(value) ? value.map(String) : []
}

function union(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat().map(id => id.trim()))].filter(id => id !== '')
}
