import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
} from 'yaml'
import { ConfigError } from '../../lib/errors.ts'
import { type RawMap, type RawSettings, type RawValue, type SettingPath, showPath } from './raw.ts'

const MOST_VALUES = 25_000
/** An alias can make a small file grow without end. */
const MOST_ALIASES = 100
const DEEPEST = 12

/**
 * What a person can do about a mistake, by the parser's name for it and, where one name stands for several, its words. Its
 * own text is never shown: it quotes the file, and what stands there may be a secret.
 */
const KNOWN_MISTAKES: readonly (readonly [code: string, words: RegExp, cure: string])[] = [
  ['TAB_AS_INDENT', /./, 'a tab in the indentation; indent with spaces'],
  ['MISSING_CHAR', /quote/, 'a quote is not closed; close it'],
  ['MISSING_CHAR', /map values|, or :/, 'a line without a colon; write `name: value`'],
  ['MISSING_CHAR', /space/, 'a space is missing here; put one in, or put the value in quotes'],
  ['MISSING_CHAR', /must end with|end with a/, 'a bracket is not closed; close it'],
  ['BAD_INDENT', /./, 'a bracket is not closed, or the indentation is off; mend it'],
  ['BAD_SCALAR_START', /./, 'a value cannot begin with this character; put the value in quotes'],
  ['BAD_ALIAS', /./, '& and * at the beginning of a value need a name; put the value in quotes'],
  ['BAD_DQ_ESCAPE', /./, 'a \\ in double quotes begins an escape, and this is none; write \\\\, or use single quotes'],
  ['UNEXPECTED_TOKEN', /Block scalar header/, 'after | or > the text begins in the next line; put the value in quotes'],
  ['BLOCK_AS_IMPLICIT_KEY', /./, 'two settings in one line, or a ": " inside a value; put the value in quotes'],
  ['MULTILINE_IMPLICIT_KEY', /./, 'a line without a colon; write `name: value`'],
  ['MULTIPLE_DOCS', /./, 'a second document begins here; remove the line with ---'],
  ['TAG_RESOLVE_FAILED', /./, 'tags (!name) mean nothing here; remove it, or put the value in quotes'],
]

/**
 * Settings that are text also when they look like a number: an app id keeps its leading zero, an id of forty digits all of
 * them.
 */
export const TEXT_SETTINGS: ReadonlySet<PropertyKey> = new Set([
  'app_id',
  'client_secret',
  'api_base',
  'token_url',
  'allowed_users',
  'allowed_groups',
  'base_url',
  'api_key',
  'model',
  'system_prompt',
  'host',
  'args',
  'env',
  'headers',
  'account',
  'chat',
  'user',
])

/** Replaces `${NAME}` in a text; throws `ConfigError` when it cannot. `where` begins the complaint. */
export type Expand = (text: string, where: string) => string

/** Reads the settings out of YAML text. Throws `ConfigError` with line and column. */
export function parseYaml(text: string, file: string, expand: Expand): RawSettings {
  const lines = new LineCounter()
  const broken = (offset: number, what: string): ConfigError => {
    const { line, col } = lines.linePos(offset)
    return new ConfigError(`${file}:${line}:${col}: ${what}`)
  }
  // Its own search for repeated keys compares each with each: a megabyte of them would take minutes.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
  const mistake: YAMLError | undefined = document.errors[0] ?? document.warnings[0]
  if (mistake) {
    const [offset] = mistake.pos
    // The most likely mistake of all in a settings file with `${NAME}`.
    const unquoted = text.startsWith('${', offset - 1)
      ? `inside { } or [ ] a \${NAME} needs quotes: "\${NAME}"`
      : undefined
    throw broken(offset, unquoted ?? cureOf(mistake))
  }
  const origins = new Map<string, string>()
  if (document.contents === null) return { values: {}, origins }
  if (!isMap(document.contents)) {
    if (isScalar(document.contents) && document.contents.value === null) return { values: {}, origins }
    throw broken(document.contents.range?.[0] ?? 0, 'no settings; write `name: value` lines')
  }

  let count = 0
  let aliases = 0
  const originAt = (offset: number): string => `${file}:${lines.linePos(offset).line}`
  const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0)

  const convert = (node: Node | null, path: SettingPath): RawValue => {
    count += 1
    if (count > MOST_VALUES || path.length > DEEPEST)
      throw broken(startOf(node), 'too many values, or nested too deeply; no setting needs that')
    if (isAlias(node)) {
      aliases += 1
      if (aliases > MOST_ALIASES)
        throw broken(startOf(node), `more than ${MOST_ALIASES} aliases (*name); write the values out`)
      const target = node.resolve(document)
      if (!target)
        throw broken(startOf(node), 'nothing has the name behind the *; put the value in quotes if it begins with one')
      return convert(target, path)
    }
    if (isMap(node)) return convertMap(node.items, path)
    if (isSeq(node))
      return node.items.map((item, at) => convert(isNode(item) ? item : null, remember([...path, at], startOf(item))))
    if (!isScalar(node)) return null
    return convertScalar(node.value, node.source ?? '', node.type === 'PLAIN', path)
  }

  const convertMap = (pairs: readonly Pair[], path: SettingPath): RawMap => {
    const names = new Set<string>()
    const entries = pairs.map(({ key, value }): [string, RawValue] => {
      if (!isScalar(key)) throw broken(startOf(key), 'a key must be a name; if this is text, put it in quotes')
      const name = key.source ?? String(key.value)
      // Not a key like others in JavaScript: it would be dropped on the way instead of being refused.
      if (name === '__proto__') throw broken(startOf(key), '__proto__ is no setting; remove it')
      if (names.has(name)) throw broken(startOf(key), 'this key stands here for the second time; keep one of the two')
      names.add(name)
      const member = remember([...path, name], startOf(key))
      return [name, convert(isNode(value) ? value : null, member)]
    })
    return Object.fromEntries(entries)
  }

  const convertScalar = (value: unknown, source: string, plain: boolean, path: SettingPath): RawValue => {
    const isText = path.some(part => TEXT_SETTINGS.has(part))
    if (typeof value === 'number') return isText ? source : value
    if (typeof value === 'boolean' || value === null) return value
    const written = String(value)
    const full = expand(written, `${showPath(path)} (${originOfPath(path)})`)
    // An unquoted `${NAME}` stands for what would be written in its place.
    return plain && !isText && full !== written ? plainValue(full) : full
  }

  const remember = (path: SettingPath, offset: number): SettingPath => {
    origins.set(showPath(path), originAt(offset))
    return path
  }
  const originOfPath = (path: SettingPath): string => origins.get(showPath(path)) ?? file

  return { values: convertMap(contentsOf(document), []), origins }
}

function contentsOf(document: Document.Parsed): readonly Pair[] {
  return isMap(document.contents) ? document.contents.items : []
}

function plainValue(text: string): RawValue {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text
}

function cureOf({ code, message }: YAMLError): string {
  const known = KNOWN_MISTAKES.find(([of, words]) => of === code && words.test(message))
  return known?.[2] ?? 'broken YAML; mend this line, or put the value in quotes'
}
