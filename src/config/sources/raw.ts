/** Settings before they are checked, and where each of them was written. */

export type RawValue = string | number | boolean | null | readonly RawValue[] | RawMap
export type RawMap = { [key: string]: RawValue }

/** The way to a setting: names of members, positions in lists. */
export type SettingPath = readonly PropertyKey[]

export interface RawSettings {
  readonly values: RawMap
  /** Where a setting was written (`<file>:<line>`, `QQ_APP_ID in the environment`), by `showPath`. */
  readonly origins: Map<string, string>
}

/** `platforms.qqbot.allowed_users[2]`. */
export function showPath(path: SettingPath): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at > 0 ? '.' : ''}${shown(part)}`))
    .join('')
}

/** A name as somebody wrote it, fit for one line. */
export function shown(name: PropertyKey): string {
  const text = String(name)
  const plain = /^[\w:.<-]+$/.test(text) ? text : JSON.stringify(text)
  return plain.length > 60 ? `${plain.slice(0, 60)}…` : plain
}

/** Where a setting was written; for one that is missing, where what should hold it was. Undefined when nowhere. */
export function originOf(origins: ReadonlyMap<string, string>, path: SettingPath): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(showPath(path.slice(0, length)))
    if (origin !== undefined) return origin
  }
  return undefined
}

/** `platforms.qqbot.app_id (config.yaml:3)`: how every complaint begins. */
export function located(origins: ReadonlyMap<string, string>, path: SettingPath): string {
  const origin = originOf(origins, path)
  return origin === undefined ? showPath(path) : `${showPath(path)} (${origin})`
}

export function isRawMap(value: RawValue | undefined): value is RawMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
