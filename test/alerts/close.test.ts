/** The end of the alerts, whatever its time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAlerts } from '../../src/alerts/alerts.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { sampleDocument, tempHome } from '../gateway/programs.ts'

test('closed when its time is up already: it does not wait for a channel that never answers', {
  timeout: 20_000,
}, async t => {
  const clock = createVirtualClock()
  const asked = Promise.withResolvers<void>()
  const alerts = createAlerts({
    home: tempHome(t),
    version: '1',
    rules: { dwellMs: 60_000, deadList: 20, freeMiB: 0 },
    channels: [
      {
        name: 'silent',
        deliver(_notice, signal) {
          asked.resolve()
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
          })
        },
      },
    ],
    language: 'en',
    clock,
    log: silentLogger,
    status: () => sampleDocument({ state_file: 'not written' }),
    dead: async () => 0,
    scarce: async () => [],
    redact: text => text,
    onBug: thrown => assert.fail(String(thrown)),
  })
  const late = new AbortController()
  late.abort()
  const closed = alerts.close(true, late.signal)
  await asked.promise
  await closed
  assert.equal(clock.armed, 0)
})
