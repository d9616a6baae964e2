import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryAfterMs } from '../../../src/lib/net/retry-after.ts'

const NOW_MS = Date.UTC(2026, 0, 1)

for (const [header, wanted] of [
  ['3', 3_000],
  [' 0.5 ', 500],
  ['-2', 0],
  ['Thu, 01 Jan 2026 00:00:09 GMT', 9_000],
  ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
  ['soon', undefined],
  ['Infinity', undefined],
  [' ', undefined],
  [undefined, undefined],
] as const)
  test(`Retry-After: ${header}`, () => assert.equal(retryAfterMs(header, NOW_MS), wanted))
