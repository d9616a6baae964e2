/** Shows that a long turn goes on: one message, or, where a chat wants to see tools at work, a few. */
import { describeError } from '../../lib/errors.ts'
import { chatKey, type Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import { noteLine, sayBeside } from '../notices/egress.ts'

export interface Progress {
  /** What the agent is doing. */
  note(text: string): void
  /** A person is asked, or not any more: they know why it takes so long. */
  waits(forPerson: boolean): void
  stop(): void
}

/** After so long from the beginning of the turn. Replies are few, so messages about it are fewer. */
const VERBOSE_AT_MS = [5_000, 25_000, 90_000]
const LINES_AT_ONCE = 8

const STILL: Readonly<Record<'zh' | 'en', (doing: string | undefined) => string>> = {
  en: doing => (doing === undefined ? '(Still working on it.)' : `(Still working on it: ${doing})`),
  zh: doing => (doing === undefined ? '（还在处理，请稍候。）' : `（还在处理：${doing}）`),
}

/** The chat's own wish; a fact about it. */
export const VERBOSE_FACT = 'verbose'

/** `isShown`: people see the answer itself grow. */
export function createProgress(context: Context, message: Inbound, isShown: () => boolean = () => false): Progress {
  const { clock, journal, log } = context
  const { progressMs } = context.limits
  const beganMs = clock.monotonicMs()
  let notes: string[] = []
  let stopped = false
  let asking = 0
  let sent = 0
  let cancel = (): void => {}

  const isVerbose = async (): Promise<boolean> => (await journal.chatFacts(message.chat))[VERBOSE_FACT] === true

  const show = async (): Promise<void> => {
    const verbose = await isVerbose()
    const due = verbose || clock.monotonicMs() - beganMs >= progressMs
    const news = notes.filter((line, index) => line !== notes[index - 1])
    if (stopped || isShown() || asking > 0 || !due || (verbose ? news.length === 0 : sent > 0)) return
    notes = []
    sent += 1
    const language = await context.languages.of(message)
    const text = verbose
      ? news
          .slice(-LINES_AT_ONCE)
          .map(line => `· ${line}`)
          .join('\n')
      : STILL[language](news.at(-1))
    if (!stopped) await sayBeside(context, message, { kind: 'progress', text })
  }

  const times = [progressMs, ...VERBOSE_AT_MS].toSorted((a, b) => a - b)
  const arm = (index: number): void => {
    const atMs = times[index]
    if (atMs === undefined) return
    cancel = clock.after(beganMs + atMs - clock.monotonicMs(), () => {
      arm(index + 1)
      show().catch((thrown: unknown) => {
        if (stopped || context.stopping.aborted) return
        log.warn('the progress of a turn could not be told', {
          chat: chatKey(message.chat),
          reason: describeError(thrown),
        })
      })
    })
  }
  arm(0)

  return {
    note(text) {
      const line = noteLine(text)
      if (line !== '') notes = [...notes.slice(1 - LINES_AT_ONCE), line]
    },
    waits(forPerson) {
      asking += forPerson ? 1 : -1
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}
