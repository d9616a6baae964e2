import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, createMachine, groupChat, message, oneProcess, privateChat } from '../house.ts'

const inGroup = (who: string, id: string) => message(id, { chat: groupChat('g'), sender: { id: who, isBot: false } })

test('merge: what comes in one burst is one turn, in order; the reply is to the last, and all have their end', async t => {
  const process = oneProcess(t, { talk: { busy: 'merge', mergeQuietMs: 1000 } })
  const { agent, hear, ended, clock, adapter, until } = process
  const attachments = [{ kind: 'file', name: 'f' }] as const
  await hear(message('m1'))
  await clock.advance(900)
  await hear(message('m2', { text: '', attachments }))
  await clock.advance(900)
  await hear(message('m3'))
  await clock.advance(999)
  assert.equal(agent.turns.length, 0)
  await clock.advance(1)
  for (const id of ['m1', 'm2', 'm3']) await ended(id, 'answered')
  assert.equal(agent.turns.length, 1)
  assert.match(agent.turns[0]?.text ?? '', /^m1\n\[file.*\]\nm3$/)
  assert.deepEqual(agent.turns[0]?.attachments, attachments)
  assert.deepEqual(
    adapter.posts.map(post => post.reply?.id),
    ['m3'],
  )
  assert.equal((await process.inbox('m1')).attempts, 1)
  assert.equal((await process.journal.history(privateChat('alice'), 1000)).length, 2)
  await hear(message('m4'))
  await clock.advance(1000)
  await until(() => agent.turns.length === 2)
})

test('merge: somebody who goes on writing is answered all the same', async t => {
  const process = oneProcess(t, { talk: { busy: 'merge', mergeQuietMs: 1000 } })
  for (let i = 0; i < 12; i++) {
    await process.hear(message(`m${i}`))
    await process.clock.advance(500)
  }
  await process.ended('m9', 'answered')
  assert.equal(process.agent.turns.length, 1)
})

test('merge: what comes while a turn runs is one turn after it, without a further wait', async t => {
  const process = oneProcess(t, { talk: { busy: 'merge', mergeQuietMs: 1000 } })
  const { agent, hear, until, ended, clock } = process
  agent.waits()
  await hear(message('m1'))
  await clock.advance(1000)
  await until(() => agent.waiting.length === 1)
  await hear(message('m2'), message('m3'))
  await clock.advance(60_000)
  agent.answer('m1')
  await until(() => agent.waiting.length === 1)
  assert.deepEqual(agent.waiting, ['m2\nm3'])
  agent.answer('m2\nm3')
  await ended('m3', 'answered')
})

test('merge: two people are never one, and neither are the messages around another one’s', async t => {
  const process = oneProcess(t, { talk: { busy: 'merge', mergeQuietMs: 1000 } })
  await process.hear(inGroup('alice', 'a1'), inGroup('bob', 'b1'), inGroup('bob', 'b2'), inGroup('alice', 'a2'))
  for (let i = 0; i < 5; i++) await process.clock.advance(1000)
  await process.ended('a2', 'answered')
  assert.deepEqual(
    process.agent.turns.map(turn => turn.text),
    ['a1', 'b1\nb2', 'a2'],
  )
})

test('merge: a burst is bounded, and so is what waits behind it', async t => {
  const process = oneProcess(t, { talk: { busy: 'merge', mergeQuietMs: 1000 }, limits: { queuePerChat: 2 } })
  for (let i = 0; i < 10; i++) await process.hear(message(`m${i}`))
  await process.ended('m6', 'dead: queue_full')
  for (let i = 0; i < 4; i++) await process.clock.advance(1000)
  await process.ended('m5', 'answered')
  assert.deepEqual(
    process.agent.turns.map(turn => turn.text),
    ['m0\nm1', 'm2\nm3', 'm4\nm5'],
  )
})

test('merge: a crash in the middle leaves each message to be answered once', async t => {
  const machine = createMachine(t)
  const first = await machine.start({ talk: { busy: 'merge', mergeQuietMs: 1000 } })
  first.agent.waits()
  await first.hear(message('m1'), message('m2'))
  await first.clock.advance(1000)
  await first.until(() => first.agent.waiting.length === 1)
  await first.crash()
  const second = await machine.start({ talk: { busy: 'merge', mergeQuietMs: 1000 } })
  await second.ended('m1', 'answered')
  await second.ended('m2', 'answered')
  assert.deepEqual(second.shown(), ['re: m1', 're: m2'])
})

test('merge: a stop while a burst is gathered leaves it to the next start', async t => {
  const machine = createMachine(t)
  const first = await machine.start({ talk: { busy: 'merge', mergeQuietMs: 1000 } })
  await first.hear(message('m1'), message('m2'))
  await first.stop()
  const second = await machine.start()
  await second.ended('m2', 'answered')
  assert.equal((await second.inbox('m1')).attempts, 1)
})

test('merge: /stop ends a burst that is being gathered', async t => {
  const process = oneProcess(t, { talk: { busy: 'merge', mergeQuietMs: 1000 } })
  await process.hear(message('m1'), message('m2'), message('s', { text: '/stop' }))
  await process.ended('m1', 'silent')
  await process.ended('m2', 'silent')
  await process.ended('s', 'answered')
  assert.equal(process.agent.turns.length, 0)
})

test('interrupt: a new message ends the turn of the same person; what was asked stays in the conversation', async t => {
  const process = oneProcess(t, { talk: { busy: 'interrupt' } })
  const { agent, hear, until, ended, shown } = process
  agent.waits()
  await hear(message('m1'))
  await until(() => agent.waiting.length === 1)
  await hear(message('m2'))
  await ended('m1', 'silent')
  assert.equal((await process.inbox('m1')).detail, 'interrupted by m2')
  await until(() => agent.waiting.includes('m2'))
  assert.deepEqual(agent.turns[1]?.history, [{ role: 'user', text: 'm1' }])
  agent.answer('m2')
  await ended('m2', 'answered')
  assert.deepEqual(shown(), ['re: m2'])
})

test('interrupt: of three in a row the first is ended, and the others are one turn', async t => {
  const process = oneProcess(t, { talk: { busy: 'interrupt' } })
  const { agent, hear, until, ended, shown } = process
  agent.waits()
  await hear(message('m1'))
  await until(() => agent.waiting.length === 1)
  await Promise.all([hear(message('m2')), hear(message('m3'))])
  await ended('m1', 'silent')
  await until(() => agent.waiting.includes('m2\nm3'))
  agent.answer('m2\nm3')
  await ended('m2', 'answered')
  await ended('m3', 'answered')
  assert.deepEqual(shown(), ['re: m2\nm3'])
})

test('interrupt: nobody interrupts another one', async t => {
  const process = oneProcess(t, { talk: { busy: 'interrupt' } })
  const { agent, hear, until, ended } = process
  agent.waits()
  await hear(inGroup('alice', 'a1'), inGroup('bob', 'b1'))
  await until(() => agent.waiting.length === 1)
  assert.deepEqual(agent.waiting, ['a1'])
  agent.answer('a1')
  await ended('a1', 'answered')
})

test('interrupt: what is left over from a former process is answered, all of it', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  first.agent.waits()
  await first.hear(message('m1'), message('m2'))
  await first.crash()
  const second = await machine.start({ talk: { busy: 'interrupt' } })
  await second.ended('m1', 'answered')
  await second.ended('m2', 'answered')
})

test('an answer that is already spoken is delivered, whoever writes meanwhile', async t => {
  const released = Promise.withResolvers<void>()
  let held = false
  const process = oneProcess(t, {
    talk: { busy: 'interrupt' },
    disk: journal => ({
      ...journal,
      async endTurn(account, ids, ...rest) {
        if (ids.includes('m1') && !held) {
          held = true
          await released.promise
        }
        return journal.endTurn(account, ids, ...rest)
      },
    }),
  })
  await process.hear(message('m1'))
  await process.until(() => held)
  await process.hear(message('s', { text: '/stop' }), message('m2'))
  await process.ended('s', 'answered')
  assert.match(process.shown()[0] ?? '', /Nothing is being answered/)
  released.resolve()
  await process.ended('m1', 'answered')
  await process.ended('m2', 'answered')
  assert.equal(process.conversation.activeTurns, 0)
  assert.equal(process.journal.pending(ACCOUNT).incoming, 0)
})
