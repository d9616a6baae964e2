import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import type { Journal } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { ACCOUNT, RUN, sampleMessage } from '../../src/journal/suite/samples.ts'
import { systemClock } from '../../src/lib/clock.ts'

/** A folder of this test alone, gone after it. */
export function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'herald-journal-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function open(path: string): Journal {
  return openJournal({ path, clock: systemClock })
}

export const accept = (journal: Journal, id: string) =>
  journal.accept(ACCOUNT, { cursor: id, message: sampleMessage(id) }, { triage: RUN, replyUntilMs: 1 })

export const idsOf = async (journal: Journal) => (await journal.unfinished(ACCOUNT)).map(row => row.message.id)

export interface Child {
  readonly process: ChildProcess
  /** The next line that it prints; undefined at its end. */
  line(): Promise<string | undefined>
  ended: Promise<unknown>
}

/** Runs a script of `children/` in a process of its own, ended with the test at the latest. */
export function runChild(
  t: TestContext,
  script: string,
  args: readonly string[],
  prefix: readonly string[] = [],
): Child {
  const command = [...prefix, process.execPath, join(import.meta.dirname, 'children', script), ...args]
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { process: child, line: async () => (await lines.next()).value, ended }
}
