import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { JOURNAL_FILE_NAME, type Journal } from '../journal/journal.ts'
import { ConfigError } from '../lib/errors.ts'
import type { AccountId } from '../platforms/platform.ts'
import { type Cli, CODE, CommandError } from './context.ts'

/** Looks into the journal while no gateway runs; undefined when there is none. A gateway that starts meanwhile waits its turn. */
export async function withJournal<T>(
  { home, clock }: Cli,
  use: (journal: Journal) => Promise<T>,
): Promise<T | undefined> {
  const path = join(home, JOURNAL_FILE_NAME)
  if (!existsSync(path)) return undefined
  const { openJournal } = await import('../journal/sqlite.ts')
  const journal = openJournal({ path, clock })
  try {
    return await use(journal)
  } finally {
    await journal.close()
  }
}

/** The accounts that a gateway of this home would have; undefined where its settings do not say. */
export async function accountsIn(cli: Cli): Promise<readonly AccountId[] | undefined> {
  try {
    return (await loadConfig(cli)).accounts.map(({ account }) => account)
  } catch (thrown) {
    if (thrown instanceof ConfigError) return undefined
    throw thrown
  }
}

export function noJournal({ home }: Cli): CommandError {
  return new CommandError(CODE.notRunning, `no gateway runs in ${home}, and there is no journal; check --home`)
}
