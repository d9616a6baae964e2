import { ConfigError } from '../lib/errors.ts'
import { nearest } from './nearest.ts'
import { AGENT_TYPES, agentsWith, keysOfAgent } from './schema/agents.ts'
import { COMMON_SECTIONS, type Issue, knownKeys } from './schema/schema.ts'
import {
  isRawMap,
  located,
  originOf,
  type RawSettings,
  type RawValue,
  type SettingPath,
  showPath,
} from './sources/raw.ts'

/** The first thing that is wrong with the settings, in one line: the path, what is wrong, the cure. */
export function complaint(issues: readonly Issue[], raw: RawSettings): ConfigError {
  const [first] = issues.map(issue => innermost(issue, [])).sort((a, b) => lineOf(a, raw) - lineOf(b, raw))
  if (!first) return new ConfigError('the settings are wrong')
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  return new ConfigError(`${describe(first, raw)}${more}`)
}

interface Found {
  readonly issue: Issue
  readonly path: SettingPath
}

/** Of the branches of a union, the one that got furthest is the one that was meant. */
function innermost(issue: Issue, above: SettingPath): Found {
  const path = [...above, ...issue.path]
  if (issue.code !== 'invalid_union') return { issue, path }
  const inner = issue.errors.flat().filter(error => error.path.length > 0 || error.code === 'unrecognized_keys')
  const last = issue.errors.at(-1)?.[0]
  const chosen = inner[0] ?? last
  return chosen ? innermost(chosen, path) : { issue, path }
}

function lineOf({ issue, path }: Found, { origins }: RawSettings): number {
  const full = issue.code === 'unrecognized_keys' ? [...path, issue.keys[0] ?? ''] : path
  const line = /\((?:.*):(\d+)\)$/.exec(located(origins, full))?.[1]
  return line === undefined ? Number.POSITIVE_INFINITY : Number(line)
}

function describe({ issue, path }: Found, raw: RawSettings): string {
  if (issue.code === 'unrecognized_keys') return unknownKey(path, issue.keys[0] ?? '', raw)
  if (issue.code === 'invalid_key') {
    const name = String(path.at(-1))
    return `${whereKey(path.slice(0, -1), name, raw)}: ${wrongName(path[0], name)}`
  }
  const where = located(raw.origins, path)
  const value = valueAt(raw.values, path)
  const section = agentSection(path)
  if (section && path.length === section.length + 1 && path.at(-1) === 'type') return `${where}: ${unknownAgent(value)}`
  return `${where}: ${found(value, issue.message)}; ${issue.message}`
}

function unknownKey(section: SettingPath, key: string, raw: RawSettings): string {
  const isAgent = agentSection(section)?.length === section.length
  const type = String(valueAt(raw.values, [...section, 'type']))
  const [other] = isAgent ? agentsWith(key) : []
  if (other !== undefined)
    return `${located(raw.origins, [...section, key])}: belongs to agent.type ${other}; set \`type: ${other}\`, or remove it`
  const known = isAgent ? keysOfAgent(type) : knownKeys(section, type)
  const meant = nearest(key, known) ?? elsewhere(key, section)
  const cure = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`
  return `${whereKey(section, key, raw)}: unknown key; ${cure}`
}

/** It may be the right key in the wrong place. */
function elsewhere(key: string, [top, account]: SettingPath): string | undefined {
  const own = top === 'platforms' && account !== undefined ? account : 'qqbot'
  const within = (name: string, keys: readonly string[]) => (keys.includes(name) ? name : undefined)
  for (const find of [within, nearest])
    for (const [section, keys] of COMMON_SECTIONS) {
      const meant = find(key, keys)
      if (meant !== undefined) return `${section === 'platforms' ? showPath(['platforms', own]) : section}.${meant}`
    }
  return undefined
}

const LIKE_A_NAME = /^[A-Za-z_.: -]{0,40}\d{0,3}$/

/** A key may itself be a secret, in `{ client_secret, s3cr3t }` for example: only what looks like a name is repeated. */
function whereKey(section: SettingPath, key: string, { origins }: RawSettings): string {
  if (LIKE_A_NAME.test(key)) return located(origins, [...section, key])
  const line = originOf(origins, [...section, key])
  return `${showPath([...section, '…'])}${line === undefined ? '' : ` (${line})`}`
}

/** The part of a path that leads to one agent. */
function agentSection(path: SettingPath): SettingPath | undefined {
  if (path[0] === 'agent') return path.slice(0, 1)
  return path[0] === 'agents' && path.length > 1 ? path.slice(0, 2) : undefined
}

function wrongName(section: PropertyKey | undefined, name: string): string {
  if (section === 'platforms') return unknownPlatform(name)
  if (section === 'agents' && name === 'default') return 'this is the name of `agent`; choose another one'
  return 'not a name that can stand here; use letters, digits, - and _'
}

function unknownPlatform(name: string): string {
  if (name.startsWith('qqbot:'))
    return 'not the name of an account; use letters, digits, - and _ after `qqbot:` (1 to 32 of them)'
  const meant = nearest(name, ['qqbot'])
  return meant === undefined
    ? 'unknown platform; this version has qqbot (a second bot is `qqbot:work`)'
    : `unknown platform; did you mean ${meant}?`
}

function unknownAgent(value: RawValue | undefined): string {
  const wanted = `wants one of ${AGENT_TYPES.join(', ')}`
  return `${found(value, wanted)}; ${wanted}`
}

/** What stands there. Only short words and numbers are repeated: anything else may be a secret in the wrong place. */
function found(value: RawValue | undefined, wanted: string): string {
  if (value === undefined) return 'missing'
  if (value === null || value === '') return 'is empty'
  if (typeof value === 'boolean') return `is ${value}`
  if (typeof value === 'number') return String(value).length > 8 ? 'is a number that does not fit' : `is ${value}`
  if (typeof value === 'string') return foundText(value, wanted)
  if (!isRawMap(value) && /^wants a list/.test(wanted)) return value.length === 0 ? 'is an empty list' : 'is too long'
  return isRawMap(value) ? 'is a section' : 'is a list'
}

function foundText(value: string, wanted: string): string {
  if (/^wants a (list|section)/.test(wanted)) return 'is text'
  const choices = /^wants (?:one of (.*)|(\w+(?:, \w+)*), or an address .*)$/
    .exec(wanted)
    ?.slice(1)
    .find(list => list !== undefined)
    ?.split(', ')
  const plain = wanted.startsWith('wants true') ? /^(true|false)$/ : wanted.startsWith('wants a whole') ? /^\d+$/ : null
  if (plain?.test(value)) return 'is text; remove the quotes'
  const meant = nearest(value, choices ?? [])
  const harmless = choices !== undefined || /^wants (a whole number|true or false)/.test(wanted)
  const said = harmless && /^[A-Za-z][A-Za-z_-]{0,11}$/.test(value) ? `is ${value}` : 'is text that does not fit'
  return meant === undefined ? said : `${said} (did you mean ${meant}?)`
}

function valueAt(values: RawValue, path: SettingPath): RawValue | undefined {
  let value: RawValue | undefined = values
  for (const part of path) {
    if (Array.isArray(value)) value = value[Number(part)]
    else if (isRawMap(value)) value = Object.hasOwn(value, part) ? value[String(part)] : undefined
    else return undefined
  }
  return value
}
