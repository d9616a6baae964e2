/** The main job, from the installed package: `herald demo` answers, stops when asked, and leaves nothing behind. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fail } from './tools.ts'

const GREETING = 'hello from the package'
const START_MS = 20_000
const ANSWER_MS = 10_000
const STOP_MS = 15_000
const LOOK_EVERY_MS = 50

export interface DemoPlace {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Where its temporary files go: nothing may be left there. */
  readonly scratch: string
}

export async function checkDemo(herald: string, { cwd, env, scratch }: DemoPlace): Promise<void> {
  // A group of its own: whatever it starts is found again by it.
  const demo = spawn(herald, ['demo', '--no-open'], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const group = demo.pid ?? fail('herald demo could not be started')
  const end = (): void => endGroup(group)
  process.once('exit', end)
  const said = listen(demo)
  const until = async <T>(what: string, boundMs: number, look: () => Promise<T | undefined>): Promise<T> => {
    for (const giveUpAt = performance.now() + boundMs; performance.now() < giveUpAt; await pause()) {
      const found = await look()
      if (found !== undefined) return found
    }
    return fail(`herald demo: ${what} did not come within ${boundMs} ms\n${said()}`)
  }

  const page = await until('its address', START_MS, async () => {
    if (demo.exitCode !== null) fail(`herald demo ended with ${demo.exitCode}\n${said()}`)
    return /http:\/\/127\.0\.0\.1:\d+/.exec(said())?.[0]
  })
  await until('a connected bot', START_MS, async () =>
    (await get(page, 'state')).includes('"phase":"live"') ? true : undefined,
  )
  const response = await fetch(`${page}/sandbox/say`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person: 'Alice', text: GREETING }),
  })
  if (!response.ok) fail(`herald demo: nothing can be said to it (${response.status})`)
  await until('an answer', ANSWER_MS, async () =>
    (await get(page, 'chat?person=Alice')).includes(`echo: ${GREETING}`) ? true : undefined,
  )

  demo.kill('SIGTERM')
  await until('its end', STOP_MS, async () => (demo.exitCode !== null || demo.signalCode !== null ? true : undefined))
  if (demo.exitCode !== 0) fail(`herald demo ended with ${demo.exitCode ?? demo.signalCode} after SIGTERM\n${said()}`)
  if (groupLives(group)) fail('herald demo left a process behind')
  const left = readdirSync(scratch)
  if (left.length > 0) fail(`herald demo left behind: ${left.join(', ')}`)
  if (await answers(page)) fail(`herald demo left its page behind at ${page}`)
  process.off('exit', end)
}

function listen(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', chunk => (text += chunk))
  return () => text
}

async function get(page: string, what: string): Promise<string> {
  return (await fetch(`${page}/sandbox/${what}`)).text()
}

async function answers(page: string): Promise<boolean> {
  try {
    await fetch(page)
    return true
  } catch {
    return false
  }
}

function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0)
    return true
  } catch {
    return false
  }
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

function pause(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
}
