/** 82 and 104, over every row: what a secret of the row's settings stands in that anybody can read. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isRecord, parseJson } from '../../src/lib/json.ts'
import type { Running } from '../../test/support/herald.ts'

const SECRET_SETTING = /secret|api_key|password|token$/
/** Shorter ones stand in other words by chance. */
const LEAST_LENGTH = 8
/** The settings are where the secrets come from. */
const SETTINGS_FILE = 'config.yaml'

export interface Watch {
  /** Every secret among these settings is looked for from now on. */
  learn(settings: unknown): void
  /** One that stands in no settings, such as an access token. */
  learnSecret(secret: string): void
  home(folder: string): void
  program(running: Running): void
  /** Throws with the places, never with the secret. */
  check(): void
}

export function watchForLeaks(): Watch {
  const secrets = new Set<string>()
  const homes: string[] = []
  const programs: Running[] = []

  const learnSecret = (secret: string): void => {
    if (secret.length >= LEAST_LENGTH) secrets.add(secret)
  }
  const learn = (settings: unknown): void => {
    if (!isRecord(settings)) return
    for (const [name, value] of Object.entries(settings))
      if (typeof value === 'string' && SECRET_SETTING.test(name)) learnSecret(value)
      else learn(value)
  }
  return {
    learn,
    learnSecret,
    home: folder => void homes.push(folder),
    program: running => void programs.push(running),
    check() {
      for (const home of homes) learn(parseJson(readIfThere(join(home, SETTINGS_FILE))))
      const places = [
        ...programs.flatMap(({ stdout, stderr }) => [
          { name: 'stdout', text: stdout() },
          { name: 'stderr', text: stderr() },
        ]),
        ...homes.flatMap(filesOf),
      ]
      const leaks = places.filter(({ text }) => [...secrets].some(secret => text.includes(secret)))
      if (leaks.length > 0) throw new Error(`a secret stands in ${leaks.map(({ name }) => name).join(', ')}`)
    },
  }
}

function filesOf(home: string): { readonly name: string; readonly text: string }[] {
  if (!existsSync(home)) return []
  return (
    readdirSync(home, { recursive: true })
      .map(String)
      // A backup holds the settings too, as private as they are.
      .filter(name => basename(name) !== SETTINGS_FILE)
      .map(name => ({ name, text: readIfThere(join(home, name)) }))
  )
}

/** Sockets and folders have no text. */
function readIfThere(path: string): string {
  if (!existsSync(path) || !statSync(path).isFile()) return ''
  return readFileSync(path, 'latin1')
}
