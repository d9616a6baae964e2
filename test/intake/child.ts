/** Takes messages in until it is killed; each is begun, and nobody ever answers. Prints the id once `accept` resolved. */
import { writeSync } from 'node:fs'
import { createIntake } from '../../src/intake/intake.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { ACCOUNT, message } from './helpers.ts'

/** Of those that are begun, every other one with its acceptance. */
const isBegun = (i: number): boolean => i % 6 === 0

const journal = openJournal({ path: process.argv[2] ?? '', clock: systemClock })
const intake = createIntake({
  journal,
  conversation: {
    triage: () => ({ run: true }),
    reserve: ({ id }) => isBegun(Number(id.slice(1))),
    release: () => {},
    take: () => {},
    repliesCount: () => false,
    click: () => 'unknown',
    welcome: () => {},
    refused: () => {},
    recover: async () => {},
  },
  delivery: { heard: () => {}, releaseHeld: async () => {}, audited: async () => {} },
  clock: systemClock,
  log: silentLogger,
  allowance: () => ({ windowMs: 3_600_000, places: 4 }),
})
for (let i = 0; ; i++) {
  await intake.accept(ACCOUNT, { cursor: i, message: message(`m${i}`) })
  writeSync(1, `${i}\n`)
  if (i % 3 === 0 && !isBegun(i)) await journal.beginTurn(ACCOUNT, `m${i}`)
  if (i % 3 === 1) await journal.endTurn(ACCOUNT, [`m${i}`], 'answered', null, [])
}
