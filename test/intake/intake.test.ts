import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import type { Acceptance, Journal } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { JournalUnwritableError } from '../../src/lib/errors.ts'
import { ACCOUNT, createMachine, message } from './helpers.ts'

const HOUR_MS = 3_600_000

test('what is accepted is on disk with its cursor, and reaches the conversation; held replies are released first', async t => {
  const { intake, journal, taken, released } = createMachine(t).start()
  await intake.accept(ACCOUNT, { cursor: { seq: 1 }, message: message('m1') })
  assert.deepEqual(taken, ['m1'])
  assert.deepEqual(released, ['m1'])
  assert.deepEqual(await journal.cursor(ACCOUNT), { seq: 1 })
  const [row] = await journal.unfinished(ACCOUNT)
  assert.deepEqual(row?.message, message('m1'))
})

test('delivery hears of messages that came for the first time, and are answered by their own id', async t => {
  const { intake, heard } = createMachine(t).start()
  for (const id of ['m1', 'm2', 'm1']) await intake.accept(ACCOUNT, { message: message(id) })
  await intake.accept(ACCOUNT, { message: message('m3', { reply: { via: 'event_id', id: 'e1' } }) })
  await intake.accept(ACCOUNT, { message: message('m4', { sender: { id: 'stranger', isBot: false } }) })
  await intake.accept(ACCOUNT, { message: message('m5', { addressed: false }) })
  await intake.accept(ACCOUNT, { message: message('m5') })
  assert.deepEqual(heard, [
    ['m1', HOUR_MS],
    ['m2', HOUR_MS],
  ])
})

test('a message whose turn begins at once is begun in its own commit; a repeat, and a refused commit, give its place up', async t => {
  const machine = createMachine(t)
  const { journal, ...first } = machine.start({ reserves: ['m1'] })
  await Promise.all(['m1', 'm2'].map(id => first.intake.accept(ACCOUNT, { message: message(id) })))
  assert.deepEqual(first.taken, ['m1, begun', 'm2'])
  assert.deepEqual(
    (await journal.unfinished(ACCOUNT)).map(row => [row.message.id, row.state, row.attempts]),
    [
      ['m1', 'running', 1],
      ['m2', 'queued', 0],
    ],
  )
  assert.deepEqual(first.givenUp, [])
  await first.intake.accept(ACCOUNT, { message: message('m1') })
  assert.deepEqual(first.givenUp, ['m1'])
  const full = { ...journal, accept: () => Promise.reject(new JournalUnwritableError('the disk is full')) }
  const second = machine.start({ reserves: ['m3'], journal: full })
  await assert.rejects(second.intake.accept(ACCOUNT, { message: message('m3') }), { code: 'journal_unwritable' })
  assert.deepEqual([second.taken, second.givenUp], [[], ['m3']])
})

test('the reply window is counted from our clock and the kind of the chat', async t => {
  const machine = createMachine(t)
  const { intake, journal } = machine.start()
  const group = { account: ACCOUNT, kind: 'group' as const, id: 'g' }
  await intake.accept(ACCOUNT, { message: message('private') })
  await intake.accept(ACCOUNT, { message: message('group', { chat: group }) })
  const now = machine.clock.nowMs()
  assert.deepEqual(
    (await journal.unfinished(ACCOUNT)).map(row => row.replyUntilMs - now),
    [HOUR_MS, 300_000],
  )
})

test('D39 D41 the same message is handled once: at once, after a resume, after a restart, ten hours later', async t => {
  const machine = createMachine(t)
  const first = machine.start()
  const copy = (seq: number) => ({ cursor: { seq }, message: message('m1') })
  await Promise.all([first.intake.accept(ACCOUNT, copy(1)), first.intake.accept(ACCOUNT, copy(2))])
  await first.intake.accept(ACCOUNT, copy(1))
  assert.deepEqual(first.taken, ['m1'])
  assert.equal(first.intake.repeats(ACCOUNT), 2)
  await first.journal.endTurn(ACCOUNT, ['m1'], 'answered', null, [])
  await first.journal.close()

  const second = machine.start()
  await second.intake.recover(ACCOUNT)
  await second.intake.accept(ACCOUNT, copy(2))
  await machine.clock.advance(10 * HOUR_MS)
  await second.journal.sweep()
  await second.intake.accept(ACCOUNT, copy(3))
  assert.deepEqual(second.taken, [])
  assert.deepEqual(second.recovered, [])
  assert.equal(second.intake.repeats(ACCOUNT), 2)
  assert.deepEqual(await second.journal.cursor(ACCOUNT), { seq: 3 }, 'a repeat moves the cursor all the same')
})

test('1,500 other messages between two copies do not make the second one new', async t => {
  const { intake, taken } = createMachine(t).start()
  await intake.accept(ACCOUNT, { message: message('twice') })
  const others = Array.from({ length: 1500 }, (_, i) =>
    intake.accept(ACCOUNT, {
      message: message(`m${i}`, { chat: { account: ACCOUNT, kind: 'c2c', id: `chat ${i % 200}` } }),
    }),
  )
  await Promise.all(others)
  await intake.accept(ACCOUNT, { message: message('twice') })
  assert.equal(taken.length, 1501)
  assert.equal(taken.filter(id => id === 'twice').length, 1)
})

test('both group events of one message make one turn, in either order', async t => {
  const { intake, journal, taken } = createMachine(t).start()
  const chat = { account: ACCOUNT, kind: 'group' as const, id: 'g' }
  const plain = (id: string) => ({
    message: message(id, { chat, addressed: false, raw: { t: 'GROUP_MESSAGE_CREATE' } }),
  })
  const at = (id: string) => ({ message: message(id, { chat, raw: { t: 'GROUP_AT_MESSAGE_CREATE' } }) })
  await intake.accept(ACCOUNT, plain('a'))
  assert.deepEqual(taken, [])
  await intake.accept(ACCOUNT, at('a'))
  await Promise.all([intake.accept(ACCOUNT, at('b')), intake.accept(ACCOUNT, plain('b'))])
  await Promise.all([intake.accept(ACCOUNT, plain('c')), intake.accept(ACCOUNT, at('c'))])
  assert.deepEqual(taken, ['a', 'b', 'c'])
  assert.deepEqual(
    (await journal.unfinished(ACCOUNT)).map(row => row.message.raw),
    Array.from({ length: 3 }, () => ({ t: 'GROUP_AT_MESSAGE_CREATE' })),
  )
})

test('a message that is denied or only observed is noted and goes no further', async t => {
  const { intake, journal, taken, released } = createMachine(t).start()
  await intake.accept(ACCOUNT, { message: message('denied', { sender: { id: 'stranger', isBot: false } }) })
  await intake.accept(ACCOUNT, { message: message('observed', { addressed: false }) })
  assert.deepEqual([taken, released], [[], []])
  assert.equal((await journal.trace('denied'))?.inbox?.end, 'denied')
  assert.equal((await journal.trace('observed'))?.inbox?.message.text, '')
})

test('a gate that throws stays shut, and its message does not come again', async t => {
  const machine = createMachine(t)
  const { intake, journal, taken } = machine.start({
    triage: () => {
      throw new Error('a bug')
    },
  })
  await intake.accept(ACCOUNT, { cursor: 1, message: message('m1') })
  assert.deepEqual(taken, [])
  assert.equal((await journal.trace('m1'))?.inbox?.detail, 'gate_failed')
  assert.equal(await journal.cursor(ACCOUNT), 1)
})

test('an arrival without a message moves the cursor and the facts', async t => {
  const { intake, journal, taken } = createMachine(t).start()
  const chat = message('m1').chat
  await intake.accept(ACCOUNT, { cursor: 9, facts: [{ chat, facts: { gone: true } }] })
  assert.equal(await journal.cursor(ACCOUNT), 9)
  assert.deepEqual(await journal.chatFacts(chat), { gone: true })
  assert.deepEqual(taken, [])
})

test('accept waits for the disk, not for what was held', async t => {
  const machine = createMachine(t)
  const never = new Promise<void>(() => {})
  const { intake, taken } = machine.start({ onRelease: () => never })
  await intake.accept(ACCOUNT, { message: message('m1') })
  assert.deepEqual(taken, ['m1'])
})

test('a failed release of held replies is heard, and harms nobody', async t => {
  const { intake, taken } = createMachine(t).start({ onRelease: async () => Promise.reject(new Error('no')) })
  await intake.accept(ACCOUNT, { message: message('m1') })
  await intake.accept(ACCOUNT, { message: message('m2') })
  assert.deepEqual(taken, ['m1', 'm2'])
})

test('messages of one chat reach the conversation in order, even from a store that commits out of order', async t => {
  const machine = createMachine(t)
  const file = openJournal({ path: machine.path, clock: machine.clock })
  const commits: { resolve(how: Acceptance): void; reject(why: Error): void }[] = []
  const accept: Journal['accept'] = () => new Promise((resolve, reject) => commits.push({ resolve, reject }))
  const { intake, taken } = machine.start({ journal: { ...file, accept } })
  const bob = { account: ACCOUNT, kind: 'c2c' as const, id: 'bob' }
  const settled: string[] = []
  const given = [message('a1'), message('a2'), message('b1', { chat: bob }), message('a3')]
  const all = given.map(async one => {
    await intake.accept(ACCOUNT, { message: one }).then(
      () => settled.push(one.id),
      () => settled.push(`${one.id} refused`),
    )
  })
  const turn = () => new Promise(resolve => setImmediate(resolve))
  commits[3]?.resolve('new')
  commits[2]?.resolve('new')
  await turn()
  assert.deepEqual(taken, ['b1'], 'another chat does not wait')
  commits[1]?.reject(new JournalUnwritableError('full'))
  await turn()
  assert.deepEqual(taken, ['b1'])
  commits[0]?.resolve('new')
  await Promise.all(all)
  assert.deepEqual(taken, ['b1', 'a1', 'a3'])
  assert.deepEqual(settled.toSorted(), ['a1', 'a2 refused', 'a3', 'b1'])
})

test('what the disk refused is not handed over, and is new when it comes again', async t => {
  const machine = createMachine(t)
  const file = openJournal({ path: machine.path, clock: machine.clock })
  let broken = true
  const accept: Journal['accept'] = (...args) =>
    broken ? Promise.reject(new JournalUnwritableError('full')) : file.accept(...args)
  const { intake, taken } = machine.start({ journal: { ...file, accept } })
  await assert.rejects(intake.accept(ACCOUNT, { message: message('m1') }), { code: 'journal_unwritable' })
  assert.deepEqual(taken, [])
  broken = false
  await intake.accept(ACCOUNT, { message: message('m1') })
  assert.deepEqual(taken, ['m1'])
})

test('recovery hands over once what nobody ended, and again only after it failed', async t => {
  const machine = createMachine(t)
  const before = machine.start()
  for (const id of ['m1', 'm2', 'm3']) await before.intake.accept(ACCOUNT, { message: message(id) })
  await before.journal.beginTurn(ACCOUNT, 'm2')
  await before.journal.endTurn(ACCOUNT, ['m1'], 'silent', null, [])
  await before.journal.close()

  const file = openJournal({ path: machine.path, clock: machine.clock })
  let broken = true
  const unfinished: Journal['unfinished'] = account =>
    broken ? Promise.reject(new JournalUnwritableError('locked')) : file.unfinished(account)
  const { intake, recovered } = machine.start({ journal: { ...file, unfinished } })
  await assert.rejects(intake.recover(ACCOUNT), { code: 'journal_unwritable' })
  broken = false
  await Promise.all([intake.recover(ACCOUNT), intake.recover(ACCOUNT)])
  await intake.recover(ACCOUNT)
  assert.deepEqual(
    recovered.map(row => [row.message.id, row.state, row.attempts]),
    [
      ['m2', 'running', 1],
      ['m3', 'queued', 0],
    ],
  )
})

for (const after of [2, 11, 30]) {
  test(`killed -9 after ${after} messages: each is ended or handed over again, never both, and a repeat is known`, async t => {
    const machine = createMachine(t)
    const child = spawn(process.execPath, [join(import.meta.dirname, 'child.ts'), machine.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => child.kill('SIGKILL'))
    const ended = once(child, 'exit')
    let promised = -1
    for await (const line of createInterface({ input: child.stdout })) {
      promised = Number(line)
      if (promised >= after) child.kill('SIGKILL')
    }
    await ended

    const { intake, journal, taken, recovered } = machine.start()
    await intake.recover(ACCOUNT)
    const handedOver = new Set(recovered.map(row => row.message.id))
    assert.equal(handedOver.size, recovered.length)
    for (let i = 0; i <= promised; i++) {
      const inbox = (await journal.trace(`m${i}`))?.inbox
      assert.ok(inbox, `m${i} was promised`)
      assert.equal(handedOver.has(`m${i}`), inbox.state !== 'ended')
      // Of the very last one only what its next commit would have said is open.
      if (i < promised) assert.equal(inbox.attempts, i % 3 === 0 ? 1 : 0)
      if (i < promised && i % 3 === 1) assert.equal(inbox.end, 'answered')
      await intake.accept(ACCOUNT, { message: message(`m${i}`) })
    }
    assert.deepEqual(taken, [])
    assert.ok(Number(await journal.cursor(ACCOUNT)) >= promised)
  })
}
