/** Times for people, in the time of the machine. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { localTime, localTimeWithZone, replaceIsoTimes } from '../../src/lib/local-time.ts'
import { cleanUp } from '../support/clean-up.ts'

function inZone(t: TestContext, name: string): void {
  const zone = process.env['TZ']
  cleanUp(t, () => {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  })
  process.env['TZ'] = name
}

test('today the time alone, of another day with its date, by the clock on the wall', t => {
  inZone(t, 'Asia/Shanghai')
  const at = Date.UTC(2026, 0, 30, 18, 3)
  assert.equal(localTime(at, Date.UTC(2026, 0, 31, 15, 59)), '02:03')
  assert.equal(localTime(at, Date.UTC(2026, 0, 31, 16, 0)), '2026-01-31 02:03')
})

test('the zone is told as it was at that time, east and west, also where it is no whole hour', t => {
  inZone(t, 'Asia/Shanghai')
  assert.equal(localTimeWithZone(Date.UTC(2026, 0, 30, 18, 3)), '2026-01-31 02:03 UTC+08:00')
  process.env['TZ'] = 'America/St_Johns'
  assert.equal(localTimeWithZone(Date.UTC(2026, 0, 30, 18, 3)), '2026-01-30 14:33 UTC-03:30')
  assert.equal(localTimeWithZone(Date.UTC(2026, 6, 30, 18, 3)), '2026-07-30 15:33 UTC-02:30')
})

test('times within a text are told otherwise, everything else stays', () => {
  const said: number[] = []
  const say = (ms: number): string => `<${said.push(ms)}>`
  const text = 'lost, 2026-01-31T02:03:04.500Z; since 2026-01-30T00:00:00Z (2026-01-31, v2026-01-31T02)'
  assert.equal(replaceIsoTimes(text, say), 'lost, <1>; since <2> (2026-01-31, v2026-01-31T02)')
  assert.deepEqual(said, [Date.UTC(2026, 0, 31, 2, 3, 4, 500), Date.UTC(2026, 0, 30)])
})
