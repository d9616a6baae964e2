import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bench } from './bench.ts'
import { ACCOUNT, chatOf, OBSERVED, RUN, sampleMessage } from './samples.ts'

export function checkMemory(bench: Bench): void {
  test('small values are kept per account and key', async () => {
    const { journal } = bench
    assert.equal(await journal.get(ACCOUNT, 'session'), undefined)
    await journal.set(ACCOUNT, 'session', { id: 's1', seq: [1, null, 'x'] })
    await journal.set('qqbot:work', 'session', 'other')
    await Promise.all([journal.set(ACCOUNT, 'n', 1), journal.set(ACCOUNT, 'n', 2)])
    assert.deepEqual(await journal.get(ACCOUNT, 'session'), { id: 's1', seq: [1, null, 'x'] })
    assert.equal(await journal.get(ACCOUNT, 'n'), 2)
    assert.equal(await journal.get('qqbot:work', 'session'), 'other')
  })

  test('facts of a chat are merged, alone and with an arrival', async () => {
    const { journal } = bench
    const alice = chatOf('alice')
    assert.deepEqual(await journal.chatFacts(alice), {})
    await journal.setChatFacts(alice, { gone: true, proactive: 'granted' })
    await journal.accept(ACCOUNT, { facts: [{ chat: alice, facts: { gone: false, title: null } }] })
    assert.deepEqual(await journal.chatFacts(alice), { gone: false, proactive: 'granted', title: null })
    assert.deepEqual(await journal.chatFacts({ ...alice, kind: 'group' }), {})
    // A message from there changes nothing of what is known.
    await journal.accept(ACCOUNT, { message: sampleMessage('m1') }, { triage: RUN, replyUntilMs: 1 })
    assert.deepEqual(await journal.chatFacts(alice), { gone: false, proactive: 'granted', title: null })
  })

  test('what was said is found by the name it can be quoted by, per account, the bot’s own words too', async () => {
    const { journal } = bench
    const quoteId = 'REFIDX_a=='
    const images = [{ kind: 'image', name: 'a.png' }] as const
    await journal.accept(
      ACCOUNT,
      { message: sampleMessage('m1', { quoteId, attachments: images }) },
      { triage: RUN, replyUntilMs: 1 },
    )
    await journal.accept(
      ACCOUNT,
      { message: sampleMessage('m2', { quoteId: 'no', text: 'x' }) },
      { triage: OBSERVED, replyUntilMs: 1 },
    )
    const drawn = [{ kind: 'image', name: 'b.png', path: '/srv/b.png' }] as const
    await journal.keepQuotable(ACCOUNT, 'own', { author: null, text: 'x'.repeat(5_000), attachments: drawn })
    assert.deepEqual(await journal.quotable(ACCOUNT, quoteId), {
      author: 'Alice',
      text: 'text of m1\n[image]',
      attachments: images,
    })
    const own = await journal.quotable(ACCOUNT, 'own')
    assert.deepEqual([own?.author, own?.text.length, own?.attachments], [null, 1001, drawn])
    assert.equal(await journal.quotable(ACCOUNT, 'no'), undefined)
    assert.equal(await journal.quotable('qqbot:work', quoteId), undefined)
  })

  test('the name of a quoted message outlives a restart with its message', async () => {
    await bench.journal.accept(
      ACCOUNT,
      { message: sampleMessage('m1', { quotes: 'REFIDX_q==' }) },
      { triage: RUN, replyUntilMs: 1 },
    )
    const [row] = await bench.journal.unfinished(ACCOUNT)
    assert.equal(row?.message.quotes, 'REFIDX_q==')
  })

  test('history is cut from the front, whole entries at a time', async () => {
    const { journal } = bench
    await journal.accept(ACCOUNT, { message: sampleMessage('m1') }, { triage: RUN, replyUntilMs: 1 })
    const said = Array.from({ length: 130 }, (_, i) => ({
      role: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
      text: `${i}`.padStart(10, '.'),
    }))
    await journal.endTurn(ACCOUNT, ['m1'], 'answered', null, [], said)
    assert.deepEqual(await journal.history(chatOf('alice'), 1_000_000), said)
    assert.deepEqual(await journal.history(chatOf('alice'), 1099), said.slice(-109))
    assert.deepEqual(await journal.history(chatOf('alice'), 10), said.slice(-1))
    assert.deepEqual(await journal.history(chatOf('alice'), 9), [])
  })

  const say = async (member: string, ...texts: readonly string[]) => {
    const id = `${member}: ${texts.join()}`
    await bench.journal.accept(ACCOUNT, { message: sampleMessage(id) }, { triage: RUN, replyUntilMs: 1 })
    const entries = texts.map((text, i) => ({ role: i % 2 === 0 ? ('user' as const) : ('assistant' as const), text }))
    await bench.journal.endTurn(ACCOUNT, [id], 'answered', null, [], entries, member)
  }
  const saidWith = async (member: string) =>
    (await bench.journal.history(chatOf('alice'), 1_000_000, member)).map(entry => entry.text)

  test('the histories of the members of a chat, and of the chat as a whole, are apart', async () => {
    const { journal, clock } = bench
    const alice = chatOf('alice')
    assert.equal(await journal.lastSaidAtMs(alice), undefined)
    assert.equal(await journal.forgetHistory(alice), 0)
    await say('', 'all?', 'all!')
    await say('bob', 'bob?', 'bob!')
    await clock.advance(5)
    await say('carol', 'carol?', 'carol!')
    assert.deepEqual(await saidWith(''), ['all?', 'all!'])
    assert.deepEqual(await saidWith('bob'), ['bob?', 'bob!'])
    assert.equal(await journal.lastSaidAtMs(alice, 'bob'), clock.nowMs() - 5)
    assert.equal(await journal.lastSaidAtMs(alice, 'carol'), clock.nowMs())
    assert.equal(await journal.lastSaidAtMs(alice, 'nobody'), undefined)
    assert.equal(await journal.forgetHistory(alice, 'bob'), 2)
    assert.deepEqual([await saidWith('bob'), await saidWith('carol')], [[], ['carol?', 'carol!']])
    assert.equal(await journal.forgetHistory(alice), 2)
    assert.deepEqual([await saidWith(''), await saidWith('carol')], [[], ['carol?', 'carol!']])
  })

  test('the last exchange is taken out whole, and no more than it', async () => {
    const { journal } = bench
    const alice = chatOf('alice')
    assert.deepEqual(await journal.undoExchange(alice), [])
    await say('', 'one?', 'one!')
    await say('bob', 'bob?', 'bob!')
    await say('', 'two?', 'two!')
    await say('', 'three?')
    assert.deepEqual(await journal.undoExchange(alice), [{ role: 'user', text: 'three?' }])
    assert.deepEqual(await journal.undoExchange(alice), [
      { role: 'user', text: 'two?' },
      { role: 'assistant', text: 'two!' },
    ])
    assert.deepEqual(await saidWith(''), ['one?', 'one!'])
    assert.deepEqual(await saidWith('bob'), ['bob?', 'bob!'])
    await journal.undoExchange(alice)
    assert.deepEqual([await journal.undoExchange(alice), await saidWith('')], [[], []])
  })

  test('the oldest entries become one, as long as they are the oldest', async () => {
    const { journal } = bench
    const alice = chatOf('alice')
    const summary = { role: 'user' as const, text: 'in short' }
    assert.equal(await journal.compactHistory(alice, [], summary), false)
    await say('', 'one?', 'one!')
    await say('', 'two?', 'two!')
    await say('bob', 'one?', 'one!')
    const all = await journal.history(alice, 1000)
    assert.equal(await journal.compactHistory(alice, all.slice(1, 3), summary), false)
    assert.equal(await journal.compactHistory(alice, [...all, summary], summary), false)
    assert.equal(await journal.compactHistory(alice, all.slice(0, 3), summary), true)
    assert.deepEqual(await saidWith(''), ['in short', 'two!'])
    assert.deepEqual(await saidWith('bob'), ['one?', 'one!'])
    await say('', 'three?', 'three!')
    assert.equal(await journal.compactHistory(alice, all.slice(0, 3), summary), false, 'it is not there any more')
    assert.deepEqual(await saidWith(''), ['in short', 'two!', 'three?', 'three!'])
  })

  test('of a history the last 400 entries are kept, of each member by itself', async () => {
    await say('bob', 'bob?')
    const texts = Array.from({ length: 399 }, (_, i) => `${i}`)
    await say('', ...texts)
    await say('', 'x', 'y')
    assert.deepEqual(await saidWith(''), [...texts.slice(1), 'x', 'y'])
    assert.deepEqual(await saidWith('bob'), ['bob?'])
  })

  test('transitions are told again, oldest first', async () => {
    const { journal } = bench
    const change = (atMs: number, to: string, account = ACCOUNT) => ({
      account,
      atMs,
      from: 'connecting',
      to,
      code: null,
      message: to === 'fatal' ? 'why' : null,
    })
    await Promise.all([
      journal.recordTransition(change(1, 'connected')),
      journal.recordTransition(change(2, 'fatal')),
      journal.recordTransition(change(3, 'connected', 'qqbot:work')),
    ])
    assert.deepEqual(await journal.transitions(ACCOUNT, 0), [change(1, 'connected'), change(2, 'fatal')])
    assert.deepEqual(await journal.transitions(ACCOUNT, 2), [change(2, 'fatal')])
    const all = await journal.transitions(undefined, 2)
    assert.deepEqual(all, [change(2, 'fatal'), change(3, 'connected', 'qqbot:work')])
    const known = { ...change(4, 'retrying'), facts: { generation: 2, attempt: 7, ackAtMs: null } }
    await journal.recordTransition(known)
    assert.deepEqual(await journal.transitions(ACCOUNT, 4), [known])
  })

  test('changes are told without the attempts between them, the newest where there are many', async () => {
    const { journal } = bench
    const step = (atMs: number, from: string, to: string, account = ACCOUNT) =>
      journal.recordTransition({ account, atMs, from, to, code: null, message: null })
    await step(1, 'connecting', 'connected')
    await step(2, 'connected', 'retrying')
    for (let atMs = 3; atMs < 9; atMs++) await step(atMs, 'retrying', 'retrying')
    await step(9, 'retrying', 'connected')
    await step(9, 'retrying', 'connected', 'qqbot:work')
    const told = async (sinceMs: number, most: number) =>
      (await journal.changes(ACCOUNT, sinceMs, most)).map(({ atMs, to }) => [atMs, to])
    assert.deepEqual(await told(0, 10), [
      [1, 'connected'],
      [2, 'retrying'],
      [9, 'connected'],
    ])
    assert.deepEqual(await told(0, 2), [
      [2, 'retrying'],
      [9, 'connected'],
    ])
    assert.deepEqual(await told(3, 10), [[9, 'connected']])
  })

  test('all of it survives a restart', async t => {
    if (!bench.durable) return t.skip('forgets when closed')
    await bench.journal.accept(ACCOUNT, { cursor: 41, facts: [{ chat: chatOf('alice'), facts: { gone: true } }] })
    await bench.journal.set(ACCOUNT, 'k', 'v')
    await bench.journal.probe()
    const journal = await bench.reopen()
    await journal.probe()
    assert.equal(await journal.cursor(ACCOUNT), 41)
    assert.equal(await journal.get(ACCOUNT, 'k'), 'v')
    assert.deepEqual(await journal.chatFacts(chatOf('alice')), { gone: true })
  })

  test('what is asked for before close is kept; what comes after is refused', async () => {
    const { journal } = bench
    const last = journal.set(ACCOUNT, 'k', 'last word')
    await journal.close()
    await last
    await assert.rejects(journal.set(ACCOUNT, 'k', 'too late'), /closed/)
    await assert.rejects(journal.get(ACCOUNT, 'k'), /closed/)
    await journal.close()
    if (bench.durable) assert.equal(await (await bench.reopen()).get(ACCOUNT, 'k'), 'last word')
  })
}
