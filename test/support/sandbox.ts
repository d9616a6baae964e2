import {
  type ChatRef,
  type LogEntry,
  type Said,
  type Sandbox,
  type SandboxOptions,
  type Say,
  type ShownMessage,
  startSandbox,
} from '../../src/sandbox/sandbox.ts'

/** The one bot of most tests, and of this process alone: a gateway takes a bot for itself on the whole machine, and test files run side by side. */
export const TEST_BOT = {
  appId: String(1_020_000_000 + process.pid),
  secret: 'sandbox-secret-1',
  name: 'Testbot',
} as const

const DEADLINE_MS = 10_000

export interface Disposable {
  after(fn: () => Promise<void> | void): void
}

/** A sandbox with one bot, gone when the test ends. */
export async function sandboxFor(test: Disposable, options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const box = await startSandbox({ port: 0, bots: [TEST_BOT], ...options })
  test.after(() => box.stop())
  return box
}

/**
 * Resolves as soon as `probe` answers with something, looking again after each thing that happens on the platform. Rejects
 * with what was there at the deadline, so that a failing test says what it saw.
 */
export function until<T>(
  box: Sandbox,
  what: string,
  probe: () => T | undefined | false,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      let found: T | undefined | false
      try {
        found = probe()
      } catch (thrown) {
        finish()
        reject(thrown)
        return
      }
      if (found === undefined || found === false) return
      finish()
      resolve(found)
    }
    const finish = (): void => {
      stop()
      clearTimeout(timer)
    }
    const stop = box.on(look)
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`not within ${deadlineMs} ms: ${what}\n${describe(box)}`))
    }, deadlineMs)
    look()
  })
}

/** The last things that happened, for the message of a failing test. */
export function describe(box: Sandbox): string {
  return box.log
    .entries()
    .slice(-25)
    .map(entry => `  ${lineOf(entry)}`)
    .join('\n')
}

function lineOf(entry: LogEntry): string {
  const at = new Date(entry.atMs).toISOString().slice(11, 23)
  switch (entry.kind) {
    case 'frame':
      return `${at} link ${entry.connection} ${entry.direction === 'in' ? '→' : '←'} ${entry.text.slice(0, 200)}`
    case 'request':
      return `${at} ${entry.method} ${entry.path} ${entry.status ?? entry.outcome} ${entry.request.slice(0, 160)} ⇒ ${entry.response.slice(0, 160)}`
    case 'connection':
      return `${at} link ${entry.connection} ${entry.state} ${entry.code ?? ''} ${entry.reason ?? ''}`
    case 'message':
      return `${at} ${entry.chat.name}: ${entry.message.name}: ${entry.message.text.slice(0, 120)}`
    default:
      return `${at} ${entry.kind}`
  }
}

/** Waits until the bot has written `count` messages in a chat, and answers with all of them. */
export function untilAnswers(
  box: Sandbox,
  chat: ChatRef,
  count: number,
  deadlineMs = DEADLINE_MS,
): Promise<readonly ShownMessage[]> {
  return until(
    box,
    `${count} answers in ${JSON.stringify(chat)}`,
    () => {
      const answers = box.answers(chat)
      return answers.length >= count && answers
    },
    deadlineMs,
  )
}

/** Says something and waits for the next answer in that chat. */
export async function ask(
  box: Sandbox,
  say: Say,
  deadlineMs = DEADLINE_MS,
): Promise<{ said: Said; answer: ShownMessage }> {
  const chat: ChatRef =
    say.group === undefined ? { appId: say.appId, person: say.person } : { appId: say.appId, group: say.group }
  const before = box.answers(chat).length
  const said = box.say(say)
  const answers = await untilAnswers(box, chat, before + 1, deadlineMs)
  const answer = answers[before]
  if (!answer) throw new Error('an answer was counted and is not there')
  return { said, answer }
}

/** Waits until the bot has a link with READY or RESUMED. */
export function untilConnected(box: Sandbox, appId?: string, deadlineMs = DEADLINE_MS): Promise<true> {
  return until(box, 'a live link', () => box.counters(appId).liveLinks > 0, deadlineMs) as Promise<true>
}

/** Waits for a log entry that fits, from now on unless `since` says otherwise. */
export function untilLogged(
  box: Sandbox,
  what: string,
  fits: (entry: LogEntry) => boolean,
  options: { since?: number; deadlineMs?: number } = {},
): Promise<LogEntry> {
  const since = options.since ?? 0
  return until(box, what, () => box.log.entries({ since }).find(fits), options.deadlineMs)
}
