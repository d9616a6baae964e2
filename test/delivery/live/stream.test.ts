/** Answers that grow, frame by frame, on a clock that stands still: what a frame that fails must not spoil. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Journal } from '../../../src/journal/journal.ts'
import { openJournal } from '../../../src/journal/sqlite.ts'
import { JournalUnwritableError } from '../../../src/lib/errors.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'
import type { SendOutcome } from '../../../src/platforms/platform.ts'
import { createWorld, QQ_LIKE, scriptedAdapter } from '../world.ts'

/** Whose platform streams in private chats. `hangs` is asked with the number of each frame: it has no answer until it is called off. */
function streaming(hangs: (frame: number) => boolean, over: (journal: Journal) => Partial<Journal> = () => ({})) {
  const clock = createVirtualClock()
  const journal = openJournal({ path: ':memory:', clock, schedule: queueMicrotask })
  const scripted = scriptedAdapter(clock, { ...QQ_LIKE, streams: kind => kind === 'c2c' })
  const frames: string[] = []
  const adapter = {
    ...scripted,
    send(...[outgoing, signal]: Parameters<typeof scripted.send>): Promise<SendOutcome> {
      if (outgoing.extras?.stream === undefined) return scripted.send(outgoing, signal)
      if (signal.aborted) return Promise.resolve({ kind: 'not_sent' })
      frames.push(outgoing.text)
      if (!hangs(frames.length)) return Promise.resolve({ kind: 'accepted', platformId: 's1' })
      return new Promise(resolve =>
        signal.addEventListener('abort', () => resolve({ kind: 'unknown' }), { once: true }),
      )
    },
  }
  return { ...createWorld({ clock, adapter, journal: { ...journal, ...over(journal) } }), frames }
}

test('a frame without an answer is given up, and the next ones say what has come since', async () => {
  const world = streaming(frame => frame === 2)
  const growing = world.delivery.stream(await world.arrive('m1'))
  assert.ok(growing)
  let told = 'one '
  growing.grow(() => told)
  await world.clock.advance(1_000)
  told += 'two '
  await world.clock.advance(1_000)
  told += 'three '
  await world.clock.advance(12_000)
  told += 'four '
  await world.clock.advance(10_000)
  assert.deepEqual(world.frames, ['one', 'one two', 'one two three', 'one two three four'])
  const closing = growing.close()
  await world.clock.advance(1_000)
  assert.equal((await closing)?.text, 'one two three four')
})

test('a first frame that the disk refuses takes no place from its answer', async () => {
  let refusals = 1
  const world = streaming(
    () => false,
    journal => ({
      addReplies: replies =>
        refusals-- > 0 ? Promise.reject(new JournalUnwritableError('the disk is full')) : journal.addReplies(replies),
    }),
  )
  const message = await world.arrive('m1')
  const growing = world.delivery.stream(message)
  assert.ok(growing)
  growing.grow(() => 'one ')
  await world.clock.advance(1_000)
  assert.equal(await growing.close(), undefined)
  assert.deepEqual(world.frames, [])
  const planned = await world.delivery.plan(message, 'word '.repeat(75), 'answer')
  assert.deepEqual(
    planned.map(({ purpose, reply }) => [purpose, reply !== null]),
    Array.from({ length: 4 }, () => ['answer', true]),
  )
})
