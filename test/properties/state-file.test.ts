/** A state file, whatever stands in it: believed only while it is whole, of this living process, and within its promise. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemProcesses } from '../../src/gateway/process/locks/process-identity.ts'
import { TRUSTED_FOR_MS } from '../../src/gateway/status/last-words.ts'
import { STATE_FILE_NAME } from '../../src/gateway/status/state-file.ts'
import { describeLastWord, readStateFile } from '../../src/gateway/status/state-reader.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { sampleDocument, tempHome } from '../gateway/programs.ts'
import { anyText } from './arbitraries.ts'

const RUNS = 500
/** Clocks of one machine may be set by small steps. */
const SLACK_MS = 5000

function liveText(): string {
  const now = Date.now()
  return JSON.stringify(
    sampleDocument({
      pid_start: systemProcesses.startTicks(process.pid),
      updated_at: new Date(now).toISOString(),
      expires_at: new Date(now + 30_000).toISOString(),
    }),
  )
}

const fields = Object.keys(sampleDocument())
const offsetMs = fc.oneof(fc.integer({ min: -100_000, max: 100_000 }), fc.constantFrom(-1e12, 1e12))

function readingOf(home: string, content: string) {
  writeFileSync(join(home, STATE_FILE_NAME), content)
  const reading = readStateFile(home, systemClock)
  if (!reading.trusted) {
    assert.ok(reading.message !== '')
    if (reading.lastWord) assert.ok(describeLastWord(reading.lastWord, Date.now()) !== '')
  }
  return reading
}

test('torn anywhere, it is not believed', t => {
  const home = tempHome(t)
  fc.assert(
    fc.property(fc.nat(), at => {
      const whole = liveText()
      const reading = readingOf(home, whole.slice(0, at % whole.length))
      assert.equal(reading.trusted, false)
    }),
    { numRuns: RUNS },
  )
})

test('anything else is not believed either', t => {
  const home = tempHome(t)
  fc.assert(
    fc.property(fc.oneof(fc.json(), anyText(200)), content => {
      assert.equal(readingOf(home, content).trusted, false)
    }),
    { numRuns: RUNS },
  )
})

test('with one field of another kind or gone, it is not believed', t => {
  const home = tempHome(t)
  fc.assert(
    fc.property(
      fc.constantFrom(...fields),
      fc.constantFrom<unknown>(undefined, {}, [], true, -0.5, 'no date'),
      (field, value) => {
        const document: Record<string, unknown> = { ...JSON.parse(liveText()), [field]: value }
        // These take any text; a map without entries is a whole one.
        if (typeof value === 'string' && ['version', 'boot_id', 'exit_reason'].includes(field)) return
        if (field === 'platforms' && typeof value === 'object' && !Array.isArray(value)) return
        if ((field === 'exit_reason' || field === 'pid_start') && value === null) return
        assert.equal(readingOf(home, JSON.stringify(document)).trusted, false, `${field}: ${JSON.stringify(value)}`)
      },
    ),
    { numRuns: RUNS },
  )
})

test('it is believed exactly between its writing and its promise', t => {
  const home = tempHome(t)
  fc.assert(
    fc.property(offsetMs, fc.integer({ min: 0, max: 60_000 }), (writtenMs, promiseMs) => {
      const now = Date.now()
      const [updatedAtMs, expiresAtMs] = [now + writtenMs, now + writtenMs + promiseMs]
      const document = {
        ...JSON.parse(liveText()),
        updated_at: new Date(updatedAtMs).toISOString(),
        expires_at: new Date(expiresAtMs).toISOString(),
      }
      const reading = readingOf(home, JSON.stringify(document))
      const bounds = [updatedAtMs - now - SLACK_MS, expiresAtMs - now, expiresAtMs - now - SLACK_MS - TRUSTED_FOR_MS]
      // Too near to a bound for the time that the test itself takes.
      if (bounds.some(distanceMs => Math.abs(distanceMs) < 1000)) return
      const within = updatedAtMs < now + SLACK_MS && expiresAtMs > now && expiresAtMs < now + TRUSTED_FOR_MS + SLACK_MS
      assert.equal(reading.trusted, within)
    }),
    { numRuns: RUNS },
  )
})
