import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdapterUnderTest } from './descriptor.ts'
import type { Stand } from './stand.ts'

type On = (check: (stand: Stand) => Promise<void>) => () => Promise<void>

/** What comes in: whole, in order, named so that repeats are known, and acknowledged only once it is kept. */
export function checkArrivals(tested: AdapterUnderTest, on: On): void {
  test(
    'a message is handed over whole',
    on(async stand => {
      stand.start()
      await stand.connected()
      const message = await stand.hear('  hello, 世界 😀 ')
      assert.equal(message.text.trim(), 'hello, 世界 😀')
      assert.equal(message.chat.account, 'kit')
      assert.equal(message.addressed, true, 'a private message speaks to the bot')
      assert.equal(message.sender.isBot, false)
      assert.notEqual(message.sender.id, '')
      assert.notEqual(message.reply.id, '')
    }),
  )

  test(
    'many messages are handed over in order, once each',
    on(async stand => {
      stand.start()
      await stand.connected()
      const texts = Array.from({ length: 50 }, (_, index) => `message ${index}`)
      for (const text of texts) stand.platform.write(text)
      await stand.reach('all of them', () => stand.kept.length >= texts.length)
      assert.deepEqual(
        stand.kept.map(({ text }) => text),
        texts,
      )
    }),
  )

  test(
    'a message that is delivered again has the same id, so that it is known',
    on(async stand => {
      stand.start()
      await stand.connected()
      const message = await stand.hear('once')
      stand.platform.deliverAgain(message.id)
      await stand.hear('a later one')
      assert.deepEqual(
        new Set(stand.kept.filter(({ text }) => text === 'once').map(({ id }) => id)),
        new Set([message.id]),
      )
    }),
  )

  test(
    'what cannot be kept ends the life, and is asked for again when it can',
    on(async stand => {
      stand.start()
      await stand.connected()
      await stand.hear('kept')
      stand.refuseToKeep = true
      stand.platform.write('not kept at first')
      await stand.reach('the life to be over', () => stand.status.error_code === 'journal_unwritable')
      assert.equal(stand.platform.links(), 0, 'the link must go: what comes over it is lost')
      stand.refuseToKeep = false
      await stand.connected()
      if (tested.resumes)
        await stand.reach('the message', () => stand.kept.some(({ text }) => text === 'not kept at first'))
      await stand.hear('after it')
    }),
  )

  if (tested.resumes)
    test(
      'what is written while the link is down comes after it is back, in order',
      on(async stand => {
        stand.start()
        await stand.connected()
        await stand.hear('before')
        const mend = stand.platform.break('refused')
        stand.platform.break('cut')
        await stand.reach('the link to be gone', () => stand.platform.links() === 0)
        for (const text of ['one', 'two', 'three']) stand.platform.write(text)
        mend()
        await stand.reach('all of them', () => stand.kept.length >= 4)
        await stand.hear('after')
        assert.deepEqual(
          [...new Map(stand.kept.map(({ id, text }) => [id, text])).values()],
          ['before', 'one', 'two', 'three', 'after'],
        )
      }),
    )
}
