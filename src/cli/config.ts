/** `herald config`: what the settings are, whether they are right, and what may stand in them. */
import { type ExplainedSetting, explainConfig } from '../config/explain.ts'
import { loadConfig } from '../config/load.ts'
import { nearest } from '../config/nearest.ts'
import { settingsJsonSchema } from '../config/schema/json-schema.ts'
import { ConfigError } from '../lib/errors.ts'
import { printable } from '../observe/clean.ts'
import { type Cli, CODE, CommandError } from './context.ts'
import { painter } from './words.ts'

export interface ConfigFlags {
  readonly json?: boolean
}

const WRONG_SETTINGS = 78

/** Value and source of one setting, of a section of them, or of all. */
export async function explain(cli: Cli, key: string | undefined, { json = false }: ConfigFlags): Promise<number> {
  const all = await explainConfig(cli)
  const wanted = key === undefined ? all : all.filter(its => its.key === key || its.key.startsWith(`${key}.`))
  if (wanted.length === 0) {
    const meant = nearest(key ?? '', [...all.map(its => its.key), ...sectionsOf(all)])
    const cure = meant === undefined ? '`herald config explain` shows all' : `did you mean ${meant}?`
    throw new CommandError(CODE.no, `no setting ${printable(key ?? '')} here; ${cure}`)
  }
  cli.print(json ? JSON.stringify(wanted, null, 2) : describe(wanted, key !== undefined, cli))
  return CODE.ok
}

/** Exit 0 for settings that `run` would take, with what is probably not meant; else 78 and one line. */
export async function check(cli: Cli, { json = false }: ConfigFlags): Promise<number> {
  try {
    const { accounts, agent, warnings } = await loadConfig(cli)
    const names = accounts.map(({ account, enabled }) => (enabled ? account : `${account} (disabled)`))
    if (json) cli.print(JSON.stringify({ ok: true, accounts: names, agent: agent.type, warnings }, null, 2))
    else
      cli.print(
        [
          `The settings are right: ${names.join(', ')}; agent ${agent.type}.`,
          ...warnings.map(line => `Warning: ${line}`),
        ]
          .map(printable)
          .join('\n'),
      )
    return CODE.ok
  } catch (error) {
    if (!json || !(error instanceof ConfigError)) throw error
    cli.print(JSON.stringify({ ok: false, error: error.message }, null, 2))
    return WRONG_SETTINGS
  }
}

export async function schema(cli: Cli): Promise<number> {
  cli.print(JSON.stringify(settingsJsonSchema(), null, 2))
  return CODE.ok
}

function describe(settings: readonly ExplainedSetting[], withMeaning: boolean, { colour }: Cli): string {
  const paint = painter(colour)
  const widest = Math.max(...settings.map(({ key }) => key.length))
  return settings
    .flatMap(its => {
      const source = its.source === null ? '' : paint('gray', `  ${printable(its.source)}`)
      const line = `${paint('bold', printable(its.key).padEnd(widest))}  ${shown(its)}${source}`
      return withMeaning && its.meaning !== '' ? [line, `  ${its.meaning}.`] : [line]
    })
    .join('\n')
}

function shown({ isSet, secret, value }: ExplainedSetting): string {
  if (!isSet) return '(not set)'
  return secret ? '(secret)' : printable(typeof value === 'string' ? value : JSON.stringify(value))
}

function sectionsOf(settings: readonly ExplainedSetting[]): readonly string[] {
  return [...new Set(settings.map(({ key }) => key.split('.').slice(0, -1).join('.')))]
}
