/** Commands that stop turns and change what was said. */
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { createMachine, message, oneProcess, type Process, privateChat } from '../house.ts'
import { by, chatOf } from '../talk.ts'

for (const heeds of [true, false]) {
  test(`/stop ends the turn at once where the agent ${heeds ? 'heeds' : 'does not heed'} its signal, and the lane goes on`, async t => {
    const process = oneProcess(t)
    const { agent, hear, until, clock, ended, shown, conversation } = process
    agent.does(async function* (_turn, signal) {
      yield { kind: 'text', text: 'half an ans' }
      await new Promise((_resolve, reject) => {
        if (heeds) signal.addEventListener('abort', () => reject(signal.reason))
      })
    })
    await hear(message('m1'), message('m2'), message('m3'))
    await until(() => conversation.activeTurns === 1)
    const atMs = clock.monotonicMs()
    agent.does(async function* ({ text }) {
      yield { kind: 'text', text: `re: ${text}` }
    })
    await hear(message('s', { text: '/stop' }))
    await ended('m1', 'silent')
    await ended('m3', 'answered')
    await ended('s', 'answered')
    assert.equal(clock.monotonicMs(), atMs)
    assert.equal((await process.inbox('m1')).detail, 'stopped by s')
    assert.ok(agent.signals[0]?.aborted)
    assert.deepEqual([...shown()].sort(), ['(Stopped. Waiting and next: 2.)', 're: m2', 're: m3'])
    assert.deepEqual(
      agent.turns[1]?.history,
      [{ role: 'user', text: 'm1' }],
      'what was asked stays in the conversation',
    )
    assert.ok(!process.log.some(line => line.level === 'error'))
    assert.match(await chatOf(process)('/停'), /Nothing is being answered/)
  })
}

test('/stop in one chat stops nobody elsewhere', async t => {
  const process = oneProcess(t)
  const { agent, hear, until } = process
  agent.waits()
  await hear(by('bob', 'b1', 'b1'))
  await until(() => agent.waiting.length === 1)
  assert.match(await chatOf(process)('/stop'), /Nothing is being answered/)
  assert.equal(agent.signals[0]?.aborted, false)
})

test('/new ends the turn under way, forgets what was said, and what waits is asked in the new conversation', async t => {
  const forgotten: string[] = []
  const inner: { current?: Process } = {}
  const process = oneProcess(t, {
    agent: {
      run: (turn, signal) => inner.current?.agent.run(turn, signal) ?? assert.fail(),
      forget: async chat => void forgotten.push(chat.id),
    },
  })
  inner.current = process
  const { agent, hear, until, ended } = process
  const says = chatOf(process)
  await says('first')
  agent.waits()
  await hear(message('m1'), message('m2'))
  await until(() => agent.waiting.includes('m1'))
  await hear(message('n', { text: '/new' }))
  await ended('n', 'answered')
  await ended('m1', 'silent')
  assert.match(
    process.shown().at(-1) ?? '',
    /new conversation begins\. The answer under way was stopped\. Waiting, and next in it: 1\.\)$/,
  )
  assert.deepEqual(forgotten, ['alice'])
  await until(() => agent.waiting.includes('m2'))
  assert.deepEqual(agent.turns.at(-1)?.history, [])
  agent.answer('m2')
  await ended('m2', 'answered')
  assert.equal((await process.journal.history(privateChat('alice'), 1000)).length, 2)
})

test('/undo takes the last exchange out, again and again', async t => {
  const process = oneProcess(t)
  const says = chatOf(process)
  await says('one')
  await says('two')
  assert.equal(await says('/undo'), '(Taken back: “two”)')
  await says('three')
  assert.deepEqual(
    process.agent.turns.at(-1)?.history.map(entry => entry.text),
    ['one', 're: one'],
  )
  await says('/undo')
  assert.equal(await says('/撤销'), '(Taken back: “one”)')
  assert.equal(await says('/undo'), '(There is nothing to take back.)')
})

test('/undo while a turn runs takes that one back', async t => {
  const process = oneProcess(t)
  const { agent, hear, until, ended, journal } = process
  await chatOf(process)('one')
  agent.waits()
  await hear(message('m1'))
  await until(() => agent.waiting.length === 1)
  await hear(message('u', { text: '/undo' }))
  await ended('m1', 'silent')
  await ended('u', 'answered')
  assert.equal(process.shown().at(-1), '(Taken back: “m1”)')
  const history = await journal.history(privateChat('alice'), 1000)
  assert.deepEqual(
    history.map(entry => entry.text),
    ['one', 're: one'],
  )
})

test('commands that wait for the same turn to end are carried out in the order in which they came', async t => {
  const process = oneProcess(t)
  const { agent, hear, until, ended, shown, clock, conversation } = process
  await chatOf(process)('one')
  const unwinding = Promise.withResolvers<void>()
  agent.does(async function* () {
    yield { kind: 'text', text: 'half' }
    await unwinding.promise
  })
  await hear(message('m1'))
  await until(() => conversation.activeTurns === 1)
  await Promise.all([hear(message('u', { text: '/undo' })), hear(message('n', { text: '/new' }))])
  await clock.advance(1000)
  unwinding.resolve()
  await ended('u', 'answered')
  await ended('n', 'answered')
  assert.deepEqual(shown(), ['re: one', '(Taken back: “m1”)', '(A new conversation begins.)'])
})

test('/retry asks the last question again, in place of its first answer, with what came with it', async t => {
  const process = oneProcess(t)
  const { agent, hear, ended, journal } = process
  const says = chatOf(process)
  await says('one')
  const attachments = [{ kind: 'file', name: 'f' }] as const
  await hear(message('m1', { text: 'look', attachments }))
  await ended('m1', 'answered')
  agent.does(async function* ({ text }) {
    yield { kind: 'text', text: `better: ${text}` }
  })
  assert.match(await says('/retry'), /^better: look/)
  const [, second, third] = agent.turns
  assert.deepEqual(third?.attachments, attachments)
  assert.deepEqual([third?.text, third?.history], [second?.text, second?.history])
  const history = await journal.history(privateChat('alice'), 1000)
  assert.equal(history.length, 4)
  assert.match(history[3]?.text ?? '', /^better/)
})

test('/retry asks a question again that failed, or that it ended itself', async t => {
  const process = oneProcess(t)
  const { agent, hear, until, ended } = process
  const says = chatOf(process)
  assert.equal(await says('/retry'), '(There is no question to ask again.)')
  agent.does(async function* () {
    yield { kind: 'text', text: 'half' }
    throw new Error('broken')
  })
  await hear(message('m1'))
  await ended('m1', 'dead: agent')
  agent.waits()
  await hear(message('r1', { text: '/retry' }))
  await until(() => agent.waiting.includes('m1'))
  await hear(message('r2', { text: '/retry' }))
  await ended('r1', 'silent')
  await until(() => agent.turns.length === 3)
  await until(() => agent.waiting.includes('m1'))
  agent.answer('m1')
  await ended('r2', 'answered')
  const history = await process.journal.history(privateChat('alice'), 1000)
  assert.deepEqual(
    history.map(entry => entry.text),
    ['m1', 're: m1'],
  )
})

test('after a restart /retry knows the last question from the history', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  await chatOf(first)('one')
  await first.stop()
  const second = await machine.start()
  await second.hear(message('r', { text: '/retry' }))
  await second.ended('r', 'answered')
  assert.deepEqual([second.agent.turns[0]?.text, second.agent.turns[0]?.history], ['one', []])
})

test('a question that is asked again takes a place like any other', async t => {
  const process = oneProcess(t, { limits: { runningTurns: 1 } })
  const { agent, hear, until, ended } = process
  await chatOf(process)('one')
  agent.waits()
  await hear(by('bob', 'b1', 'b1'))
  await until(() => agent.waiting.includes('b1'))
  await hear(message('r', { text: '/retry' }), message('m2'))
  await process.clock.advance(1000)
  assert.deepEqual(agent.waiting, ['b1'])
  agent.answer('b1')
  for (const text of ['one', 'm2']) {
    await until(() => agent.waiting.includes(text))
    assert.equal(agent.waiting.length, 1)
    agent.answer(text)
  }
  await ended('m2', 'answered')
})

test('a command leaves nobody listening behind it', async t => {
  const heard = new Set<AbortSignal>()
  const { addEventListener } = AbortSignal.prototype
  t.mock.method(AbortSignal.prototype, 'addEventListener', function (this: AbortSignal, ...given: unknown[]) {
    heard.add(this)
    return Reflect.apply(addEventListener, this, given)
  })
  const process = oneProcess(t)
  const says = chatOf(process)
  for (let time = 0; time < 40; time++) await says('/new')
  const most = Math.max(...[...heard].map(signal => getEventListeners(signal, 'abort').length))
  assert.ok(heard.size > 0 && most < 10, `${most} listeners`)
})

test('a stop waits for no command that cannot begin any more; the next start says that it is void', async t => {
  const machine = createMachine(t)
  const released = Promise.withResolvers<void>()
  let held = false
  const first = await machine.start({
    disk: journal => ({
      ...journal,
      async endTurn(account, ids, ...rest) {
        if (ids.includes('m1')) {
          held = true
          await released.promise
        }
        return journal.endTurn(account, ids, ...rest)
      },
    }),
  })
  first.agent.waits()
  await first.hear(message('m1'))
  await first.until(() => first.agent.waiting.length === 1)
  await first.hear(message('n', { text: '/new' }))
  await first.until(() => held)
  const stopped = first.stop()
  released.resolve()
  let over = false
  void stopped.then(() => {
    over = true
  })
  await first.until(() => over, 'no time had to pass')
  const second = await machine.start()
  await second.ended('n', 'answered')
  assert.match(second.shown()[0] ?? '', /was not carried out/)
})
