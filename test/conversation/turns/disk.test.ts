import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Journal } from '../../../src/journal/journal.ts'
import { JournalUnwritableError } from '../../../src/lib/errors.ts'
import { ACCOUNT, createMachine, MINUTE_MS, message, oneProcess, privateChat } from '../house.ts'

/** A disk that is full for a while: what the conversation asks of it is refused, and nothing of it is kept. */
function fullDisk(verb: 'beginTurn' | 'endTurn' | 'history') {
  const disk = { full: true, refused: 0 }
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    [verb]: (...args: never[]) => {
      if (!disk.full) return (journal[verb] as (...given: never[]) => unknown)(...args)
      disk.refused += 1
      return Promise.reject(new JournalUnwritableError('the disk is full'))
    },
  })
  return { disk, wrap }
}

for (const verb of ['beginTurn', 'history', 'endTurn'] as const) {
  test(`the disk is full for 20 minutes at ${verb}: the agent works once, and its answer comes when there is room`, async t => {
    const { disk, wrap } = fullDisk(verb)
    const { agent, hear, until, ended, clock, shown, adapter, conversation } = oneProcess(t, { disk: wrap })
    // One that finds nobody before it is begun in the commit that keeps it; those behind it are not.
    const ahead = verb === 'beginTurn' ? ['m0'] : []
    await hear(...[...ahead, 'm1', 'm2'].map(id => message(id)))
    await until(() => disk.refused === 1)
    assert.equal(agent.turns.length, ahead.length + (verb === 'endTurn' ? 1 : 0))
    const posted = ahead.length
    await clock.advance(20 * MINUTE_MS)
    assert.ok(disk.refused > 30 && disk.refused < 70, `asked ${disk.refused} times`)
    assert.equal(adapter.posts.length, posted)
    assert.equal(conversation.activeTurns, 0)
    disk.full = false
    await clock.advance(MINUTE_MS)
    await ended('m2', 'answered')
    assert.deepEqual(
      shown(),
      [...ahead, 'm1', 'm2'].map(id => `re: ${id}`),
    )
    assert.equal(agent.turns.length, ahead.length + 2)
  })
}

test('an attempt is on disk before the run that it counts', async t => {
  const room = Promise.withResolvers<void>()
  const { agent, hear, until, clock, ended, inbox } = oneProcess(t, {
    disk: journal => ({
      ...journal,
      async beginTurn(...args) {
        await room.promise
        return journal.beginTurn(...args)
      },
    }),
  })
  const attemptsSeen: number[] = []
  agent.does(async function* ({ text }) {
    attemptsSeen.push((await inbox(text)).attempts)
    yield { kind: 'text', text: 'yes' }
  })
  await hear(message('m1'), message('behind'))
  await ended('m1', 'answered')
  await clock.advance(MINUTE_MS)
  assert.equal(agent.turns.length, 1)
  room.resolve()
  await ended('behind', 'answered')
  assert.deepEqual(attemptsSeen, [1, 1])
  await until(() => clock.armed === 0)
})

test('a stop does not wait for the disk, and an attempt that never got there is not noted as cut off', async t => {
  const machine = createMachine(t)
  const { disk, wrap } = fullDisk('beginTurn')
  const first = await machine.start({ disk: wrap })
  await first.hear(message('m0'), message('m1'))
  await first.until(() => disk.refused > 0)
  await first.conversation.stop()
  assert.equal(first.clock.armed, 0)
  assert.deepEqual(await first.journal.get(ACCOUNT, 'turns_cut_by_stop'), {})
  await first.stop()
  const second = await machine.start()
  await second.ended('m1', 'answered')
})

test('a turn that the journal cannot keep for another reason is left to the next start, and its chat goes on', async t => {
  const machine = createMachine(t)
  const first = await machine.start({
    disk: journal => ({
      ...journal,
      endTurn: (account, ids, ...rest) =>
        ids.includes('m1') ? Promise.reject(new Error('a bug')) : journal.endTurn(account, ids, ...rest),
    }),
  })
  await first.hear(message('m1'), message('m2'), message('b1', { chat: privateChat('bob') }))
  await first.ended('m2', 'answered')
  await first.ended('b1', 'answered')
  assert.equal(await first.endOf('m1'), 'running')
  assert.ok(first.log.some(line => line.level === 'error' && line.text === 'a turn could not be written down'))
  await first.stop()
  const second = await machine.start()
  await second.ended('m1', 'answered')
  assert.deepEqual(second.shown(), ['re: m1'])
})

test('one long answer does not push out of the history all that was said before it', async t => {
  const { agent, hear, ended } = oneProcess(t, { limits: { historyChars: 1000 } })
  const long = `begin ${'🙂'.repeat(20_000)} end`
  agent.does(async function* ({ text }) {
    yield { kind: 'text', text: text === 'tell' ? long : `re: ${text}` }
  })
  for (const id of ['first', 'tell', 'then']) {
    await hear(message(id))
    await ended(id, 'answered')
  }
  const history = agent.turns.at(-1)?.history ?? []
  assert.deepEqual(
    history.slice(0, 3).map(entry => entry.text),
    ['first', 're: first', 'tell'],
  )
  const kept = history[3]?.text ?? ''
  assert.ok(kept.length <= 250 && kept.startsWith('begin 🙂') && kept.includes('[…]') && kept.endsWith('🙂 end'), kept)
})
