import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Inbound, Outgoing } from '../platform.ts'
import type { AdapterUnderTest, SendTrouble } from './descriptor.ts'
import type { Stand } from './stand.ts'

type On = (check: (stand: Stand) => Promise<void>) => () => Promise<void>

/** What goes out: one try each, an outcome for whatever the platform answers, and never a throw. */
export function checkSends(tested: AdapterUnderTest, on: On): void {
  const replyTo = (message: Inbound, seq: number, text: string): Outgoing => ({
    chat: tested.chatOf(message),
    text,
    form: 'plain',
    reply: { ...message.reply, seq },
  })
  const asked = async (stand: Stand): Promise<Inbound> => {
    stand.start()
    await stand.up()
    return stand.hear('a question')
  }

  test(
    'an accepted reply is shown, and has the id that the platform gave it',
    on(async stand => {
      const outcome = await stand.send(replyTo(await asked(stand), 1, 'an answer'))
      assert.equal(outcome.kind, 'accepted')
      assert.ok(outcome.kind === 'accepted' && (outcome.platformId ?? '') !== '')
      assert.deepEqual(stand.platform.shown(), ['an answer'])
      await stand.reach('the send to be evidence', () => stand.status.evidence.last_send_at !== null)
    }),
  )

  test(
    'replies of one message have keys of their own, also when they are sent at once',
    on(async stand => {
      const message = await asked(stand)
      const outcomes = await Promise.all([1, 2, 3].map(seq => stand.send(replyTo(message, seq, `part ${seq}`))))
      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ['accepted', 'accepted', 'accepted'],
      )
      assert.deepEqual([...stand.platform.shown()].sort(), ['part 1', 'part 2', 'part 3'])
    }),
  )

  test(
    'a reply that is repeated under its key is shown once, where the platform knows keys',
    on(async stand => {
      const message = await asked(stand)
      const reply = replyTo(message, 1, 'once')
      await stand.send(reply)
      const again = await stand.send(reply)
      const adapter = stand.runner.adapter('kit')
      if (adapter?.capabilities.keyedReplies(message.chat.kind) !== true) return
      assert.equal(again.kind, 'duplicate')
      assert.deepEqual(stand.platform.shown(), ['once'])
    }),
  )

  for (const trouble of Object.keys(tested.sendTroubles))
    test(
      `an answer to a post: ${trouble}`,
      on(async stand => {
        const message = await asked(stand)
        const expected = isTrouble(trouble) ? tested.sendTroubles[trouble] : undefined
        assert.ok(isTrouble(trouble) && expected !== undefined)
        const mend = stand.platform.breakSends(trouble)
        const outcome = await stand.send(replyTo(message, 1, 'in trouble'))
        assert.equal(outcome.kind, expected)
        mend()
        const next = await stand.send(replyTo(message, 2, 'afterwards'))
        assert.equal(next.kind, 'accepted')
      }),
    )

  test(
    'what certainly was not sent is told apart from what may have been',
    on(async stand => {
      const message = await asked(stand)
      stand.platform.break('refused')
      stand.platform.break('cut')
      // On a connection that still stood, nobody can know; once it is gone it is certain.
      const first = await stand.send(replyTo(message, 1, 'into nothing'))
      assert.ok(first.kind === 'unknown' || first.kind === 'not_sent', first.kind)
      const second = await stand.send(replyTo(message, 2, 'into nothing'))
      assert.equal(second.kind, 'not_sent')
      assert.deepEqual(stand.platform.shown(), [])
    }),
  )

  test(
    'a send works while no life runs, and one that is called off resolves',
    on(async stand => {
      const message = await asked(stand)
      stand.runner.pause('kit')
      await stand.reach('the pause', () => stand.status.state === 'paused' && stand.platform.links() === 0)
      assert.equal((await stand.send(replyTo(message, 1, 'while paused'))).kind, 'accepted')
      const called = new AbortController()
      called.abort()
      const outcome = await stand.send(replyTo(message, 2, 'called off'), called.signal)
      assert.ok(outcome.kind === 'not_sent' || outcome.kind === 'unknown', outcome.kind)
    }),
  )

  test(
    'the longest text that it promises is taken',
    on(async stand => {
      const message = await asked(stand)
      const limit = stand.runner.adapter('kit')?.capabilities.textLimit ?? 0
      assert.ok(limit > 0)
      const outcome = await stand.send(replyTo(message, 1, '字'.repeat(limit)))
      assert.equal(outcome.kind, 'accepted')
      assert.equal([...(stand.platform.shown()[0] ?? '')].length, limit)
    }),
  )
}

const TROUBLES: readonly SendTrouble[] = ['answer_lost', 'busy', 'window_closed', 'content_refused', 'strange']

function isTrouble(word: string): word is SendTrouble {
  return TROUBLES.some(trouble => trouble === word)
}
