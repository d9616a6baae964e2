import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutboxState, TurnEnd } from '../journal.ts'
import type { Bench } from './bench.ts'
import { ACCOUNT, chatOf, DAY_MS, DENIED, RUN, sampleMessage, sampleReply } from './samples.ts'

const DEAD_ENDS: readonly TurnEnd[] = ['dead: stale', 'dead: poison', 'dead: queue_full', 'dead: agent']
const LISTED: readonly OutboxState[] = ['unknown', 'refused', 'expired', 'held']
const UNLISTED: readonly OutboxState[] = ['pending', 'sending', 'superseded', 'accepted', 'dropped']

export function checkDead(bench: Bench): void {
  const accept = (id: string) =>
    bench.journal.accept(ACCOUNT, { message: sampleMessage(id) }, { triage: RUN, replyUntilMs: 1 })
  const deadIds = async () => (await bench.journal.dead()).map(entry => entry.id)

  test('a dead message is listed, and goes back to work with its attempts forgotten', async () => {
    const { journal, clock } = bench
    for (const end of DEAD_ENDS) {
      await clock.advance(1)
      await accept(end)
      await journal.beginTurn(ACCOUNT, end)
      await journal.endTurn(ACCOUNT, [end], end, 'incident 7', [])
    }
    const entries = await journal.dead()
    assert.deepEqual(
      entries.map(entry => entry.end),
      DEAD_ENDS,
    )
    assert.deepEqual(entries[0], {
      id: 'in:qqbot/dead: stale',
      chat: chatOf('alice'),
      end: 'dead: stale',
      detail: 'incident 7',
      text: 'text of dead: stale',
      atMs: clock.nowMs() - 3,
    })
    for (const { id } of entries) {
      assert.equal(await journal.moveDead(id, 'retry'), true)
      assert.equal(await journal.moveDead(id, 'retry'), false)
    }
    const rows = await journal.unfinished(ACCOUNT)
    assert.deepEqual(
      rows.map(({ message, state, end, detail, attempts }) => [message.id, state, end, detail, attempts]),
      DEAD_ENDS.map(end => [end, 'queued', null, null, 0]),
    )
    assert.deepEqual(await deadIds(), [])
    assert.equal(journal.pending(ACCOUNT).incoming, DEAD_ENDS.length)
    assert.equal(await journal.beginTurn(ACCOUNT, 'dead: agent'), 1)
  })

  test('a dropped message leaves the list, and its key stays', async () => {
    const { journal } = bench
    await accept('m1')
    await journal.endTurn(ACCOUNT, ['m1'], 'dead: poison', null, [])
    assert.equal(await journal.moveDead('in:qqbot/m1', 'drop'), true)
    assert.deepEqual(await deadIds(), [])
    assert.equal(await journal.moveDead('in:qqbot/m1', 'retry'), false)
    assert.equal(await accept('m1'), 'known')
    assert.equal((await journal.trace('m1'))?.inbox?.end, 'dead: poison')
  })

  test('a message whose notice is still under way is not listed yet', async () => {
    const { journal } = bench
    await accept('m1')
    const [notice] = await journal.endTurn(ACCOUNT, ['m1'], 'dead: agent', null, [sampleReply('m1', 1)])
    assert.deepEqual(await deadIds(), [])
    assert.equal(await journal.moveDead('in:qqbot/m1', 'retry'), false)
    await journal.updateReply(notice?.id ?? 0, { state: 'accepted' })
    assert.deepEqual(await deadIds(), ['in:qqbot/m1'])
  })

  test('a message that is run again does not end with the replies of its former turn', async () => {
    const { journal } = bench
    await accept('m1')
    const [old] = await journal.endTurn(ACCOUNT, ['m1'], 'dead: agent', null, [sampleReply('m1', 1)])
    assert.ok(old)
    await journal.updateReply(old.id, { state: 'refused' })
    await journal.moveDead('in:qqbot/m1', 'retry')
    const [fresh] = await journal.endTurn(ACCOUNT, ['m1'], 'answered', null, [sampleReply('m1', 2)])
    await journal.moveDead(`out:${old.id}`, 'retry')
    await journal.updateReply(old.id, { state: 'accepted' })
    assert.equal((await journal.trace('m1'))?.inbox?.state, 'replying')
    await journal.updateReply(fresh?.id ?? 0, { state: 'accepted' })
    assert.equal((await journal.trace('m1'))?.inbox?.end, 'answered')
  })

  for (const state of LISTED) {
    test(`a reply that is ${state} is listed, goes back with its key, or is dropped`, async () => {
      const { journal } = bench
      const detail = { status: 400, code: '40034', message: 'no' }
      const added = await journal.addReplies([sampleReply('m1', 3), sampleReply('m1', 4)])
      for (const row of added) await journal.updateReply(row.id, { state, inDoubt: true, posts: 8, detail })
      const [again, gone] = added
      assert.ok(again && gone)
      const [entry] = await journal.dead()
      assert.equal(entry?.id, `out:${again.id}`)
      assert.equal(entry?.end, state)
      assert.equal(entry?.text, again.text)
      assert.match(entry?.detail ?? '', /400.*40034.*no/)
      assert.equal(await journal.moveDead(`out:${again.id}`, 'retry'), true)
      assert.equal(await journal.moveDead(`out:${gone.id}`, 'drop'), true)
      const open = await journal.openReplies(ACCOUNT)
      assert.deepEqual(open, [{ ...again, posts: 0, inDoubt: true, detail }])
      assert.deepEqual(
        (await journal.repliesOf(chatOf('alice'), 'dropped')).map(row => row.id),
        [gone.id],
      )
      assert.deepEqual(await deadIds(), [])
      assert.equal(journal.pending(ACCOUNT).outgoing, 1)
    })
  }

  test('nothing else can be moved', async () => {
    const { journal } = bench
    await accept('open')
    await journal.accept(ACCOUNT, { message: sampleMessage('denied') }, { triage: DENIED, replyUntilMs: 1 })
    const ids = ['in:qqbot/open', 'in:qqbot/denied', 'in:qqbot/never', 'in:open', 'out:999', 'out:', 'x', '']
    for (const state of UNLISTED) {
      const [row] = await journal.addReplies([sampleReply('m1', 1)])
      await journal.updateReply(row?.id ?? 0, { state })
      ids.push(`out:${row?.id}`)
    }
    for (const id of ids) assert.equal(await journal.moveDead(id, 'drop'), false, id)
    for (const id of ids) assert.equal(await journal.moveDead(id, 'retry'), false, id)
    assert.deepEqual(await deadIds(), [])
  })

  test('once its content is cleared there is nothing left to try again', async () => {
    const { journal, clock } = bench
    await accept('m1')
    const [row] = await journal.endTurn(ACCOUNT, ['m1'], 'dead: agent', null, [sampleReply('m1', 1)])
    await journal.updateReply(row?.id ?? 0, { state: 'refused' })
    await clock.advance(DAY_MS)
    await journal.sweep()
    assert.equal(await journal.moveDead('in:qqbot/m1', 'retry'), false)
    assert.equal(await journal.moveDead(`out:${row?.id}`, 'retry'), false)
    assert.equal(await journal.moveDead('in:qqbot/m1', 'drop'), true)
    assert.equal(await journal.moveDead(`out:${row?.id}`, 'drop'), true)
  })

  test('a trace is found by the message, by a reply, and for what Herald said of its own accord', async () => {
    const { journal } = bench
    await accept('m1')
    const [one, two] = await journal.endTurn(ACCOUNT, ['m1'], 'answered', null, [
      sampleReply('m1', 1),
      sampleReply('m1', 2),
    ])
    const [own] = await journal.addReplies([sampleReply(null, null, { state: 'pending' })])
    assert.ok(one && two && own)
    await journal.updateReply(two.id, { state: 'accepted', platformId: 'p2' })
    await journal.updateReply(own.id, { state: 'accepted', platformId: 'p3' })
    const byMessage = await journal.trace('m1')
    assert.deepEqual(
      byMessage?.outbox.map(row => row.id),
      [one.id, two.id],
    )
    assert.equal(byMessage?.inbox?.state, 'replying')
    assert.deepEqual(await journal.trace('p2'), byMessage)
    assert.deepEqual(
      (await journal.trace('p3'))?.outbox.map(row => row.id),
      [own.id],
    )
    assert.equal((await journal.trace('p3'))?.inbox, null)
    assert.deepEqual(await journal.trace(`in:${ACCOUNT}/m1`), byMessage, 'as the dead list names it')
    assert.deepEqual(await journal.trace(`out:${two.id}`), byMessage)
    assert.deepEqual(await journal.trace(`out:${own.id}`), await journal.trace('p3'))
    for (const nothing of ['in:other/m1', `in:${ACCOUNT}/`, 'out:999', 'out:'])
      assert.equal(await journal.trace(nothing), undefined, nothing)
    assert.equal(await journal.trace('nothing'), undefined)
  })
}
