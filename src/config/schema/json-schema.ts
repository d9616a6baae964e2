/** The schema of the settings for editors (JSON Schema), and the list of all settings for people; both out of `schema.ts`. */
import { isRecord } from '../../lib/json.ts'
import { TEXT_SETTINGS } from '../sources/yaml-file.ts'
import { MEANINGS } from './meanings.ts'
import { rawJsonSchema } from './schema.ts'

type Node = { readonly [key: string]: unknown }

/** One setting, as a line of a table. */
export interface SettingLine {
  /** `platforms.<account>.app_id`. */
  readonly path: string
  /** Of `agent`: the type that has it. */
  readonly of?: string
  readonly wanted: string
  /** Undefined where there is none. */
  readonly fallback: unknown
  readonly meaning: string
}

const VARIABLE = { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}' }

/** For `# yaml-language-server: $schema=…` and its like. Takes `${NAME}` in every place, and digits where a text is meant. */
export function settingsJsonSchema(): Node {
  const { $schema, ...root } = rawJsonSchema()
  return {
    $schema,
    title: 'Herald settings',
    ...forEditors(root, []),
  }
}

function forEditors(node: Node, path: readonly string[]): Node {
  const described = path.length === 0 ? {} : meaningOf(path)
  const branches = branchesOf(node)
  if (branches !== undefined) {
    const { oneOf: _one, anyOf: _any, ...rest } = node
    return { ...rest, ...described, anyOf: branches.map(branch => forEditors(branch, path)) }
  }
  if (node['type'] === 'object') return { ...forSection(node, path), ...described }
  return { ...forValue(node, path), ...described }
}

/** A section whose lines are all commented out is read as empty. */
function forSection(node: Node, path: readonly string[]): Node {
  const { properties, additionalProperties, required, default: _default, ...rest } = node
  const members = Object.entries(isRecord(properties) ? properties : {})
  // An agent without a type is an echo.
  const isDefault = members.some(([key, its]) => key === 'type' && asNode(its)['const'] === 'echo')
  return {
    ...rest,
    ...(required === undefined || isDefault ? {} : { required }),
    type: ['object', 'null'],
    ...(members.length === 0
      ? {}
      : {
          properties: Object.fromEntries(members.map(([key, its]) => [key, forEditors(asNode(its), [...path, key])])),
        }),
    additionalProperties: isRecord(additionalProperties)
      ? forEditors(additionalProperties, [...path, memberOf(path)])
      : additionalProperties,
  }
}

function forValue(node: Node, path: readonly string[]): Node {
  const { type, default: fallback, items, ...rest } = node
  const kept = fallback === undefined ? {} : { default: fallback }
  if (type === 'array') return { ...kept, ...rest, type, items: forValue(asNode(items), path) }
  if (type === 'string' && TEXT_SETTINGS.has(path.at(-1) ?? ''))
    return { ...kept, anyOf: [{ type: ['string', 'number'], ...rest }, VARIABLE] }
  if (type === 'string' && !('pattern' in rest) && !('enum' in rest)) return { ...kept, type, ...rest }
  if ('const' in rest) return node
  return { ...kept, anyOf: [{ type, ...rest }, VARIABLE] }
}

/** Every setting, in the order of the schema. */
export function listSettings(): readonly SettingLine[] {
  return linesOf(rawJsonSchema(), [], undefined)
}

function linesOf(node: Node, path: readonly string[], of: string | undefined): readonly SettingLine[] {
  const here = path.join('.')
  const branches = branchesOf(node)
  const sections = (branches ?? [node]).filter(one => one['type'] === 'object')
  // Each further agent is what `agent` is; and names that people give have no lines of their own.
  if (sections.length === 0 || here === 'agents' || sections.every(isOfTexts)) return [lineOf(node, here, of)]
  // `false` beside a section: the section itself is a setting too.
  const switchable = branches !== undefined && sections.length < branches.length ? [lineOf(node, here, of)] : []
  const inner = sections.flatMap(section => {
    const { properties, additionalProperties } = section
    const members = Object.entries(isRecord(properties) ? properties : {}).map(
      ([key, its]) => [key, asNode(its)] as const,
    )
    const type = members.find(([key]) => key === 'type')?.[1]['const']
    const kind = typeof type === 'string' ? type : of
    const accounts = isRecord(additionalProperties) ? linesOf(additionalProperties, [...path, memberOf(path)], of) : []
    return [...members.flatMap(([key, its]) => linesOf(its, [...path, key], kind)), ...accounts]
  })
  return [...switchable, ...inner]
}

function lineOf(node: Node, path: string, of: string | undefined): SettingLine {
  return {
    path,
    ...(of === undefined ? {} : { of }),
    wanted: wanted(node),
    fallback: node['default'],
    meaning: meaningAt(path) ?? '',
  }
}

/** In a few words: `auto | exit | stay`, `whole number 0–65535`, `list of texts`. */
function wanted(node: Node): string {
  const { type, enum: choices, minimum, maximum, exclusiveMinimum, items, maxLength } = node
  const branches = branchesOf(node)
  if (branches !== undefined) return [...new Set(branches.map(branch => wanted(branch)))].join(' or ')
  if ('const' in node) return String(node['const'])
  if (Array.isArray(choices)) return choices.join(' | ')
  if (type === 'array') return `list: ${wanted(asNode(items))}`
  if (type === 'object') return 'section'
  if (type === 'boolean') return 'true | false'
  if (type === 'integer') return `whole number ${minimum}–${maximum}`
  if (type === 'number')
    return `number ${exclusiveMinimum === undefined ? minimum : `above ${exclusiveMinimum}`}–${maximum}`
  return maxLength === undefined ? 'text' : `text, at most ${maxLength}`
}

/** A section of names that people give, and a text for each. */
function isOfTexts({ properties, additionalProperties }: Node): boolean {
  return properties === undefined && asNode(additionalProperties)['type'] === 'string'
}

function branchesOf(node: Node): readonly Node[] | undefined {
  const branches = node['oneOf'] ?? node['anyOf']
  return Array.isArray(branches) ? branches.map(asNode) : undefined
}

function meaningOf(path: readonly string[]): Node {
  const description = meaningAt(path.join('.'))
  return description === undefined ? {} : { description }
}

/** Further agents are what `agent` is. */
function meaningAt(path: string): string | undefined {
  return MEANINGS[path] ?? MEANINGS[path.replace(/^agents\.<name>\./, 'agent.')]
}

/** What stands for the names that people give. */
function memberOf(path: readonly string[]): string {
  return path.at(-1) === 'platforms' ? '<account>' : '<name>'
}

function asNode(value: unknown): Node {
  return isRecord(value) ? value : {}
}
