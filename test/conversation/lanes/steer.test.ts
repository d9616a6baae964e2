/** Busy mode `steer`: what is written during a turn reaches its agent, or comes next. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hooks } from '../../../src/hooks/hook.ts'
import { createMachine, groupChat, message, oneProcess, type Process, privateChat } from '../house.ts'

/** An agent that works until it is told to look, takes up what it finds, and says what it knows. */
function looking({ agent }: Process) {
  let look = (): void => {}
  agent.does(async function* (turn) {
    await new Promise<void>(resolve => {
      look = resolve
    })
    const since = (await turn.meanwhile?.()) ?? []
    yield { kind: 'text', text: [turn.text, ...since].join(' + ') }
  })
  return { look: () => look() }
}

test('steer: the agent takes up what its person wrote meanwhile; one answer, to the last message, and all have their end', async t => {
  const process = oneProcess(t, { talk: { busy: 'steer' } })
  const { agent, hear, ended, until, adapter, clock } = process
  const { look } = looking(process)
  await hear(message('m1'))
  await until(() => agent.turns.length === 1)
  await hear(message('m2'), message('m3'), message('s', { text: '/status' }))
  await ended('s', 'answered')
  assert.match(process.shown()[0] ?? '', /under way, 2 waiting; busy mode steer/)
  look()
  for (const id of ['m1', 'm2', 'm3']) await ended(id, 'answered')
  await clock.advance(60_000)
  assert.equal(agent.turns.length, 1)
  assert.deepEqual(process.shown().slice(1), ['m1 + m2 + m3'])
  assert.equal(adapter.posts.at(-1)?.reply?.id, 'm3')
  const history = await process.journal.history(privateChat('alice'), 1000)
  assert.deepEqual(
    history.map(({ text }) => text),
    ['m1\nm2\nm3', 'm1 + m2 + m3'],
  )
  agent.does(async function* ({ text }) {
    yield { kind: 'text', text }
  })
  await hear(message('r', { text: '/retry' }))
  await ended('r', 'answered')
  assert.equal(process.shown().at(-1), 'm1\nm2\nm3', 'asked again as a whole')
})

test('steer: what an agent does not take up comes next, before others, each by itself', async t => {
  const process = oneProcess(t, { talk: { busy: 'steer' } })
  const { agent, hear, until, ended } = process
  const inGroup = (who: string, id: string) => message(id, { chat: groupChat('g'), sender: { id: who, isBot: false } })
  agent.waits()
  await hear(inGroup('alice', 'a1'))
  await until(() => agent.waiting.length === 1)
  await hear(inGroup('bob', 'b1'), inGroup('alice', 'a2'), inGroup('alice', 'a3'))
  for (const text of ['a1', 'a2', 'a3', 'b1']) {
    await until(() => agent.waiting.includes(text))
    assert.equal(agent.waiting.length, 1)
    agent.answer(text)
  }
  await ended('b1', 'answered')
})

test('steer: nobody reaches the turn of another one, and what has to be fetched waits', async t => {
  const process = oneProcess(t, { talk: { busy: 'steer' } })
  const { agent, hear, until, ended } = process
  const { look } = looking(process)
  const chat = groupChat('g')
  await hear(message('a1', { chat }))
  await until(() => agent.turns.length === 1)
  await hear(message('b1', { chat, sender: { id: 'bob', isBot: false } }))
  await hear(message('a2', { chat, attachments: [{ kind: 'file', name: 'f' }] }))
  look()
  await ended('a1', 'answered')
  assert.deepEqual(process.shown(), ['a1'])
  await until(() => agent.turns.length === 2)
  assert.equal(agent.turns[1]?.sender.id, 'bob')
})

test('steer: /stop ends the turn, and what was written for it is answered', async t => {
  const process = oneProcess(t, { talk: { busy: 'steer' } })
  const { agent, hear, until, ended } = process
  agent.waits()
  await hear(message('m1'))
  await until(() => agent.waiting.length === 1)
  await hear(message('m2'), message('s', { text: '/stop' }))
  await ended('m1', 'silent')
  await until(() => agent.waiting.includes('m2'))
  agent.answer('m2')
  await ended('m2', 'answered')
})

test('steer: what was written for a turn that /new ends is asked in the new conversation', async t => {
  const process = oneProcess(t, { talk: { busy: 'steer' } })
  const { agent, hear, until, ended } = process
  await hear(message('m0'))
  await ended('m0', 'answered')
  agent.waits()
  await hear(message('m1'))
  await until(() => agent.waiting.length === 1)
  await hear(message('m2'), message('m3'), message('n', { text: '/new' }))
  await ended('n', 'answered')
  assert.match(process.shown().at(-1) ?? '', /Waiting, and next in it: 2\.\)$/)
  for (const text of ['m2', 'm3']) {
    await until(() => agent.waiting.includes(text))
    agent.answer(text)
  }
  await ended('m3', 'answered')
  assert.deepEqual(
    agent.turns.slice(-2).map(({ history }) => history.map(entry => entry.text)),
    [[], ['m2', 're: m2']],
  )
})

test('steer: a turn that fails ends what it took up, and nothing else', async t => {
  const process = oneProcess(t, { talk: { busy: 'steer' } })
  const { agent, hear, until, ended } = process
  let go = (): void => {}
  agent.does(async function* (turn) {
    await new Promise<void>(resolve => {
      go = resolve
    })
    await turn.meanwhile?.()
    yield { kind: 'text', text: 'half' }
    throw new Error('broken')
  })
  await hear(message('m1'))
  await until(() => agent.turns.length === 1)
  await hear(message('m2'))
  go()
  await ended('m1', 'dead: agent')
  await ended('m2', 'dead: agent')
  assert.equal(process.shown().length, 1)
})

test('steer: a hook that takes a message has it as a turn of its own', async t => {
  const hooks: Hooks = {
    at: point => point === 'message_in',
    run: async ({ text }) => (text === 'm2' ? { kind: 'reply', text: 'by the hook', by: 'h' } : { kind: 'pass', text }),
  }
  const process = oneProcess(t, { talk: { busy: 'steer' }, hooks })
  const { agent, hear, until, ended } = process
  const { look } = looking(process)
  await hear(message('m1'))
  await until(() => agent.turns.length === 1)
  await hear(message('m2'), message('m3'))
  look()
  await ended('m3', 'answered')
  await ended('m2', 'answered')
  assert.deepEqual(process.shown(), ['m1 + m3', 'by the hook'])
})

test('steer: after a crash in the middle each message is answered once', async t => {
  const machine = createMachine(t)
  const first = await machine.start({ talk: { busy: 'steer' } })
  let taken = false
  first.agent.does(async function* (turn) {
    while (!taken) taken = ((await turn.meanwhile?.()) ?? []).length > 0
    await new Promise(() => {})
    yield { kind: 'text', text: 'never' }
  })
  await first.hear(message('m1'), message('m2'))
  await first.until(() => taken)
  await first.crash()
  const second = await machine.start({ talk: { busy: 'steer' } })
  await second.ended('m1', 'answered')
  await second.ended('m2', 'answered')
  assert.deepEqual(second.shown(), ['re: m1', 're: m2'])
})
