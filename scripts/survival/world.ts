/** What a row has to work with: a platform in a box, a home of its own, and Herald as a process. All of it goes with the row. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRecord, parseJson } from '../../src/lib/json.ts'
import type { OptionChanges } from '../../src/sandbox/sandbox.ts'
import { type Box, type BoxAddress, boxAt } from '../../test/support/box.ts'
import { type CleanUp, cleanUp } from '../../test/support/clean-up.ts'
import { eventually } from '../../test/support/eventually.ts'
import { type Ended, type Herald, type HeraldOptions, startHerald, startProcess } from '../../test/support/herald.ts'
import { watchForLeaks } from './leaks.ts'

const HOST_UP_MS = 5_000

type Section = Readonly<Record<string, unknown>>

/** Settings of a row, laid over the ones of every row. */
export interface Settings {
  readonly gateway?: Section
  /** Of the account `qqbot`. */
  readonly bot?: Section
  readonly agent?: Section
  /** More accounts, by name. */
  readonly others?: Readonly<Record<string, Section>>
  /** Further sections, by name. */
  readonly top?: Readonly<Record<string, Section | readonly Section[]>>
}

export interface Scene {
  readonly box: Box
  readonly home: string
  /** Writes the settings anew. */
  configure(settings: Settings): void
  /** Writes any text in their place. */
  write(text: string): void
  /** A second home with the same settings. */
  otherHome(settings?: Settings): string
  start(options?: HeraldOptions): Herald
  /** One of the other commands, to its end. */
  command(...args: readonly string[]): Promise<Ended & { readonly stdout: string; readonly stderr: string }>
}

export interface World {
  readonly t: CleanUp
  /** How Herald is started: its launcher, or its build. */
  readonly program: readonly string[]
  scene(settings?: Settings, options?: OptionChanges): Promise<Scene>
  /** An empty folder, gone with the row. */
  folder(): string
}

/** Where the sandbox of a row comes from. */
export type OpenBox = (t: CleanUp) => Promise<BoxAddress>

export function createWorld(t: CleanUp, program: readonly string[], openBox: OpenBox): World {
  const folder = (): string => {
    const made = realpathSync(mkdtempSync(join(tmpdir(), 'herald-survival-')))
    cleanUp(t, () => rmSync(made, { recursive: true, force: true }))
    return made
  }
  return {
    t,
    program,
    folder,
    async scene(settings = {}, options) {
      const box = boxAt(await openBox(t))
      if (options !== undefined) await box.options(options)
      const home = folder()
      const watch = watchForLeaks()
      cleanUp(t, async () => {
        watch.learnSecret(await tokenOf(box))
        watch.check()
      })
      watch.home(home)
      const write = (text: string, into = home): void => writeFileSync(join(into, 'config.yaml'), text, { mode: 0o600 })
      const configure = (given: Settings, into = home): void => {
        const document = configFor(box, given)
        watch.learn(document)
        write(JSON.stringify(document, null, 2), into)
      }
      configure(settings)
      return {
        box,
        home,
        configure,
        write,
        otherHome(given = settings) {
          const other = folder()
          watch.home(other)
          configure(given, other)
          return other
        },
        start(options = {}) {
          const herald = startHerald(t, home, { program, ...options })
          watch.program(herald)
          return herald
        },
        async command(...args) {
          const running = startProcess(t, [...program, ...args, '--home', home])
          watch.program(running)
          const ended = await running.end(10_000)
          return { ...ended, stdout: running.stdout(), stderr: running.stderr() }
        },
      }
    },
  }
}

/** The platform gives everybody who asks the same token, until its last minute. Empty where it gives none any more. */
async function tokenOf(box: Box): Promise<string> {
  await box.mend()
  const { appId, secret: clientSecret } = box.bot
  const call = { method: 'POST', body: JSON.stringify({ appId, clientSecret }) }
  // A host that was down takes a moment to listen again.
  const text = await eventually('a token call', HOST_UP_MS, () =>
    fetch(box.tokenUrl, call).then(
      answer => answer.text(),
      () => undefined,
    ),
  )
  const told = parseJson(text)
  return isRecord(told) ? String(told['access_token'] ?? '') : ''
}

/** JSON is YAML too. Short waits, so that a row is over in seconds; everything else is as shipped. */
export function configFor(box: BoxAddress, { gateway, bot, agent, others, top }: Settings): object {
  return {
    gateway: { on_all_platforms_down: 'stay', http: { host: '127.0.0.1', port: 0 }, ...gateway },
    platforms: {
      qqbot: { ...accountAt(box, box.bot), ...bot },
      ...others,
    },
    ...(agent === undefined ? {} : { agent }),
    ...top,
  }
}

export function accountAt(box: BoxAddress, bot: { readonly appId: string; readonly secret: string }): Section {
  return {
    app_id: bot.appId,
    client_secret: bot.secret,
    host: box.apiBase,
    dm_policy: 'open',
    group_policy: 'open',
    reconnect: { backoff_s: [0.3, 0.5, 1], max_attempts: 100 },
  }
}
