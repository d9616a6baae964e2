/** A real terminal for tests: tmux around a command, with what a person would see and type. */
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { hexId, systemRandom } from '../../src/lib/random.ts'
import { type CleanUp, cleanUp } from './clean-up.ts'
import { eventually } from './eventually.ts'

export interface Terminal {
  /** What stands in it now, with all that has scrolled away. */
  screen(): Promise<string>
  /** Waits until it shows this, after all that was seen before; returns the whole screen. */
  shows(what: RegExp, boundMs?: number): Promise<string>
  /** Types this text. */
  types(text: string): Promise<void>
  /** Presses keys by tmux's names: `Enter`, `Down`, `C-c`. */
  presses(...keys: readonly string[]): Promise<void>
  /** Waits for the end of the command; its exit code. */
  exit(): Promise<number>
}

const DEADLINE_MS = 30_000

export function cannotRunTmux(): string | undefined {
  return spawnSync('tmux', ['-V']).status === 0 ? undefined : 'no tmux on this machine'
}

export async function startTerminal(
  t: CleanUp,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Terminal> {
  const server = ['-L', `herald-test-${hexId(systemRandom, 8)}`, '-f', '/dev/null']
  const tmux = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('tmux', [...server, ...args], { timeout: DEADLINE_MS })
    return stdout
  }
  const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const words = command.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const ended = 'ended with '
  // The shell says how it ended, and stays so that the screen does.
  await tmux('new-session', '-d', '-x', '150', '-y', '120', ...variables, `${words}; echo ${ended}$?; sleep 600`)
  cleanUp(t, () => tmux('kill-server').catch(() => ''))

  const screen = (): Promise<string> => tmux('capture-pane', '-p', '-S', '-')
  const shows = async (what: RegExp, boundMs = DEADLINE_MS): Promise<string> => {
    let last = ''
    return eventually(
      `${what} in the terminal`,
      boundMs,
      async () => {
        last = await screen()
        return what.test(last) && last
      },
      () => last,
    )
  }
  return {
    screen,
    shows,
    types: async text => void (await tmux('send-keys', '-l', text)),
    presses: async (...keys) => void (await tmux('send-keys', ...keys)),
    async exit() {
      const seen = await shows(/ended with \d+/)
      return Number(/ended with (\d+)/.exec(seen)?.[1])
    },
  }
}
