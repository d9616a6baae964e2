/** Every setting with its value and where that comes from. */
import { isRecord } from '../lib/json.ts'
import { type ConfigSource, readSettings } from './load.ts'
import { listSettings, type SettingLine } from './schema/json-schema.ts'
import type { Settings } from './schema/schema.ts'
import { type SettingPath, showPath } from './sources/raw.ts'

export interface ExplainedSetting {
  readonly key: string
  readonly isSet: boolean
  readonly secret: boolean
  /** Null for one that is not set, and for every secret. */
  readonly value: unknown
  /** `<file>:<line>`, `QQ_APP_ID in the environment`, `default`; null for one that is not set. */
  readonly source: string | null
  readonly meaning: string
}

/** By name: keys of services, passwords, what is handed to a program as its environment, and addresses that hold a key. */
const SECRET =
  /(^|[._-])(secret|key|token|password|passwd|authorization)$|\.(env|headers)(\.|$)|^(alerts\.(to|ping\.url)|hooks)$|\.proxy$/i

/** Throws `ConfigError` as `loadConfig` does, except that no account need be set up yet. */
export async function explainConfig(source: ConfigSource): Promise<readonly ExplainedSetting[]> {
  const { settings, raw } = await readSettings(source)
  const explained = new Map<string, ExplainedSetting>()
  for (const line of listSettings())
    for (const path of pathsOf(line, settings)) {
      const key = showPath(path)
      const value = valueAt(settings, path)
      const isSet = value !== undefined
      const secret = SECRET.test(key)
      explained.set(key, {
        key,
        isSet,
        secret,
        value: secret || !isSet ? null : value,
        source: isSet ? (raw.origins.get(key) ?? 'default') : null,
        meaning: line.meaning,
      })
    }
  return [...explained.values()]
}

/** The settings that a line of the list stands for here: one for each name that people gave, and those of the agent that is chosen. */
function pathsOf({ path, of }: SettingLine, settings: Settings): readonly SettingPath[] {
  const parts = path.split('.')
  if (parts[0] === 'agent') {
    const [, ...rest] = parts
    const agents = Object.entries(settings.agents).map(([name, agent]) => [['agents', name], agent] as const)
    const all = [[['agent'], settings.agent] as const, ...agents]
    return all.flatMap(([section, { type }]) => (of === undefined || of === type ? [[...section, ...rest]] : []))
  }
  const at = parts.findIndex(part => part.startsWith('<'))
  if (at < 0) return [parts]
  const named = valueAt(settings, parts.slice(0, at))
  return Object.keys(isRecord(named) ? named : {}).map(name => parts.with(at, name))
}

function valueAt(settings: Settings, path: SettingPath): unknown {
  let value: unknown = settings
  for (const part of path) value = isRecord(value) ? value[String(part)] : undefined
  return value
}
