import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { TEST_BOT } from '../../support/sandbox.ts'

const HERE = import.meta.dirname

export interface BotProcess {
  /** Everything it has printed, for the message of a failing test. */
  readonly output: string
  /** Resolves with the first match in what it prints; rejects at the deadline, or when the process ends. */
  printed(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray>
  stop(): Promise<void>
}

/** Runs a bot of `bots/` in a process of its own, its SDK unchanged, the platform's hosts led to the sandbox. */
export function startBot(box: Sandbox, program: string, folder: string): BotProcess {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', pathToFileURL(join(HERE, 'redirect.mjs')).href, join(HERE, 'bots', program)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        SANDBOX_URL: box.url,
        SDK_FOLDER: folder,
        BOT_APP_ID: TEST_BOT.appId,
        BOT_SECRET: TEST_BOT.secret,
        NODE_NO_WARNINGS: '1',
      },
      cwd: folder,
    },
  )
  let output = ''
  const watchers = new Set<() => void>()
  const hear = (chunk: Buffer): void => {
    output += chunk.toString()
    for (const watch of watchers) watch()
  }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  const ended = new Promise<void>(resolve => child.on('close', () => resolve()))

  return {
    get output() {
      return output
    },
    printed(pattern, deadlineMs = 10_000) {
      return new Promise((resolve, reject) => {
        const finish = (act: () => void): void => {
          watchers.delete(look)
          clearTimeout(timer)
          act()
        }
        const look = (): void => {
          const match = pattern.exec(output)
          if (match) finish(() => resolve(match))
        }
        const fail = (why: string): void => finish(() => reject(new Error(`${why}: no ${pattern} in\n${output}`)))
        const timer = setTimeout(() => fail(`not within ${deadlineMs} ms`), deadlineMs)
        ended.then(
          () => fail('the bot ended'),
          () => fail('the bot ended'),
        )
        watchers.add(look)
        look()
      })
    },
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
