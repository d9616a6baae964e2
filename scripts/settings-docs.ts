/** Writes what is made of the schema of the settings: `docs/config.schema.json`, and the table in `docs/configuration.md`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { listSettings, type SettingLine, settingsJsonSchema } from '../src/config/schema/json-schema.ts'

const DOCS = resolve(import.meta.dirname, '../docs')
export const SCHEMA_FILE = resolve(DOCS, 'config.schema.json')
export const PAGE_FILE = resolve(DOCS, 'configuration.md')
const BEGIN = '<!-- settings: made by `npm run settings-docs` -->'
const END = '<!-- /settings -->'

export function schemaText(): string {
  return `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`
}

/** The page with its table made anew. */
export function pageText(page: string): string {
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`${PAGE_FILE} has lost its marks ${BEGIN} … ${END}`)
  return `${before}${BEGIN}\n${table(listSettings())}\n${END}${after}`
}

function table(lines: readonly SettingLine[]): string {
  const merged = new Map<string, SettingLine & { readonly types: readonly string[] }>()
  for (const line of lines) {
    const types = [...(merged.get(line.path)?.types ?? []), ...(line.of === undefined ? [] : [line.of])]
    const wanted = line.path === 'agent.type' ? types.join(' | ') : line.wanted
    merged.set(line.path, { ...line, wanted, types })
  }
  const rows = [...merged.values()].map(({ path, types, wanted, fallback, meaning }) => {
    const only = types.length === 0 || path === 'agent.type' ? '' : ` (${types.join(', ')})`
    const value = fallback === undefined || isEmptySection(fallback) ? '' : `\`${shown(fallback)}\``
    return `| \`${path}\`${only} | ${cell(wanted)} | ${cell(value)} | ${cell(meaning)} |`
  })
  return ['| setting | value | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value).replaceAll(',', ', ')
const cell = (text: string): string => text.replaceAll('|', '\\|')
const isEmptySection = (value: unknown): boolean => JSON.stringify(value) === '{}'

if (import.meta.main) {
  writeFileSync(SCHEMA_FILE, schemaText())
  writeFileSync(PAGE_FILE, pageText(readFileSync(PAGE_FILE, 'utf8')))
}
