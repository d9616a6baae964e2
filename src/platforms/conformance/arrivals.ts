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
      await stand.up()
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
    tested.ordered ? 'many messages are handed over in order, once each' : 'many messages are handed over, once each',
    on(async stand => {
      stand.start()
      await stand.up()
      const texts = Array.from({ length: 50 }, (_, index) => `message ${index}`)
      for (const text of texts) stand.platform.write(text)
      await stand.reach('all of them', () => stand.kept.length >= texts.length)
      const kept = stand.kept.map(({ text }) => text)
      assert.deepEqual(tested.ordered ? kept : kept.sort(), tested.ordered ? texts : texts.toSorted())
    }),
  )

  test(
    'a message that is delivered again has the same id, so that it is known',
    on(async stand => {
      stand.start()
      await stand.up()
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
      await stand.up()
      await stand.hear('kept')
      stand.refuseToKeep = true
      stand.platform.write('not kept at first')
      await stand.reach('the life to be over', () => stand.status.error_code === 'journal_unwritable')
      // What comes over it would be lost.
      await stand.reach('the link to be gone', () => stand.platform.links() === 0)
      stand.refuseToKeep = false
      await stand.up()
      if (tested.resumes)
        await stand.reach('the message', () => stand.kept.some(({ text }) => text === 'not kept at first'))
      await stand.hear('after it')
    }),
  )

  if (tested.resumes)
    test(
      tested.link === 'held'
        ? 'what is written while the link is down comes after it is back, in order'
        : 'what is written while no life runs comes when one does',
      on(async stand => {
        stand.start()
        await stand.up()
        await stand.hear('before')
        const mend = await goDown(tested, stand)
        for (const text of DOWN) stand.platform.write(text)
        mend()
        await stand.reach('all of them', () => stand.kept.length >= 4)
        await stand.hear('after')
        const [first, ...rest] = new Map(stand.kept.map(({ id, text }) => [id, text])).values()
        const between = rest.slice(0, -1)
        assert.deepEqual([first, rest.at(-1)], ['before', 'after'])
        assert.deepEqual(tested.ordered ? between : between.sort(), tested.ordered ? DOWN : DOWN.toSorted())
      }),
    )
}

const DOWN = ['one', 'two', 'three']

/** Until the answer is called, nothing reaches the bot. */
async function goDown(tested: AdapterUnderTest, { platform, runner, reach }: Stand): Promise<() => void> {
  if (tested.link === 'none') {
    runner.pause('kit')
    await reach('the pause', () => runner.status()['kit']?.state === 'paused')
    return () => void runner.resume('kit')
  }
  const mend = platform.break('refused')
  platform.break('cut')
  await reach('the link to be gone', () => platform.links() === 0)
  return mend
}
