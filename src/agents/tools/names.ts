/** Names under which tools of several servers are shown to a model, which takes letters, digits, `_` and `-` alone. Pure. */
import { createHash } from 'node:crypto'

const LONGEST_NAME = 64
const HASH_DIGITS = 8

/** `taken`: those that were given before. The same tools in the same order have the same names. */
export function functionName(server: string, tool: string, taken: ReadonlySet<string>): string {
  const plain = `${server}__${tool}`.replaceAll(/[^A-Za-z0-9_-]/g, '_')
  if (plain.length <= LONGEST_NAME && !taken.has(plain)) return plain
  const hash = createHash('sha256').update(`${server}\n${tool}`).digest('hex').slice(0, HASH_DIGITS)
  return `${plain.slice(0, LONGEST_NAME - HASH_DIGITS - 1)}_${hash}`
}
