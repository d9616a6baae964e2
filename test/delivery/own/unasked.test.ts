/** How much may still be said of the bot's own accord. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scarceUnasked } from '../../../src/delivery/known/unasked.ts'
import { openJournal } from '../../../src/journal/sqlite.ts'
import { sampleReply } from '../../../src/journal/suite/samples.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'
import type { ChatAddress } from '../../../src/platforms/platform.ts'
import { cleanUp } from '../../support/clean-up.ts'

const DAY_MS = 24 * 3_600_000

test('a chat of which no more than a tenth of the day is left is named, until a day has passed', async t => {
  const clock = createVirtualClock()
  const journal = openJournal({ path: ':memory:', clock })
  cleanUp(t, () => journal.close())
  const say = async (chat: ChatAddress, times: number): Promise<void> => {
    for (let n = 0; n < times; n++) {
      const [row] = await journal.addReplies([sampleReply(null, null, { chat, purpose: 'notice' })])
      assert.ok(row)
      await journal.updateReply(row.id, { state: 'accepted' })
    }
  }
  const channel = { account: 'qqbot', kind: 'channel', id: 'c' } as const
  const scarce = () =>
    scarceUnasked({ journal, clock, unaskedPerDay: ({ kind }) => (kind === 'channel' ? 20 : undefined) })
  await say({ account: 'qqbot', kind: 'group', id: 'g' }, 30)
  await say(channel, 17)
  assert.deepEqual(await scarce(), [])
  await say(channel, 1)
  assert.deepEqual(await scarce(), [{ chat: channel, left: 2, perDay: 20 }])
  await say(channel, 3)
  assert.deepEqual(await scarce(), [{ chat: channel, left: 0, perDay: 20 }])
  await clock.advance(DAY_MS + 1)
  assert.deepEqual(await scarce(), [])
})
