/** A quota that is nearly used: told once, and once that there is enough again, also where it hovers about the mark. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAlerts } from '../../src/alerts/alerts.ts'
import type { ScarceChat } from '../../src/alerts/conditions.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { sampleAccount, sampleDocument, tempHome } from '../gateway/programs.ts'

const MINUTE_MS = 60_000

for (const [language, raised, cleared] of [
  [
    'en',
    /^of the 1000 messages of a day that may go to qqbot:c2c:A unasked, 90 are left/,
    /^qqbot:c2c:A can be written to/,
  ],
  ['zh', /^qqbot:c2c:A 每天可主动发送 1000 条消息，现在只剩 90 条/, /^qqbot:c2c:A 的主动消息额度已恢复/],
] as const)
  test(`the quota of a chat and the sessions of a day, each told once and once when it is over (${language})`, {
    timeout: 60_000,
  }, async t => {
    const clock = createVirtualClock()
    const told: string[] = []
    let scarce: readonly ScarceChat[] = []
    let limits: Readonly<Record<string, string>> = {}
    const alerts = createAlerts({
      home: tempHome(t),
      version: '1',
      rules: { dwellMs: MINUTE_MS, deadList: 20, freeMiB: 0 },
      channels: [{ name: 'book', deliver: async ({ textIn }) => void told.push(textIn(language)) }],
      language,
      clock,
      log: silentLogger,
      status: () => sampleDocument({ platforms: { qqbot: sampleAccount({ limits }) } }),
      dead: async () => 0,
      scarce: async () => scarce,
      redact: text => text,
      onBug: thrown => assert.fail(String(thrown)),
    })
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 5_000) {
        await clock.advance(5_000)
        // The disk is a real one, and asked in between: until the watch sleeps again.
        while (clock.armed === 0) await new Promise(resolve => setImmediate(resolve))
      }
    }
    alerts.start()
    await pass(2 * MINUTE_MS)
    assert.deepEqual(told, [])
    scarce = [{ chat: 'qqbot:c2c:A', left: 90, perDay: 1000 }]
    await pass(5 * MINUTE_MS)
    scarce = [{ chat: 'qqbot:c2c:A', left: 40, perDay: 1000 }]
    await pass(60 * MINUTE_MS)
    assert.equal(told.length, 1, told.join('\n'))
    assert.match(told[0] ?? '', raised)
    scarce = []
    await pass(5 * MINUTE_MS)
    assert.equal(told.length, 2)
    assert.match(told[1] ?? '', cleared)
    limits = { sessions: '950 of 1000 sessions of today are used' }
    await pass(60 * MINUTE_MS)
    assert.equal(told.length, 3)
    assert.match(told[2] ?? '', /sessions/)
    const closed = alerts.close(false, AbortSignal.timeout(10_000))
    await clock.advance(0)
    await closed
  })
