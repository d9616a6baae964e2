import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createIntake, type Intake } from '../../src/intake/intake.ts'
import type { InboxRow, Journal, Triage } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createVirtualClock, type VirtualClock } from '../../src/lib/virtual-clock.ts'
import type { ClickVerdict, Inbound } from '../../src/platforms/platform.ts'

export const ACCOUNT = 'qqbot'

export function message(id: string, changes: Partial<Inbound> = {}): Inbound {
  return {
    id,
    chat: { account: ACCOUNT, kind: 'c2c', id: 'alice' },
    sender: { id: 'alice', isBot: false },
    text: `text of ${id}`,
    attachments: [],
    addressed: true,
    reply: { via: 'msg_id', id },
    raw: { id },
    ...changes,
  }
}

/** One process of the gateway, as far as intake reaches: a real journal, and a conversation that notes what it is given. */
export interface Process {
  readonly intake: Intake
  readonly journal: Journal
  readonly taken: string[]
  /** Whose place was given up. */
  readonly givenUp: string[]
  /** Messages that nobody can have replied to, and for how long anybody may. */
  readonly heard: readonly [id: string, windowMs: number][]
  /** The data of presses that were handed over. */
  readonly clicked: string[]
  readonly welcomed: string[]
  readonly released: string[]
  readonly recovered: InboxRow[]
}

export interface Machine {
  readonly clock: VirtualClock
  readonly path: string
  start(changes?: {
    triage?: (message: Inbound) => Triage
    journal?: Journal
    onRelease?: () => Promise<void>
    verdict?: ClickVerdict
    /** Messages whose turn could begin at once. */
    reserves?: readonly string[]
  }): Process
}

/** Runs what speaks to the bot, observes the rest, and denies strangers. */
function gate({ sender, addressed }: Inbound): Triage {
  if (sender.id === 'stranger') return { run: false, end: 'denied', detail: 'not on the list' }
  return addressed ? { run: true } : { run: false, end: 'silent', detail: 'not addressed' }
}

export function createMachine(t: TestContext): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'herald-intake-'))
  const path = join(folder, 'herald.db')
  const clock = createVirtualClock()
  const journals: Journal[] = []
  t.after(async () => {
    for (const journal of journals) await journal.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    clock,
    path,
    start({
      triage = gate,
      journal = openJournal({ path, clock }),
      onRelease = async () => {},
      verdict = 'accepted',
      reserves = [],
    } = {}) {
      journals.push(journal)
      const taken: string[] = []
      const refused: string[] = []
      const clicked: string[] = []
      const welcomed: string[] = []
      const released: string[] = []
      const givenUp: string[] = []
      const heard: [id: string, windowMs: number][] = []
      const recovered: InboxRow[] = []
      const intake = createIntake({
        journal,
        conversation: {
          triage,
          repliesCount: () => true,
          reserve: given => reserves.includes(given.id),
          release: given => givenUp.push(given.id),
          take: (given, begun) => taken.push(begun === true ? `${given.id}, begun` : given.id),
          click(given) {
            clicked.push(given.data)
            return verdict
          },
          welcome: given => welcomed.push(given.id),
          refused: given => refused.push(given.id),
          recover: async (_account, rows) => {
            recovered.push(...rows)
          },
        },
        delivery: {
          heard: (given, replyUntilMs) => heard.push([given.id, replyUntilMs - clock.nowMs()]),
          releaseHeld: given => {
            released.push(given.id)
            return onRelease()
          },
          audited: async () => {},
        },
        clock,
        log: silentLogger,
        allowance: (_account, kind) => ({ windowMs: kind === 'c2c' ? 3_600_000 : 300_000, places: 4 }),
      })
      return { intake, journal, taken, givenUp, heard, clicked, welcomed, refused, released, recovered }
    },
  }
}
