import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord, parseJson } from '../lib/json.ts'

/** The version in `package.json`, which lies two folders above the sources and above their build alike. */
export function readVersion(): string {
  const file = parseJson(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  return isRecord(file) ? String(file['version']) : 'unknown'
}
