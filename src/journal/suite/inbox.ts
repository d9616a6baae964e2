import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bench } from './bench.ts'
import { ACCOUNT, chatOf, DENIED, HOUR_MS, OBSERVED, RUN, sampleMessage } from './samples.ts'

export function checkInbox(bench: Bench): void {
  const accept = (id: string, changes = {}, triage = RUN) =>
    bench.journal.accept(ACCOUNT, { message: sampleMessage(id, changes) }, { triage, replyUntilMs: 77 })
  const ids = async () => (await bench.journal.unfinished(ACCOUNT)).map(row => row.message.id)

  test('a message comes back whole', async () => {
    const { journal, clock } = bench
    assert.equal(await accept('m1'), 'new')
    assert.deepEqual(await journal.unfinished(ACCOUNT), [
      {
        message: sampleMessage('m1'),
        state: 'queued',
        end: null,
        detail: null,
        attempts: 0,
        receivedAtMs: clock.nowMs(),
        replyUntilMs: 77,
      },
    ])
  })

  test('until when a message may be answered is known while its key is, per account', async () => {
    await accept('m1')
    await bench.journal.endTurn(ACCOUNT, ['m1'], 'silent', null, [])
    assert.equal(await bench.journal.replyUntilMs(ACCOUNT, 'm1'), 77)
    assert.equal(await bench.journal.replyUntilMs('qqbot:work', 'm1'), undefined)
    assert.equal(await bench.journal.replyUntilMs(ACCOUNT, 'm2'), undefined)
  })

  test('odd texts come back as they were', async () => {
    const odd = 'a\u0000b 😀\n\u2028"\'; DROP TABLE inbox; --'
    const chat = chatOf("o'hara:%_")
    await accept(odd, { text: odd, chat, attachments: [], sender: { id: odd, isBot: true } })
    const [row] = await bench.journal.unfinished(ACCOUNT)
    assert.deepEqual(
      row?.message,
      sampleMessage(odd, { text: odd, chat, attachments: [], sender: { id: odd, isBot: true } }),
    )
    assert.equal((await bench.journal.trace(odd))?.inbox?.message.id, odd)
  })

  test('a repeat is known: at once, later, whatever became of the first copy', async () => {
    const copies = await Promise.all([accept('m1'), accept('m1'), accept('m1')])
    assert.deepEqual(copies, ['new', 'known', 'known'])
    await bench.journal.beginTurn(ACCOUNT, 'm1')
    assert.equal(await accept('m1'), 'known')
    await bench.journal.endTurn(ACCOUNT, ['m1'], 'silent', null, [])
    await bench.clock.advance(10 * HOUR_MS)
    await bench.journal.sweep()
    assert.equal(await accept('m1'), 'known')
    assert.deepEqual(await ids(), [])
  })

  test('the key is the account and the id together', async () => {
    assert.equal(await accept('m1'), 'new')
    const other = sampleMessage('m1', { chat: chatOf('alice', 'qqbot:work') })
    assert.equal(await bench.journal.accept('qqbot:work', { message: other }, { triage: RUN, replyUntilMs: 1 }), 'new')
    assert.deepEqual(await ids(), ['m1'])
    assert.deepEqual(bench.journal.pending('qqbot:work'), { incoming: 1, outgoing: 0 })
  })

  test('an observed message is upgraded by a copy that is for the bot, once', async () => {
    assert.equal(await accept('m1', { addressed: false }, OBSERVED), 'new')
    assert.equal(await accept('m1', { addressed: false }, OBSERVED), 'known')
    assert.deepEqual(await ids(), [])
    assert.equal(await accept('m1', { reply: { via: 'event_id', id: 'e1' } }), 'upgraded')
    const [row] = await bench.journal.unfinished(ACCOUNT)
    assert.deepEqual(row?.message, sampleMessage('m1', { reply: { via: 'event_id', id: 'e1' } }))
    assert.equal(await accept('m1'), 'known')
    assert.equal(bench.journal.pending(ACCOUNT).incoming, 1)
  })

  test('nothing else is upgraded: not what the agent kept silent on, what was denied, or what still is not for the bot', async () => {
    await accept('silent')
    await bench.journal.endTurn(ACCOUNT, ['silent'], 'silent', null, [])
    assert.equal(await accept('silent'), 'known')
    await accept('denied', {}, DENIED)
    assert.equal(await accept('denied'), 'known')
    await accept('observed', { addressed: false }, OBSERVED)
    assert.equal(await accept('observed', { addressed: false }), 'known')
    assert.deepEqual(await ids(), [])
  })

  test('of a message that is not to be run, only the key and who wrote where is kept', async () => {
    await accept('denied', {}, DENIED)
    await accept('observed', { addressed: false }, OBSERVED)
    for (const [id, end] of [['denied', 'denied'] as const, ['observed', 'silent'] as const]) {
      const inbox = (await bench.journal.trace(id))?.inbox
      assert.equal(inbox?.end, end)
      assert.equal(inbox?.state, 'ended')
      assert.equal(inbox?.message.text, '')
      assert.equal(inbox?.message.raw, null)
      assert.deepEqual(inbox?.message.attachments, [])
      assert.deepEqual(inbox?.message.sender, { id: 'alice', isBot: false })
    }
    assert.equal((await bench.journal.trace('denied'))?.inbox?.detail, 'not on the list')
    assert.deepEqual(bench.journal.pending(ACCOUNT), { incoming: 0, outgoing: 0 })
  })

  test('the cursor moves with the message, with a repeat, and alone', async () => {
    const { journal } = bench
    assert.equal(await journal.cursor(ACCOUNT), undefined)
    await journal.accept(
      ACCOUNT,
      { cursor: { session: 's', seq: 1 }, message: sampleMessage('m1') },
      { triage: RUN, replyUntilMs: 1 },
    )
    assert.deepEqual(await journal.cursor(ACCOUNT), { session: 's', seq: 1 })
    await journal.accept(ACCOUNT, { cursor: 2, message: sampleMessage('m1') }, { triage: RUN, replyUntilMs: 1 })
    assert.equal(await journal.cursor(ACCOUNT), 2)
    assert.equal(await journal.accept(ACCOUNT, { cursor: null }), 'known')
    assert.equal(await journal.cursor(ACCOUNT), null)
    assert.equal(await journal.cursor('qqbot:work'), undefined)
    // Each connection of an account has its own, and a message that comes by two of them is one.
    await journal.accept(ACCOUNT, { cursor: 3 })
    assert.equal(
      await journal.accept(
        ACCOUNT,
        { cursor: 9, shard: 2, message: sampleMessage('m1') },
        { triage: RUN, replyUntilMs: 1 },
      ),
      'known',
    )
    assert.deepEqual(
      await Promise.all([
        journal.cursor(ACCOUNT),
        journal.cursor(ACCOUNT, 0),
        journal.cursor(ACCOUNT, 1),
        journal.cursor(ACCOUNT, 2),
      ]),
      [3, 3, undefined, 9],
    )
  })

  test('a refused write keeps nothing of itself, and the others of its tick stand', async () => {
    const { journal } = bench
    const settled = await Promise.allSettled([
      accept('m1'),
      // Without a verdict: a bug of the caller, after its facts and cursor were written.
      journal.accept(ACCOUNT, {
        cursor: 'moved',
        message: sampleMessage('bad'),
        facts: [{ chat: chatOf('alice'), facts: { gone: true } }],
      }),
      accept('m2'),
      journal.updateReply(4711, { state: 'accepted' }),
      journal.beginTurn(ACCOUNT, 'm2'),
    ])
    assert.deepEqual(
      settled.map(result => result.status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(await ids(), ['m1', 'm2'])
    assert.equal(await journal.cursor(ACCOUNT), undefined)
    assert.deepEqual(await journal.chatFacts(chatOf('alice')), {})
    assert.deepEqual(journal.pending(ACCOUNT), { incoming: 2, outgoing: 0 })
  })

  test('unfinished is oldest first, and survives a restart with its attempts', async t => {
    if (!bench.durable) return t.skip('forgets when closed')
    for (let i = 0; i < 20; i++) await accept(`m${i}`)
    await bench.journal.beginTurn(ACCOUNT, 'm3')
    await bench.journal.beginTurn(ACCOUNT, 'm3')
    await bench.journal.endTurn(ACCOUNT, ['m0'], 'silent', null, [])
    const journal = await bench.reopen()
    const rows = await journal.unfinished(ACCOUNT)
    assert.deepEqual(
      rows.map(row => row.message.id),
      Array.from({ length: 19 }, (_, i) => `m${i + 1}`),
    )
    assert.deepEqual([rows[2]?.state, rows[2]?.attempts], ['running', 2])
    assert.deepEqual(journal.pending(ACCOUNT), { incoming: 19, outgoing: 0 })
    assert.equal(await accept('m0'), 'known')
  })
}
