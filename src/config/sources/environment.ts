/**
 * What the environment and `.env` say about settings, laid over the file: they win.
 *
 * `QQ_…` variables speak of the account `qqbot`. `QQ_APP_ID` or `QQ_CLIENT_SECRET` makes that account when the file has none
 * at all; in a file with named accounts only they are left to `${…}`. The addresses also hold for named accounts that set none.
 * `OPENAI_…` variables count only when `agent.type` is `openai`: many machines carry them for other programs, and an echo must not
 * begin to spend money because of that.
 */
import { ConfigError } from '../../lib/errors.ts'
import type { Variables } from './expand.ts'
import { isRawMap, type RawMap, type RawSettings, type RawValue, type SettingPath, showPath } from './raw.ts'

const CREDENTIALS = { QQ_APP_ID: 'app_id', QQ_CLIENT_SECRET: 'client_secret' }
const ADDRESSES = { QQ_HOST: 'host', QQ_API_BASE: 'api_base', QQ_TOKEN_URL: 'token_url' }
const LISTS = { QQ_ALLOWED_USERS: 'allowed_users', QQ_GROUP_ALLOWED_USERS: 'allowed_groups' }
const AGENT = { OPENAI_BASE_URL: 'base_url', OPENAI_API_KEY: 'api_key', OPENAI_MODEL: 'model' }
const ALLOW_ALL = 'QQ_ALLOW_ALL_USERS'
const YES = /^(1|true|yes|on)$/i
const NO = /^(0|false|no|off)$/i
const MAIN_ACCOUNT = 'qqbot'

/** Changes `raw` in place. Returns what is set and probably not meant. */
export function applyEnvironment(raw: RawSettings, variables: Variables): string[] {
  fillEmptySections(raw.values)
  const platforms = raw.values['platforms']
  const warnings = isRawMap(platforms) ? applyToAccounts(raw, platforms, variables) : []
  const agent = raw.values['agent']
  if (isRawMap(agent)) warnings.push(...applyToAgent(raw, agent, variables))
  return warnings
}

/** A section whose lines are all commented out is an empty one. */
function fillEmptySections(values: RawMap): void {
  for (const name of ['gateway', 'platforms', 'agent']) values[name] ??= {}
  const { platforms, agent, agents, routes, mcp_servers, hooks, media, speech } = values
  if (agents === null) values['agents'] = {}
  if (routes === null) values['routes'] = []
  if (mcp_servers === null) values['mcp_servers'] = {}
  if (hooks === null) values['hooks'] = []
  if (media === null) values['media'] = {}
  if (speech === null) delete values['speech']
  if (isRawMap(agent)) agent['type'] ??= 'echo'
  if (!isRawMap(platforms)) return
  for (const [name, account] of Object.entries(platforms)) {
    if (account === null) platforms[name] = {}
    else if (isRawMap(account) && account['reconnect'] === null) account['reconnect'] = {}
  }
}

function applyToAccounts(raw: RawSettings, platforms: RawMap, variables: Variables): string[] {
  const given = Object.keys({ ...CREDENTIALS, ...LISTS, [ALLOW_ALL]: '' }).filter(name => variables.get(name))
  const credentials = given.filter(name => name in CREDENTIALS)
  if (Object.keys(platforms).length === 0 && credentials.length > 0) platforms[MAIN_ACCOUNT] = {}
  for (const [name, account] of Object.entries(platforms)) {
    if (!isRawMap(account)) continue
    const path = ['platforms', name]
    const isMain = name === MAIN_ACCOUNT
    // A named account that says where it lives is not torn in two.
    const isSettled = !isMain && account['host'] !== undefined
    for (const [variable, key] of Object.entries(isSettled ? {} : ADDRESSES))
      if (isMain || account[key] === undefined) overlay(raw, account, [...path, key], variable, variables)
    if (isMain) applyToMain(raw, account, path, variables)
  }
  if (MAIN_ACCOUNT in platforms) return []
  const unheard = given.filter(name => !variables.used.has(name))
  return unheard.length === 0
    ? []
    : [`${unheard.join(', ')}: set, and no account takes it: the file has no account ${MAIN_ACCOUNT}`]
}

function applyToMain(raw: RawSettings, account: RawMap, path: SettingPath, variables: Variables): void {
  for (const [variable, key] of Object.entries(CREDENTIALS)) overlay(raw, account, [...path, key], variable, variables)
  for (const [variable, key] of Object.entries(LISTS))
    overlay(raw, account, [...path, key], variable, variables, value => value.split(','))
  const all = variables.get(ALLOW_ALL)
  if (!all || NO.test(all.value.trim())) return
  if (!YES.test(all.value.trim())) throw new ConfigError(`${all.origin}: wants true or false`)
  for (const key of ['dm_policy', 'group_policy'])
    overlay(raw, account, [...path, key], ALLOW_ALL, variables, () => 'open')
}

function applyToAgent(raw: RawSettings, agent: RawMap, variables: Variables): string[] {
  if (agent['type'] === 'openai') {
    for (const [variable, key] of Object.entries(AGENT)) overlay(raw, agent, ['agent', key], variable, variables)
    return []
  }
  const meant = Object.keys(AGENT).filter(name => variables.isFromFile(name) && !variables.used.has(name))
  return agent['type'] === 'echo' && meant.length > 0
    ? [`${meant.join(', ')}: set in .env, and agent.type is echo; set \`agent: { type: openai }\` to use it`]
    : []
}

function overlay(
  raw: RawSettings,
  section: RawMap,
  path: SettingPath,
  variable: string,
  variables: Variables,
  read: (value: string) => RawValue = value => value,
): void {
  const found = variables.get(variable)
  if (!found) return
  section[String(path.at(-1))] = read(found.value)
  raw.origins.set(showPath(path), found.origin)
}
