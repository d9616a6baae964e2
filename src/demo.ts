/**
 * `herald demo`: the main job with nothing to configure. A QQ platform in a box, the gateway beside it in a home of its own
 * that is gone afterwards, and a chat page in the browser.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from './config/config.ts'
import { describeError } from './lib/errors.ts'
import { shellWord } from './lib/process/shell-word.ts'
import { hexId, systemRandom } from './lib/random.ts'
import { runGateway } from './main.ts'
import { type Sandbox, startSandbox } from './sandbox/sandbox.ts'
import type { Serving } from './wiring/serve.ts'

export interface DemoOptions {
  readonly env: Environment
  /** Open the page in a browser, where there is a desktop. */
  readonly open: boolean
  /** What to write in the place of `herald` in a command that somebody may paste. */
  readonly herald: string
  /** Port of the chat page; any when absent. */
  readonly port?: number
}

/** Few attempts and short waits, so that "host down" can be watched to its end and back. */
const DEMO_SETTINGS = `gateway:
  on_all_platforms_down: stay
  revive_s: [10]
  http: { host: 127.0.0.1, port: 0 }
platforms:
  qqbot:
    dm_policy: open
    group_policy: open
    reconnect: { backoff_s: [1, 2, 3, 5, 8], max_attempts: 6 }
`
/** The platform's own is 45 s; whoever freezes it in the demo shall not wait two of those to see it noticed. */
const DEMO_HEARTBEAT_MS = 5_000
const COULD_NOT_LISTEN = 1

/** Lives until Ctrl-C. Resolves with the exit code of the gateway. */
export async function runDemo({ env, open, herald, port = 0 }: DemoOptions): Promise<number> {
  let serving: Serving | undefined
  const bot = { appId: madeUpAppId(), secret: hexId(systemRandom, 32), name: 'Herald' }
  let box: Sandbox
  try {
    box = await startSandbox({
      controlPort: port,
      bots: [bot],
      options: { heartbeatIntervalMs: DEMO_HEARTBEAT_MS },
      gatewayStatus: () => serving?.status() ?? null,
    })
  } catch (error) {
    process.stderr.write(`herald: the chat page cannot be served (${describeError(error)}); choose another --port\n`)
    return COULD_NOT_LISTEN
  }
  const home = mkdtempSync(join(tmpdir(), 'herald-demo-'))
  const commandLine = (command: string): string => `${herald} ${command} --home ${shellWord(home)}`
  try {
    writeFileSync(join(home, 'config.yaml'), DEMO_SETTINGS)
    return await runGateway({
      home,
      configPath: undefined,
      env: demoEnvironment(env, box, bot),
      commandLine,
      onServing(gateway) {
        serving = gateway
        process.stdout.write(welcome(box.controlUrl, commandLine))
        if (open && hasDesktop(env)) openInBrowser(box.controlUrl)
      },
    })
  } finally {
    await box.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

/** One of its own for each demo: a bot has one gateway on a machine, and there may be several demos. */
function madeUpAppId(): string {
  return String(102_000_000 + Math.floor(systemRandom.next() * 1_000_000))
}

/** Nothing of a real bot or a real home reaches the demo; a model that is set up may answer in it. */
function demoEnvironment(
  env: Environment,
  box: Sandbox,
  bot: { readonly appId: string; readonly secret: string },
): Environment {
  const others = Object.entries(env).filter(([name]) => !name.startsWith('QQ_') && name !== 'HERALD_HOME')
  return {
    ...Object.fromEntries(others),
    QQ_APP_ID: bot.appId,
    QQ_CLIENT_SECRET: bot.secret,
    QQ_HOST: box.url,
  }
}

function welcome(page: string, commandLine: (command: string) => string): string {
  return `
  Herald's demo runs: a QQ platform in a box, and the gateway beside it.

    Chat with the bot, and break things:  ${page}
    Ask the gateway how it is:            ${commandLine('status')}

  Ctrl-C ends it, and nothing stays behind.

`
}

function hasDesktop(env: Environment): boolean {
  if (!process.stdout.isTTY || env['CI']) return false
  return process.platform === 'darwin' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])
}

/** A convenience: the address is printed all the same, so a browser that does not open is no failure. */
function openInBrowser(page: string): void {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open'
  spawn(opener, [page], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}
