import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutboxState } from '../journal.ts'
import type { Bench } from './bench.ts'
import { ACCOUNT, chatOf, sampleReply } from './samples.ts'

export function checkReplies(bench: Bench): void {
  const addOne = async (inboundId: string | null, seq: number | null, changes = {}) => {
    const [row] = await bench.journal.addReplies([sampleReply(inboundId, seq, changes)])
    assert.ok(row)
    return row
  }
  const use = (id: string, via: 'msg_id' | 'event_id' = 'msg_id') => bench.journal.replyUse(ACCOUNT, { via, id })

  test('a reply comes back whole, and each change of it too', async () => {
    const { journal, clock } = bench
    const row = await addOne('m1', 1)
    assert.deepEqual(row, {
      ...sampleReply('m1', 1),
      id: row.id,
      posts: 0,
      inDoubt: false,
      createdAtMs: clock.nowMs(),
      settledAtMs: null,
      platformId: null,
      detail: {},
    })
    await clock.advance(5)
    const tried = { ...row, posts: 1, inDoubt: true, text: 'plainly', form: 'plain' as const }
    assert.deepEqual(
      await journal.updateReply(row.id, { posts: 1, inDoubt: true, text: 'plainly', form: 'plain' }),
      tried,
    )
    assert.deepEqual(await journal.openReplies(ACCOUNT), [tried])
    const detail = { status: 400, code: '40034012', traceId: 't', message: 'no markdown' }
    const refused = { ...tried, state: 'refused' as const, platformId: 'p', detail, settledAtMs: clock.nowMs() }
    assert.deepEqual(await journal.updateReply(row.id, { state: 'refused', platformId: 'p', detail }), refused)
    assert.deepEqual(await journal.repliesOf(chatOf('alice'), 'refused'), [refused])
    assert.deepEqual(await journal.openReplies(ACCOUNT), [])
    await clock.advance(5)
    assert.deepEqual(await journal.updateReply(row.id, { posts: 2 }), { ...refused, posts: 2 })
  })

  test('the verdict of an audit finds its message: it has a name now, or was not accepted after all', async () => {
    const { journal } = bench
    const [shown, gone] = [await addOne('m1', 1), await addOne('m1', 2)]
    await journal.updateReply(shown.id, { state: 'accepted', detail: { auditId: 'a1' } })
    await journal.updateReply(gone.id, { state: 'accepted', detail: { auditId: 'a2', status: 202 } })
    await journal.accept(ACCOUNT, { audit: { id: 'a1', passed: true, platformId: 'p1' } })
    await journal.accept('qqbot:work', { audit: { id: 'a2', passed: false } })
    assert.equal((await journal.underAudit(ACCOUNT, 'a2'))?.state, 'accepted', 'of another account')
    await journal.accept(ACCOUNT, { cursor: 7, audit: { id: 'a2', passed: false } })
    await journal.accept(ACCOUNT, { audit: { id: 'nobody', passed: false } })
    const [first, second] = [await journal.underAudit(ACCOUNT, 'a1'), await journal.underAudit(ACCOUNT, 'a2')]
    assert.deepEqual([first?.id, first?.state, first?.platformId], [shown.id, 'accepted', 'p1'])
    assert.deepEqual([second?.id, second?.state, second?.detail.status], [gone.id, 'refused', 202])
    assert.equal(await journal.underAudit(ACCOUNT, 'nobody'), undefined)
    assert.equal(await journal.cursor(ACCOUNT), 7)
  })

  test('buttons, a file and a quote go with a reply until they are taken off', async () => {
    const { journal } = bench
    const allow = { id: 'allow', label: 'Allow', data: 'approve:7', style: 'primary', onlyFor: ['alice'] } as const
    const deny = { id: 'deny', label: 'Deny', number: 2, data: '/deny', says: true, style: 'danger' } as const
    const media = { kind: 'image', name: 'cat.png', source: { path: '/tmp/cat.png' } } as const
    const extras = { keyboard: [[allow, deny]], media, quote: 'REFIDX_a==' }
    const row = await addOne('m1', 1, { extras })
    assert.deepEqual(row.extras, extras)
    assert.deepEqual(await journal.openReplies(ACCOUNT), [row])
    const bare = await journal.updateReply(row.id, {
      extras: { media: { ...media, source: { url: 'https://a.b/c' } } },
    })
    assert.deepEqual(bare.extras, { media: { ...media, source: { url: 'https://a.b/c' } } })
    assert.deepEqual(await journal.openReplies(ACCOUNT), [bare])
    await journal.updateReply(row.id, { extras: {} })
    const [after] = await journal.openReplies(ACCOUNT)
    assert.equal(after?.extras?.media, undefined)
  })

  test('where a message that grows has come to stays with its row', async () => {
    const { journal } = bench
    const row = await addOne('m1', 1, { extras: { stream: { index: 0, open: true } } })
    assert.deepEqual(await journal.openReplies(ACCOUNT), [row])
    const ended = await journal.updateReply(row.id, { extras: { stream: { id: 's', index: 3, cut: true } } })
    assert.deepEqual(await journal.openReplies(ACCOUNT), [ended])
    assert.deepEqual(ended.extras, { stream: { id: 's', index: 3, cut: true } })
  })

  test('a reply without a target comes back without one', async () => {
    const row = await addOne(null, null, { state: 'pending' })
    assert.equal(row.reply, null)
    assert.deepEqual(await bench.journal.openReplies(ACCOUNT), [row])
  })

  test('what was shown in a chat since a moment, oldest first', async () => {
    const { journal, clock } = bench
    const before = clock.nowMs()
    const shown = [await addOne('m1', 1), await addOne('m1', 2), await addOne('m1', 3)]
    for (const { id } of shown.slice(0, 2)) await journal.updateReply(id, { state: 'accepted' })
    const found = await journal.acceptedSince(chatOf('alice'), before)
    assert.deepEqual(
      found.map(({ id }) => id),
      shown.slice(0, 2).map(({ id }) => id),
    )
    assert.deepEqual(await journal.acceptedSince(chatOf('alice'), clock.nowMs() + 1), [])
    assert.deepEqual(await journal.acceptedSince(chatOf('bob'), before), [])
  })

  test('what was shown without an answer to anything is counted by chat', async () => {
    const { journal, clock } = bench
    const before = clock.nowMs()
    const rows = [await addOne('m1', 1), await addOne(null, null), await addOne(null, null), await addOne(null, null)]
    for (const { id } of rows.slice(0, 3)) await journal.updateReply(id, { state: 'accepted' })
    assert.deepEqual(await journal.unaskedSince(before), [{ chat: chatOf('alice'), count: 2 }])
    assert.deepEqual(await journal.unaskedSince(clock.nowMs() + 1), [])
  })

  test('rows are found by chat and state, oldest first, whatever the state', async () => {
    const { journal } = bench
    const states: readonly OutboxState[] = [
      'pending',
      'sending',
      'held',
      'superseded',
      'accepted',
      'refused',
      'unknown',
      'expired',
      'dropped',
    ]
    const expected = new Map<OutboxState, number[]>()
    for (const state of [...states, ...states]) {
      const row = await addOne('m1', 1)
      await journal.updateReply(row.id, { state })
      expected.set(state, [...(expected.get(state) ?? []), row.id])
    }
    const elsewhere = [
      { account: ACCOUNT, kind: 'group' as const, id: 'alice' },
      chatOf('bob'),
      chatOf('alice', 'qqbot:work'),
    ]
    for (const chat of elsewhere) await addOne('m1', 1, { chat })
    for (const state of states) {
      const found = await journal.repliesOf(chatOf('alice'), state)
      assert.deepEqual(
        found.map(row => row.id),
        expected.get(state),
      )
    }
    assert.equal((await journal.openReplies(ACCOUNT)).length, 6)
    assert.deepEqual(journal.pending('qqbot:work'), { incoming: 0, outgoing: 1 })
    assert.ok(journal.openAccounts().includes('qqbot:work'))
  })

  test('what became of rows is found by their numbers, also where others took their text on', async () => {
    const { journal } = bench
    const [long, left, other] = [await addOne('m1', 1), await addOne('m1', 2), await addOne('m2', 1)]
    const [half, rest] = await journal.replaceReplies([long.id], [sampleReply('m1', 3), sampleReply('m1', null)])
    assert.ok(half && rest)
    const [both] = await journal.replaceReplies([rest.id, left.id], [sampleReply('m3', 1)])
    assert.ok(both)
    await journal.updateReply(both.id, { state: 'accepted' })
    const became = async (...ids: readonly number[]) =>
      (await journal.followReplies(ids)).map(({ id, state }) => [id, state])
    const gone = 'superseded'
    assert.deepEqual(await became(long.id), [
      [long.id, gone],
      [half.id, 'pending'],
      [rest.id, gone],
      [both.id, 'accepted'],
    ])
    assert.deepEqual(await became(left.id, other.id), [
      [left.id, gone],
      [other.id, 'pending'],
      [both.id, 'accepted'],
    ])
    assert.deepEqual(await became(), [])
    assert.deepEqual(await became(both.id + 1), [])
    await assert.rejects(journal.replaceReplies([], []), { code: 'journal_misused' })
  })

  test('places used and the highest seq are those of the target', async () => {
    const { journal } = bench
    assert.deepEqual(await use('m1'), { used: 0, lastSeq: 0 })
    const first = await addOne('m1', 1)
    await addOne('m1', 2)
    await addOne('m2', 7)
    await addOne('m1', null)
    await addOne('m1', 3, { reply: { via: 'event_id', id: 'm1', seq: 9, untilMs: 1 } })
    await addOne('m1', 4, { chat: chatOf('alice', 'qqbot:work') })
    assert.deepEqual(await use('m1'), { used: 2, lastSeq: 2 })
    assert.deepEqual(await use('m1', 'event_id'), { used: 1, lastSeq: 9 })
    await journal.updateReply(first.id, { state: 'unknown', inDoubt: true })
    assert.deepEqual(await use('m1'), { used: 2, lastSeq: 2 })
  })

  test('a seq that was given is never given again, not even when its row loses its place', async () => {
    const { journal } = bench
    const row = await addOne('m1', 1)
    await journal.updateReply(row.id, { reply: { via: 'msg_id', id: 'm1', seq: 5, untilMs: 1 } })
    assert.deepEqual(await use('m1'), { used: 1, lastSeq: 5 })
    await journal.updateReply(row.id, { state: 'held', reply: null })
    assert.deepEqual(await use('m1'), { used: 0, lastSeq: 5 })
    await journal.updateReply(row.id, { state: 'pending', reply: { via: 'msg_id', id: 'm2', seq: 1, untilMs: 1 } })
    assert.deepEqual(await use('m1'), { used: 0, lastSeq: 5 })
    assert.deepEqual(await use('m2'), { used: 1, lastSeq: 1 })
  })

  test('held rows count as brought to rest, and as open again once they are released', async () => {
    const { journal } = bench
    const row = await addOne('m1', null)
    assert.equal(journal.pending(ACCOUNT).outgoing, 0)
    await journal.updateReply(row.id, { state: 'pending' })
    assert.equal(journal.pending(ACCOUNT).outgoing, 1)
    await journal.updateReply(row.id, { state: 'accepted' })
    assert.equal(journal.pending(ACCOUNT).outgoing, 0)
  })
}
