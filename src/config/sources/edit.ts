/** Changes of `config.yaml` and `.env` that leave everything else in them as it is, comments too. Pure. */
import { type Document, isMap, parseDocument } from 'yaml'
import { ConfigError } from '../../lib/errors.ts'
import type { RawValue } from './raw.ts'

export type Edit = readonly [path: readonly string[], value: RawValue]

/** The text of the settings with these values in place. Throws `ConfigError` for a text that is not understood. */
export function editYaml(text: string, file: string, edits: readonly Edit[]): string {
  const document = parseDocument(text)
  if (document.errors.length > 0)
    throw new ConfigError(`${file}: broken YAML; mend it first (\`herald config check\` says where)`)
  for (const [path, value] of edits) {
    makeSections(document, path)
    document.setIn(path, value)
  }
  return document.toString({ lineWidth: 0 })
}

/** A section that is empty, or whose lines are all commented out, is no map yet. */
function makeSections(document: Document, path: readonly string[]): void {
  for (let length = 0; length < path.length; length++) {
    const above = path.slice(0, length)
    if (isMap(document.getIn(above, true))) continue
    if (length === 0) document.contents = document.createNode({})
    else document.setIn(above, document.createNode({}))
  }
}

/** The text of `.env` with this variable: in the place of its last line, or at the end. */
export function editDotEnv(text: string, name: string, value: string): string {
  const line = `${name}=${quoted(value)}`
  const lines = text.split('\n')
  const at = lines.findLastIndex(each => new RegExp(`^\\s*(export\\s+)?${name}\\s*=`).test(each))
  // A value that goes on in the next line is left alone: the last one of a name counts.
  if (at >= 0 && !opensQuote(lines[at] ?? '')) return lines.with(at, line).join('\n')
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
}

function opensQuote(line: string): boolean {
  const value = line.slice(line.indexOf('=') + 1).trim()
  const [quote = ''] = value
  return (quote === '"' || quote === "'") && !value.slice(1).includes(quote)
}

function quoted(value: string): string {
  if (/^[\w.:/+=@%,*-]*$/.test(value)) return value
  if (!value.includes("'")) return `'${value}'`
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '\\$').replaceAll('\n', '\\n')}"`
}
