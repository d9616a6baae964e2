/** Schedules on the virtual clock, with a disk that can be full and looks that can fail. */
import { JournalUnwritableError } from '../../src/lib/errors.ts'
import type { Json } from '../../src/lib/json.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { createLedger } from '../../src/schedules/ledger.ts'
import type { Schedule } from '../../src/schedules/schedule.ts'
import { runSchedules } from '../../src/schedules/schedules.ts'

export const MORNING: Schedule = {
  name: 'morning',
  cron: '0 8 * * 1-5',
  timeZone: 'Asia/Shanghai',
  chat: 'qqbot:c2c:A',
  kind: 'text',
  words: '早上好',
}

/** What was said, each key of an account once and for one message, as the outbox has it; and a journal that outlives processes. */
export function house(startMs: number) {
  const clock = createVirtualClock(startMs)
  const said = new Map<string, string>()
  const warned: string[] = []
  const disk: { kept?: Json; full: boolean } = { full: false }
  const agent = { slow: false, isWritten: false }
  /** How many looks at what is on disk fail. */
  const looks = { failing: 0 }
  const look = (): void => {
    if (looks.failing > 0) {
      looks.failing -= 1
      throw new Error('the journal cannot be read')
    }
  }
  const noted = (message: string): void => void warned.push(message)
  const log = { ...silentLogger, warn: noted, error: noted }
  const check = (): void => {
    if (disk.full) throw new JournalUnwritableError('the disk is full')
  }
  const store = {
    load: async () => disk.kept,
    async keep(value: Json) {
      check()
      disk.kept = value
    },
  }
  let ledger = createLedger(store, log)
  const start = (schedules: readonly Schedule[]) => {
    const controller = new AbortController()
    ledger = createLedger(store, log)
    const carryOut = async ({ chat, words }: Schedule, key: string, signal: AbortSignal): Promise<string> => {
      check()
      const [account] = chat.split(':')
      const write = (): void =>
        void said.set(`${account} ${key}`, `${new Date(clock.nowMs()).toISOString()} ${chat} ${words}`)
      if (agent.slow) {
        if (agent.isWritten) write()
        await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
        return 'pending'
      }
      const known = said.get(`${account} ${key}`)
      if (known !== undefined) return known.endsWith(` ${chat} ${words}`) ? 'accepted' : 'key_reused'
      write()
      look()
      return 'accepted'
    }
    const follow = async (key: string): Promise<string> => {
      look()
      return said.has(`qqbot ${key}`) ? 'accepted' : 'unknown'
    }
    const deps = { clock, random: seededRandom(1), log, ledger, carryOut, follow }
    const life = runSchedules(schedules, deps, controller.signal)
    return async (): Promise<void> => {
      controller.abort()
      await clock.advance(0)
      await life
    }
  }
  return { clock, disk, agent, looks, warned, start, lines: () => [...said.values()], status: () => ledger.status() }
}
