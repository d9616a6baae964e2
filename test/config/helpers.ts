/** Settings in a folder of the test, and what becomes of them. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config, Environment } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ConfigError } from '../../src/lib/errors.ts'
import { tempHome } from '../gateway/programs.ts'
import type { CleanUp } from '../support/clean-up.ts'

export interface Given {
  /** What stands in `config.yaml`; without it there is none. */
  readonly file?: string | Uint8Array
  readonly dotenv?: string | Uint8Array
  readonly env?: Environment
}

/** A home with these files. */
export function homeWith(t: CleanUp, { file, dotenv }: Given): string {
  const home = tempHome(t)
  if (file !== undefined) writeFileSync(join(home, 'config.yaml'), file)
  if (dotenv !== undefined) writeFileSync(join(home, '.env'), dotenv)
  return home
}

export function load(t: CleanUp, given: Given): Promise<Config> {
  return loadConfig({ home: homeWith(t, given), env: given.env ?? {} })
}

/** The line that a person reads; with `~` for the home. Fails when the settings are accepted, or it is not one line. */
export async function complaintIn(home: string, env: Environment = {}, configPath?: string): Promise<string> {
  const thrown = await loadConfig({ home, env, configPath }).then(
    config => assert.fail(`accepted: ${JSON.stringify(config)}`),
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof ConfigError, String(thrown))
  assert.equal(thrown.code, 'config_invalid')
  assert.doesNotMatch(thrown.message, /[\p{Cc}\p{Zl}\p{Zp}]/u)
  assert.ok(thrown.message.length < 500, thrown.message)
  return thrown.message.replaceAll(home, '~')
}

export function complaint(t: CleanUp, given: Given): Promise<string> {
  return complaintIn(homeWith(t, given), given.env)
}

/** A bot that is complete, for tests of everything else. */
export const BOT = { QQ_APP_ID: '102000001', QQ_CLIENT_SECRET: 'the-secret-of-the-bot' }
