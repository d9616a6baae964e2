/** Reads the settings: `config.yaml`, then `<home>/.env`, then the environment; the later ones win. */
import { join } from 'node:path'
import { ConfigError } from '../lib/errors.ts'
import { buildConfig } from './build/build.ts'
import { complaint } from './complaint.ts'
import type { Config, Environment } from './config.ts'
import { checkSettings, type Settings } from './schema/schema.ts'
import { parseDotEnv } from './sources/dotenv.ts'
import { applyEnvironment } from './sources/environment.ts'
import { createVariables, type Variables } from './sources/expand.ts'
import type { RawSettings } from './sources/raw.ts'
import { readSettingsFile } from './sources/read-file.ts'
import { parseYaml } from './sources/yaml-file.ts'

export interface ConfigSource {
  readonly home: string
  /** Must exist when it is named; `<home>/config.yaml` need not. */
  readonly configPath?: string | undefined
  readonly env: Environment
}

/** Throws `ConfigError` whose message is one line: the setting, what is wrong with it, the cure. It never holds a value. */
export async function loadConfig(source: ConfigSource): Promise<Config> {
  const { settings, raw, inFile, warnings } = await readSettings(source)
  if (Object.keys(settings.platforms).length === 0)
    throw new ConfigError(
      `platforms: no bot is set up in ${settingsPath(source)} or the environment; run \`herald setup\`, set QQ_APP_ID and QQ_CLIENT_SECRET, or look around with \`herald demo\``,
    )
  return buildConfig(settings, raw, inFile, warnings)
}

/** Settings that are right one by one, where each was written, and what is probably not meant. */
export interface ReadSettings {
  readonly settings: Settings
  readonly raw: RawSettings
  /** Whether any stands in the file. */
  readonly inFile: boolean
  readonly warnings: readonly string[]
}

/** Throws `ConfigError` as `loadConfig` does; what the settings say together is not looked at. */
export async function readSettings(source: ConfigSource): Promise<ReadSettings> {
  const variables = await readVariables(source)
  const path = settingsPath(source)
  const text = await readSettingsFile(path)
  if (text === undefined && source.configPath !== undefined)
    throw new ConfigError(`${path}: there is no such file; check the path after --config`)
  const raw: RawSettings =
    text === undefined ? { values: {}, origins: new Map() } : parseYaml(text, path, variables.expand)
  const inFile = Object.keys(raw.values).length > 0
  const warnings = applyEnvironment(raw, variables)
  const checked = checkSettings(raw.values)
  if ('issues' in checked) throw complaint(checked.issues, raw)
  return { settings: checked.settings, raw, inFile, warnings }
}

function settingsPath({ home, configPath }: ConfigSource): string {
  return configPath ?? join(home, 'config.yaml')
}

/** Whether the environment and `.env` together name a bot: an app id and its secret. */
export async function hasCredentials(source: Pick<ConfigSource, 'home' | 'env'>): Promise<boolean> {
  const variables = await readVariables(source)
  return variables.get('QQ_APP_ID') !== undefined && variables.get('QQ_CLIENT_SECRET') !== undefined
}

async function readVariables({ home, env }: Pick<ConfigSource, 'home' | 'env'>): Promise<Variables> {
  const path = join(home, '.env')
  const text = await readSettingsFile(path)
  return createVariables(env, text === undefined ? new Map() : parseDotEnv(text, path), path)
}
