import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Click } from '../../../src/platforms/platform.ts'
import { MINUTE_MS, oneProcess, privateChat } from '../house.ts'

const STALE = '(That is over; this button does nothing any more.)'

test('a hand that hammers on a button is told three times a minute, however long it goes on', async t => {
  const { clock, conversation, shown, until } = oneProcess(t)
  let presses = 0
  const hammer = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n++) {
      const id = `p${++presses}`
      const chat = privateChat('alice')
      const click: Click = { id, chat, senderId: 'alice', data: 'herald:q:0badc0de:0', reply: { via: 'event_id', id } }
      assert.equal(conversation.click(click), 'stale')
      await clock.advance(0)
    }
  }
  await hammer(12)
  await until(() => shown().length >= 3)
  await clock.advance(1000)
  assert.deepEqual(shown(), [STALE, STALE, STALE])
  await clock.advance(MINUTE_MS)
  await hammer(1)
  await until(() => shown().length === 4)
})
