import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bench } from './bench.ts'
import { ACCOUNT, chatOf, DAY_MS, HOUR_MS, RUN, sampleMessage, sampleReply } from './samples.ts'

export function checkKeep(bench: Bench): void {
  const accept = (id: string) =>
    bench.journal.accept(ACCOUNT, { message: sampleMessage(id) }, { triage: RUN, replyUntilMs: 1 })
  const later = async (ms: number) => {
    await bench.clock.advance(ms)
    await bench.journal.sweep()
  }

  test('what can be quoted is forgotten after seven days', async () => {
    await bench.journal.keepQuotable(ACCOUNT, 'r', { author: null, text: 'x' })
    await later(7 * DAY_MS - 1)
    assert.ok(await bench.journal.quotable(ACCOUNT, 'r'))
    await later(1)
    assert.equal(await bench.journal.quotable(ACCOUNT, 'r'), undefined)
  })

  test('content is cleared a day after its end, not after its arrival; history stays', async () => {
    const { journal } = bench
    await accept('m1')
    await later(2 * DAY_MS)
    assert.equal((await journal.trace('m1'))?.inbox?.message.text, 'text of m1')
    const said = [{ role: 'user' as const, text: 'hello' }]
    const [row] = await journal.endTurn(
      ACCOUNT,
      ['m1'],
      'answered',
      null,
      [sampleReply('m1', 1, { extras: { quote: 'q' } })],
      said,
    )
    await later(2 * DAY_MS)
    assert.equal((await journal.trace('m1'))?.inbox?.message.text, 'text of m1', 'a reply is still under way')
    await journal.updateReply(row?.id ?? 0, { state: 'accepted', platformId: 'p1' })
    await later(DAY_MS - 1)
    assert.equal((await journal.trace('m1'))?.outbox[0]?.text, 'reply 1 to m1')
    await later(1)
    const trace = await journal.trace('m1')
    assert.deepEqual(
      trace?.inbox?.message,
      sampleMessage('m1', { text: '', raw: null, attachments: [], sender: { id: 'alice', isBot: false } }),
    )
    assert.equal(trace?.inbox?.end, 'answered')
    assert.deepEqual([trace?.outbox[0]?.text, trace?.outbox[0]?.platformId], ['', 'p1'])
    assert.equal(trace?.outbox[0]?.extras, undefined)
    assert.deepEqual(await journal.history(chatOf('alice'), 100), said)
  })

  test('keys live seven days; what has no end stays for ever', async () => {
    const { journal } = bench
    await accept('ended')
    await accept('open')
    const replies = [sampleReply('ended', 1), sampleReply('ended', 2)]
    const [done, waiting] = await journal.addReplies(replies)
    await journal.endTurn(ACCOUNT, ['ended'], 'silent', null, [])
    await journal.updateReply(done?.id ?? 0, { state: 'accepted' })
    await later(7 * DAY_MS - 1)
    assert.equal(await accept('ended'), 'known')
    assert.equal((await journal.trace('ended'))?.outbox.length, 2)
    await later(1)
    assert.deepEqual(
      (await journal.trace('ended'))?.outbox.map(row => row.id),
      [waiting?.id],
    )
    assert.equal(await accept('ended'), 'new')
    await later(30 * DAY_MS)
    assert.deepEqual(
      (await journal.unfinished(ACCOUNT)).map(row => row.message.text),
      ['text of open', 'text of ended'],
    )
    assert.deepEqual(journal.pending(ACCOUNT), { incoming: 2, outgoing: 1 })
  })

  test('which row took on which is forgotten with the rows', async () => {
    const { journal } = bench
    const [old] = await journal.addReplies([sampleReply('m1', 1)])
    await later(DAY_MS)
    const [next] = await journal.replaceReplies([old?.id ?? 0], [sampleReply('m1', 2)])
    await journal.updateReply(next?.id ?? 0, { state: 'accepted' })
    const known = async () => (await journal.followReplies([old?.id ?? 0])).map(({ id }) => id)
    await later(6 * DAY_MS - 1)
    assert.deepEqual(await known(), [old?.id, next?.id])
    await later(1)
    assert.deepEqual(await known(), [next?.id])
    await later(DAY_MS)
    assert.deepEqual(await known(), [])
  })

  test('held replies expire a day after they came to be held', async () => {
    const { journal } = bench
    const [first, second] = await journal.addReplies([sampleReply('m1', null), sampleReply('m1', 1)])
    await later(HOUR_MS)
    await journal.updateReply(second?.id ?? 0, { state: 'held', reply: null })
    await later(23 * HOUR_MS - 1)
    assert.equal((await journal.repliesOf(chatOf('alice'), 'held')).length, 2)
    await later(1)
    const [expired] = await journal.repliesOf(chatOf('alice'), 'expired')
    assert.equal(expired?.id, first?.id)
    assert.equal(expired?.settledAtMs, bench.clock.nowMs())
    // What changes about it meanwhile does not make it younger.
    await journal.updateReply(second?.id ?? 0, { posts: 1 })
    await later(HOUR_MS)
    assert.deepEqual(await journal.repliesOf(chatOf('alice'), 'held'), [])
  })

  test('transitions live thirty days', async () => {
    const { journal, clock } = bench
    const change = { account: ACCOUNT, from: 'a', to: 'b', code: null, message: null }
    await journal.recordTransition({ ...change, atMs: clock.nowMs() })
    await later(30 * DAY_MS - 1)
    assert.equal((await journal.transitions(ACCOUNT, 0)).length, 1)
    await later(1)
    assert.deepEqual(await journal.transitions(ACCOUNT, 0), [])
  })

  test('what was said lives ninety days', async () => {
    const { journal } = bench
    await accept('m1')
    await journal.endTurn(ACCOUNT, ['m1'], 'answered', null, [], [{ role: 'user', text: 'old' }])
    await later(DAY_MS)
    await accept('m2')
    await journal.endTurn(ACCOUNT, ['m2'], 'answered', null, [], [{ role: 'user', text: 'new' }])
    await later(89 * DAY_MS - 1)
    assert.equal((await journal.history(chatOf('alice'), 100)).length, 2)
    await later(1)
    assert.deepEqual(await journal.history(chatOf('alice'), 100), [{ role: 'user', text: 'new' }])
  })

  test('a sweep of more than one step forgets all that is due', async () => {
    const { journal } = bench
    const ids = Array.from({ length: 1201 }, (_, i) => `m${i}`)
    await Promise.all(ids.map(accept))
    await Promise.all(ids.map(id => journal.endTurn(ACCOUNT, [id], 'silent', null, [])))
    await later(DAY_MS)
    assert.equal((await journal.trace('m1200'))?.inbox?.message.text, '')
    await later(6 * DAY_MS)
    for (const id of ['m0', 'm600', 'm1200']) assert.equal(await journal.trace(id), undefined)
  })
}
