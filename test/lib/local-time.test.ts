/** Times for people, in the time of the machine. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localTime } from '../../src/lib/local-time.ts'
import { cleanUp } from '../support/clean-up.ts'

test('today the time alone, of another day with its date, by the clock on the wall', t => {
  const zone = process.env['TZ']
  cleanUp(t, () => {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  })
  process.env['TZ'] = 'Asia/Shanghai'
  const at = Date.UTC(2026, 0, 30, 18, 3)
  assert.equal(localTime(at, Date.UTC(2026, 0, 31, 15, 59)), '02:03')
  assert.equal(localTime(at, Date.UTC(2026, 0, 31, 16, 0)), '2026-01-31 02:03')
})
