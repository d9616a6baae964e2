/** What a setup decides, and the two files that come of it. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { loadConfig } from '../../config/load.ts'
import { type Edit, editDotEnv, editYaml } from '../../config/sources/edit.ts'
import { isRawMap, type RawMap } from '../../config/sources/raw.ts'
import { replaceFileSync } from '../../lib/atomic-file.ts'
import { ConfigError } from '../../lib/errors.ts'
import type { Cli } from '../context.ts'

export interface Plan {
  readonly account: string
  /** Absent: those that are there already stay. */
  readonly credentials?: { readonly appId: string; readonly clientSecret: string }
  /** Keys of the account's section, such as `dm_policy`. What else stands in a section within it stays. */
  readonly settings: RawMap
  /** Absent: the agent that is there already stays. */
  readonly agent?: { readonly section: RawMap; readonly key?: string }
  /** Other sections of the settings, whole. */
  readonly sections?: RawMap
  /** Secrets for `.env`. */
  readonly variables?: Readonly<Record<string, string>>
}

export interface Draft {
  readonly configFile: string
  readonly envFile: string
  readonly config: string
  readonly env: string
  /** One line for each change, without secrets. */
  readonly changes: readonly string[]
}

const AGENT_KEY = 'OPENAI_API_KEY'

/** The files as they would be. Secrets go to `.env`, all else to the settings. Throws `ConfigError`. */
export function draftOf({ home, configPath }: Pick<Cli, 'home' | 'configPath'>, plan: Plan): Draft {
  const configFile = configPath ?? join(home, 'config.yaml')
  const envFile = join(home, '.env')
  const { account, credentials, settings, agent, sections = {} } = plan
  const section = ['platforms', account]
  const names = variableNames(account)
  const asked: Edit[] = [
    ...(credentials === undefined
      ? []
      : [
          [[...section, 'app_id'], `\${${names.appId}}`] as const,
          [[...section, 'client_secret'], `\${${names.clientSecret}}`] as const,
        ]),
    ...Object.entries(settings).flatMap(([key, value]): Edit[] =>
      isRawMap(value)
        ? Object.entries(value).map(([inner, its]) => [[...section, key, inner], its])
        : [[[...section, key], value]],
    ),
    ...(agent === undefined ? [] : [[['agent'], agent.section] as const]),
    ...Object.entries(sections).map(([name, value]) => [[name], value] as const),
  ]
  const askedVariables: readonly (readonly [string, string])[] = [
    ...(credentials === undefined
      ? []
      : ([
          [names.appId, credentials.appId],
          [names.clientSecret, credentials.clientSecret],
        ] as const)),
    ...(agent?.key === undefined ? [] : ([[AGENT_KEY, agent.key]] as const)),
    ...Object.entries(plan.variables ?? {}),
  ]
  const [configText, envText] = [readText(configFile), readText(envFile)]
  const edited = (changes: readonly Edit[]): string => editYaml(configText, configFile, changes)
  // What stands there already is no change, and neither is how it is written.
  const edits = asked.filter(edit => edited([edit]) !== edited([]))
  const variables = askedVariables.filter(([name, value]) => editDotEnv(envText, name, value) !== envText)
  return {
    configFile,
    envFile,
    config: edits.length === 0 ? configText : edited(edits),
    env: variables.reduce((text, [name, value]) => editDotEnv(text, name, value), envText),
    changes: [
      ...edits.map(([path, value]) => `${configFile}: ${path.join('.')}: ${JSON.stringify(value)}`),
      ...variables.map(([name, value]) => `${envFile}: ${name}=${name === names.appId ? value : '(secret)'}`),
    ],
  }
}

/** What Herald would make of them, tried in a place of its own. Throws `ConfigError`, which names the files as they will be. */
export async function tryDraft({ configFile, envFile, config, env }: Draft): Promise<Config> {
  const folder = mkdtempSync(join(tmpdir(), 'herald-setup-'))
  const [triedConfig, triedEnv] = [join(folder, 'config.yaml'), join(folder, '.env')]
  try {
    writeFileSync(triedConfig, config, { mode: 0o600 })
    writeFileSync(triedEnv, env, { mode: 0o600 })
    return await loadConfig({ home: folder, env: {} })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    // Nobody can look into a place that is gone by the time they read of it.
    const message = error.message.replaceAll(triedConfig, configFile).replaceAll(triedEnv, envFile)
    throw new ConfigError(`${message}; nothing is written`, { cause: error.cause })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Each in one step, readable for their owner alone. */
export function saveDraft({ configFile, envFile, config, env }: Draft): void {
  // The secret first: settings that name a variable which is not there yet are wrong ones.
  if (env !== readText(envFile)) replaceFileSync(realFile(envFile), 'setup', env)
  if (config !== readText(configFile)) replaceFileSync(realFile(configFile), 'setup', config)
}

/** `QQ_APP_ID` for the main account, `QQ_WORK_APP_ID` for `qqbot:work`. */
function variableNames(account: string): { readonly appId: string; readonly clientSecret: string } {
  const [, name] = account.split(':')
  // A name that no account may have is left to the check of the settings.
  const prefix = name === undefined ? 'QQ' : `QQ_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`
  return { appId: `${prefix}_APP_ID`, clientSecret: `${prefix}_CLIENT_SECRET` }
}

function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

/** A file that is a link stays one. */
function realFile(file: string): string {
  return existsSync(file) ? realpathSync(file) : file
}
