import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessRules } from '../../../src/conversation/access/gate.ts'
import { JournalUnwritableError } from '../../../src/lib/errors.ts'
import {
  ACCOUNT,
  createMachine,
  groupChat,
  HOUR_MS,
  type Machine,
  message,
  OPEN,
  type Process,
  privateChat,
} from '../house.ts'

const by = (who: string, id: string, text = id) =>
  message(id, { chat: privateChat(who), sender: { id: who, isBot: false }, text })

/** A process that dies while the agent works on the first message of each of these chats. */
async function dieWith(machine: Machine, ...ids: readonly string[]): Promise<void> {
  const process = await machine.start()
  process.agent.waits()
  for (const id of ids) await process.hear(by(id, id))
  await process.until(() => process.agent.waiting.length === ids.length)
  await process.crash()
}

/** The next process, in which the agent keeps every turn waiting. */
async function startWaiting(machine: Machine): Promise<Process> {
  const process = await machine.start({ recovers: false })
  process.agent.waits()
  await process.delivery.recover(ACCOUNT)
  await process.intake.recover(ACCOUNT)
  return process
}

test('D40 I94 what was queued or running is answered after the start, in order, and its attempts were counted before the runs', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  first.agent.waits()
  await first.hear(message('m1'), message('m2'), by('bob', 'b1'))
  await first.until(() => first.agent.waiting.length === 2)
  assert.deepEqual([(await first.inbox('m1')).attempts, (await first.inbox('m1')).state], [1, 'running'])
  assert.deepEqual([(await first.inbox('m2')).attempts, (await first.inbox('m2')).state], [0, 'queued'])
  await first.crash()
  const second = await machine.start()
  await second.ended('m2', 'answered')
  await second.ended('b1', 'answered')
  assert.deepEqual(second.shown(privateChat('alice')), ['re: m1', 're: m2'])
  assert.equal((await second.inbox('m1')).attempts, 2)
  assert.equal(second.agent.turns[0]?.id, 'qqbot/m1', 'the same turn, told by its id')
})

test('a message that arrives after the start waits behind what is left over, however much that is', async t => {
  const machine = createMachine(t)
  const first = await machine.start({ limits: { queuePerChat: 40 } })
  first.agent.waits()
  const ids = Array.from({ length: 30 }, (_, i) => `m${i}`)
  for (const id of ids) await first.hear(message(id))
  await first.crash()
  const second = await startWaiting(machine)
  await second.hear(message('new'))
  await second.ended('new', 'dead: queue_full')
  for (const id of ids) {
    await second.until(() => second.agent.waiting.includes(id))
    second.agent.answer(id)
  }
  await second.ended('m29', 'answered')
  assert.deepEqual(
    second.shown().filter(text => text.startsWith('re:')),
    ids.map(id => `re: ${id}`),
  )
})

const STALE: readonly [count: number, text: string, notice: RegExp][] = [
  [1, 'hello', /^\(I was away, and a message sent meanwhile was not answered/],
  [3, 'hello', /^\(I was away, and 3 messages sent meanwhile were not answered/],
  [2, '你好', /^（我离开了一段时间，期间有 2 条消息没有回答/],
]

for (const [count, text, notice] of STALE) {
  test(`J106 down for eight hours, ${count} waiting: not run, nothing said, and one notice when the chat speaks (${text})`, async t => {
    const machine = createMachine(t)
    const first = await machine.start()
    first.agent.waits()
    for (let i = 0; i < count; i++) await first.hear(message(`m${i}`, { text: i === 0 ? text : '' }))
    await first.hear(by('bob', 'b1'))
    await first.crash()

    const second = await machine.start({ downMs: 8 * HOUR_MS, language: 'auto' })
    for (let i = 0; i < count; i++) assert.equal(await second.endOf(`m${i}`), 'dead: stale')
    await second.hear(by('carol', 'c1'))
    await second.ended('c1', 'answered')
    assert.deepEqual(second.shown(), ['re: c1'], 'another chat is told nothing of it')
    await second.hear(message('back'), message('more'))
    await second.ended('more', 'answered')
    const shown = second.shown(privateChat('alice'))
    assert.match(shown[0] ?? '', notice)
    assert.deepEqual(shown.slice(1), ['re: back', 're: more'])
    assert.deepEqual(
      second.agent.turns.map(turn => turn.text),
      ['c1', 'back', 'more'],
    )
    assert.equal(second.adapter.posts.find(post => notice.test(post.text))?.reply?.id, 'back')
    const dead = await second.journal.dead()
    assert.equal(dead.filter(entry => entry.end === 'dead: stale').length, count + 1)
  })
}

test('the window is that of the kind of chat: after ten minutes a group is stale, a private chat is answered', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  first.agent.waits()
  await first.hear(message('g1', { chat: groupChat('g') }), message('m1'))
  await first.crash()
  const second = await machine.start({ downMs: 600_000 })
  await second.ended('m1', 'answered')
  assert.equal(await second.endOf('g1'), 'dead: stale')
})

test('a stale notice outlives the next restart, and is still told once', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  first.agent.waits()
  await first.hear(message('m1'))
  await first.crash()
  await (await machine.start({ downMs: 2 * HOUR_MS })).stop()
  const third = await machine.start({ downMs: HOUR_MS })
  await third.hear(message('back'), message('more'))
  await third.ended('more', 'answered')
  assert.equal(third.shown().filter(text => text.includes('I was away')).length, 1)
})

test('J107 the third crash makes a message poison: a notice, and the rest goes on', async t => {
  const machine = createMachine(t)
  for (let crash = 1; crash <= 3; crash++) await dieWith(machine, 'alice')
  const fourth = await machine.start()
  await fourth.ended('alice', 'dead: poison')
  await fourth.hear(by('alice', 'next'))
  await fourth.ended('next', 'answered')
  assert.match(fourth.shown()[0] ?? '', /^\(One of the messages here failed several times/)
  assert.deepEqual(fourth.shown().slice(1), ['re: next'])
  assert.deepEqual(
    fourth.agent.turns.map(turn => turn.text),
    ['next'],
  )
  assert.equal((await fourth.inbox('alice')).detail, 'begun 3 times')
  assert.ok(fourth.log.some(line => line.level === 'error' && line.fields['attempts'] === 3))
})

test('two crashes are not three: then it is answered', async t => {
  const machine = createMachine(t)
  for (let crash = 1; crash <= 2; crash++) await dieWith(machine, 'alice')
  const third = await machine.start()
  await third.ended('alice', 'answered')
})

test('poison whose reply window is over is told of when the chat speaks', async t => {
  const machine = createMachine(t)
  for (let crash = 1; crash <= 3; crash++) await dieWith(machine, 'alice')
  const fourth = await machine.start({ downMs: 8 * HOUR_MS })
  await fourth.ended('alice', 'dead: poison')
  assert.deepEqual(fourth.shown(), [])
  await fourth.hear(by('alice', 'back'))
  await fourth.ended('back', 'answered')
  assert.match(fourth.shown()[0] ?? '', /failed several times/)
})

test('of the suspects of two crashes one runs at a time, beside everybody else: the innocent are answered', async t => {
  const machine = createMachine(t)
  for (let crash = 1; crash <= 2; crash++) await dieWith(machine, 'a', 'b', 'c')
  const third = await startWaiting(machine)
  await third.hear(by('dave', 'd'))
  await third.until(() => third.agent.waiting.length === 2)
  assert.deepEqual(third.agent.waiting, ['a', 'd'])
  third.agent.answer('a')
  await third.ended('a', 'answered')
  // The second one is the culprit.
  await third.until(() => third.agent.waiting.includes('b'))
  assert.deepEqual(third.agent.waiting, ['d', 'b'])
  await third.crash()
  const fourth = await machine.start()
  await fourth.ended('b', 'dead: poison')
  for (const id of ['c', 'd']) await fourth.ended(id, 'answered')
})

test('restarts do not make poison: a turn that a stop cut off is not counted, however often', async t => {
  const machine = createMachine(t)
  await dieWith(machine, 'alice')
  for (let stop = 1; stop <= 5; stop++) {
    const process = await startWaiting(machine)
    await process.until(() => process.agent.waiting.length === 1)
    await process.stop()
  }
  const second = await startWaiting(machine)
  await second.until(() => second.agent.waiting.length === 1)
  await second.crash()
  const last = await machine.start()
  await last.ended('alice', 'answered')
  assert.equal((await last.inbox('alice')).attempts, 8, 'all are on record')
})

test('crashes between restarts are counted all the same', async t => {
  const machine = createMachine(t)
  for (let round = 1; round <= 3; round++) {
    const stopped = await startWaiting(machine)
    if (round === 1) await stopped.hear(by('alice', 'alice'))
    await stopped.until(() => stopped.agent.waiting.length === 1)
    await stopped.stop()
    const crashed = await startWaiting(machine)
    await crashed.until(() => crashed.agent.waiting.length === 1)
    await crashed.crash()
  }
  const last = await machine.start()
  await last.ended('alice', 'dead: poison')
})

const CHANGES: readonly [name: string, access: AccessRules, end: string, warned: boolean][] = [
  ['is not let in any more', { ...OPEN, groupPolicy: 'disabled', groupTrigger: 'all' }, 'denied', true],
  ['need not be answered any more', OPEN, 'silent', false],
]

for (const [name, access, end, warned] of CHANGES) {
  test(`rules that changed meanwhile: who ${name} is neither run nor told, poison and stale or not`, async t => {
    const machine = createMachine(t)
    const chat = groupChat('g')
    for (let crash = 1; crash <= 3; crash++) {
      const process = await machine.start({ access: { ...OPEN, groupTrigger: 'all' }, recovers: false })
      process.agent.waits()
      if (crash === 1) await process.hear(message('m1', { chat, addressed: false }))
      await process.intake.recover(ACCOUNT)
      await process.until(() => process.agent.waiting.length === 1)
      await process.crash()
    }
    const last = await machine.start({ access, downMs: HOUR_MS })
    await last.ended('m1', end)
    assert.deepEqual([last.agent.turns.length, last.shown().length], [0, 0])
    assert.equal(
      last.log.some(line => line.text.includes('platforms.qqbot.group_policy')),
      warned,
    )
    await last.hear(message('m2', { chat }))
    await last.until(async () => (await last.inbox('m2')).state === 'ended')
    assert.ok(!last.shown().some(text => !text.startsWith('re: ')), 'nor later')
  })
}

test('a disk that refuses during recovery is heard by who starts the account, and the next call does the rest once', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  first.agent.waits()
  for (const who of ['a', 'b', 'c']) await first.hear(by(who, who))
  await first.crash()
  let writes = 0
  let broken = true
  const second = await machine.start({
    downMs: 2 * HOUR_MS,
    recovers: false,
    disk: journal => ({
      ...journal,
      endTurn: (...args) =>
        broken && ++writes > 1 ? Promise.reject(new JournalUnwritableError('full')) : journal.endTurn(...args),
    }),
  })
  await assert.rejects(second.intake.recover(ACCOUNT), { code: 'journal_unwritable' })
  assert.deepEqual([await second.endOf('a'), await second.endOf('b')], ['dead: stale', 'running'])
  broken = false
  await second.intake.recover(ACCOUNT)
  for (const who of ['a', 'b', 'c']) {
    await second.hear(by(who, `${who} again`))
    await second.ended(`${who} again`, 'answered')
    assert.equal(second.shown(privateChat(who)).length, 2, 'one notice, one answer')
  }
})

test('poison that cannot be ended now is heard too, and told of once', async t => {
  const machine = createMachine(t)
  for (let crash = 1; crash <= 3; crash++) await dieWith(machine, 'alice')
  let broken = true
  const fourth = await machine.start({
    recovers: false,
    disk: journal => ({
      ...journal,
      endTurn: (...args) => (broken ? Promise.reject(new JournalUnwritableError('full')) : journal.endTurn(...args)),
    }),
  })
  await assert.rejects(fourth.intake.recover(ACCOUNT), { code: 'journal_unwritable' })
  assert.equal(fourth.clock.armed, 0)
  broken = false
  await fourth.intake.recover(ACCOUNT)
  await fourth.ended('alice', 'dead: poison')
  assert.equal(fourth.shown().length, 1)
})

test('a dead message that a person takes back is run again', async t => {
  const machine = createMachine(t)
  for (let crash = 1; crash <= 3; crash++) await dieWith(machine, 'alice')
  const last = await machine.start()
  await last.ended('alice', 'dead: poison')
  assert.equal(await last.journal.moveDead('in:qqbot/alice', 'retry'), true)
  last.conversation.take((await last.inbox('alice')).message)
  await last.ended('alice', 'answered')
  assert.equal(last.shown().at(-1), 're: alice')
})
