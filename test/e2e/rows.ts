import { test } from 'node:test'
import { boxHere } from '../../scripts/survival/boxes.ts'
import type { Row } from '../../scripts/survival/row.ts'
import { createWorld } from '../../scripts/survival/world.ts'
import { SOURCES } from '../support/herald.ts'

/** The rows that are over in seconds, against the sources. `npm run survival` runs all of them against the build. */
export function testRows(part: string, rows: readonly Row[]): void {
  test(part, { concurrency: 4 }, async t => {
    const tests = rows
      .filter(row => row.quick)
      .map(row =>
        t.test(`${row.id} ${row.title}`, { timeout: row.boundMs, skip: row.cannot?.() ?? false }, async each => {
          const { note } = await row.run(createWorld(each, SOURCES, boxHere))
          if (note !== undefined) each.diagnostic(note)
        }),
      )
    await Promise.all(tests)
  })
}
