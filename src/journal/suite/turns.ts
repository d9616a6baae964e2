import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutboxState } from '../journal.ts'
import type { Bench } from './bench.ts'
import { ACCOUNT, chatOf, RUN, sampleMessage, sampleReply } from './samples.ts'

export function checkTurns(bench: Bench): void {
  const accept = (...ids: readonly string[]) =>
    Promise.all(
      ids.map(id => bench.journal.accept(ACCOUNT, { message: sampleMessage(id) }, { triage: RUN, replyUntilMs: 1 })),
    )
  const stateOf = async (id: string) => {
    const inbox = (await bench.journal.trace(id))?.inbox
    return [inbox?.state, inbox?.end]
  }

  test('attempts are counted', async () => {
    await accept('m1')
    assert.equal(await bench.journal.beginTurn(ACCOUNT, 'm1'), 1)
    assert.equal(await bench.journal.beginTurn(ACCOUNT, 'm1'), 2)
    assert.deepEqual(await stateOf('m1'), ['running', null])
  })

  test('a turn without replies, or with held ones alone, ends at once', async () => {
    await accept('m1', 'm2')
    assert.deepEqual(await bench.journal.endTurn(ACCOUNT, ['m1'], 'dead: stale', 'old', []), [])
    assert.deepEqual(await stateOf('m1'), ['ended', 'dead: stale'])
    const rows = await bench.journal.endTurn(ACCOUNT, ['m2'], 'answered', null, [sampleReply('m2', null)])
    assert.deepEqual(
      rows.map(row => row.state),
      ['held'],
    )
    assert.deepEqual(await stateOf('m2'), ['ended', 'answered'])
    assert.deepEqual(bench.journal.pending(ACCOUNT), { incoming: 0, outgoing: 0 })
  })

  const outcomes: readonly OutboxState[] = ['accepted', 'refused', 'unknown', 'expired', 'dropped', 'held']
  for (const outcome of outcomes) {
    test(`a turn ends with its last reply: ${outcome}`, async () => {
      const { journal } = bench
      await accept('m1', 'm2')
      await journal.beginTurn(ACCOUNT, 'm1')
      const [one, held, two] = await journal.endTurn(ACCOUNT, ['m1', 'm2'], 'answered', 'd', [
        sampleReply('m1', 1),
        sampleReply('m1', null),
        sampleReply('m1', 2),
      ])
      assert.ok(one && held && two)
      assert.deepEqual(await stateOf('m1'), ['replying', null])
      assert.deepEqual(journal.pending(ACCOUNT), { incoming: 2, outgoing: 2 })
      assert.deepEqual(await journal.unfinished(ACCOUNT), [])
      await journal.updateReply(two.id, { state: outcome })
      await journal.updateReply(one.id, { state: 'sending', posts: 1 })
      assert.deepEqual(await stateOf('m2'), ['replying', null])
      await journal.updateReply(one.id, { state: outcome })
      assert.deepEqual(await stateOf('m1'), ['ended', 'answered'])
      assert.deepEqual(await stateOf('m2'), ['ended', 'answered'])
      assert.deepEqual(journal.pending(ACCOUNT), { incoming: 0, outgoing: 0 })
    })
  }

  test('what takes the place of a reply keeps its turn open', async () => {
    const { journal } = bench
    await accept('m1')
    const [long] = await journal.endTurn(ACCOUNT, ['m1'], 'dead: agent', 'incident 7', [sampleReply('m1', 1)])
    assert.ok(long)
    const halves = await journal.replaceReplies([long.id], [sampleReply('m1', 2), sampleReply('m1', 3)])
    assert.deepEqual(await stateOf('m1'), ['replying', null])
    assert.deepEqual(journal.pending(ACCOUNT), { incoming: 1, outgoing: 2 })
    for (const half of halves) await journal.updateReply(half.id, { state: 'accepted' })
    assert.deepEqual(await stateOf('m1'), ['ended', 'dead: agent'])
    const trace = await journal.trace('m1')
    assert.equal(trace?.inbox?.detail, 'incident 7')
    assert.deepEqual(
      trace?.outbox.map(row => row.state),
      ['superseded', 'accepted', 'accepted'],
    )
  })

  test('a turn that failed is found by the number of its incident, with its first message and no other', async () => {
    const { journal } = bench
    for (const id of ['m1', 'm2', 'm3']) await accept(id)
    await journal.endTurn(ACCOUNT, ['m1', 'm2'], 'dead: agent', 'agent_empty, incident 0a1b2c3d', [
      sampleReply('m2', 1),
    ])
    await journal.endTurn(ACCOUNT, ['m3'], 'dead: agent', 'agent_empty, incident 1a1b2c3d', [])
    assert.equal((await journal.trace('0a1b2c3d'))?.inbox?.message.id, 'm1')
    assert.equal((await journal.trace('1a1b2c3d'))?.inbox?.message.id, 'm3')
    for (const other of ['a1b2c3d', '%', '2a1b2c3d', '________']) assert.equal(await journal.trace(other), undefined)
  })

  test('a reply replaced by held ones alone ends its turn', async () => {
    const { journal } = bench
    await accept('m1')
    const [row] = await journal.endTurn(ACCOUNT, ['m1'], 'answered', null, [sampleReply('m1', 1)])
    assert.ok(row)
    await journal.replaceReplies([row.id], [sampleReply('m1', null)])
    assert.deepEqual(await stateOf('m1'), ['ended', 'answered'])
  })

  test('replies outside a turn do not hold it open, nor end it', async () => {
    const { journal } = bench
    await accept('m1')
    const [notice] = await journal.addReplies([sampleReply('m1', 1, { purpose: 'notice' })])
    const [answer] = await journal.endTurn(ACCOUNT, ['m1'], 'answered', null, [sampleReply('m1', 2)])
    assert.ok(notice && answer)
    await journal.updateReply(notice.id, { state: 'accepted' })
    assert.deepEqual(await stateOf('m1'), ['replying', null])
    await journal.updateReply(answer.id, { state: 'accepted' })
    assert.deepEqual(await stateOf('m1'), ['ended', 'answered'])
  })

  test('a turn is ended once: a second end is refused whole', async () => {
    const { journal } = bench
    await accept('m1', 'm2')
    await journal.endTurn(ACCOUNT, ['m1'], 'silent', null, [])
    await assert.rejects(journal.endTurn(ACCOUNT, ['m2', 'm1'], 'answered', null, [sampleReply('m1', 1)]), /over/)
    await assert.rejects(journal.beginTurn(ACCOUNT, 'm1'), /over/)
    await assert.rejects(journal.beginTurn(ACCOUNT, 'never seen'), /not in the journal/)
    assert.deepEqual(await stateOf('m2'), ['queued', null])
    assert.deepEqual(await journal.openReplies(ACCOUNT), [])
    assert.deepEqual(journal.pending(ACCOUNT), { incoming: 1, outgoing: 0 })
  })

  test('what becomes history is there in the commit that ends the turn', async () => {
    const { journal } = bench
    await accept('m1')
    const said = [
      { role: 'user' as const, text: 'hello' },
      { role: 'assistant' as const, text: 'echo: hello' },
    ]
    await journal.endTurn(ACCOUNT, ['m1'], 'answered', null, [sampleReply('m1', 1)], said)
    assert.deepEqual(await journal.history(chatOf('alice'), 1000), said)
    assert.deepEqual(await journal.history(chatOf('bob'), 1000), [])
  })

  test('a restart in the middle of replying finds the turn, its replies and the counts', async t => {
    if (!bench.durable) return t.skip('forgets when closed')
    await accept('m1')
    const [row] = await bench.journal.endTurn(ACCOUNT, ['m1'], 'answered', null, [sampleReply('m1', 1)])
    const journal = await bench.reopen()
    assert.deepEqual(journal.pending(ACCOUNT), { incoming: 1, outgoing: 1 })
    assert.deepEqual(await journal.openReplies(ACCOUNT), [row])
    await journal.updateReply(row?.id ?? 0, { state: 'accepted' })
    assert.deepEqual(await stateOf('m1'), ['ended', 'answered'])
    assert.deepEqual(journal.pending(ACCOUNT), { incoming: 0, outgoing: 0 })
  })
}
