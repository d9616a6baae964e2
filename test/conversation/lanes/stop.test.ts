import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoppedError } from '../../../src/lib/errors.ts'
import { ACCOUNT, createMachine, message, oneProcess, privateChat } from '../house.ts'

test('C34 I94 a stop cuts turns off at once, also of agents that heed no signal; all stay in the journal and are answered later', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  first.agent.waits()
  const heeding: string[] = []
  await first.hear(message('m1'), message('m2'), message('b1', { chat: privateChat('bob') }))
  await first.until(() => first.agent.waiting.length === 2)
  first.agent.does(async function* (turn, signal) {
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        heeding.push(turn.text)
        reject(signal.reason)
      })
    })
    yield { kind: 'text', text: 'never' }
  })
  await first.hear(message('c1', { chat: privateChat('carol') }))
  await first.until(() => first.agent.turns.length === 3)
  const startedMs = first.clock.monotonicMs()
  let stopped = false
  const stop = first.conversation.stop().then(() => {
    stopped = true
  })
  assert.ok(first.agent.signals.every(signal => signal.aborted && signal.reason instanceof StoppedError))
  await first.until(() => stopped)
  await stop
  assert.equal(first.clock.monotonicMs(), startedMs, 'nobody was waited for')
  assert.equal(first.clock.armed, 0)
  assert.deepEqual(heeding, ['c1'])
  assert.equal(first.conversation.activeTurns, 0)
  assert.deepEqual([await first.endOf('m1'), await first.endOf('m2')], ['running', 'queued'])

  await first.hear(message('late'))
  await first.until(async () => (await first.endOf('late')) === 'queued')
  assert.equal(first.agent.turns.length, 3, 'nothing is begun any more')
  assert.deepEqual(first.shown(), [], 'nobody is told: nothing failed')
  assert.ok(!first.log.some(line => line.level === 'error' || line.level === 'warn'))
  await first.stop()

  const second = await machine.start()
  for (const id of ['m1', 'm2', 'late', 'b1', 'c1']) await second.ended(id, 'answered')
  assert.deepEqual(second.shown(privateChat('alice')), ['re: m1', 're: m2', 're: late'])
  assert.equal(second.shown().length, 5)
})

test('two who ask for a stop wait for the same one', async t => {
  const { conversation } = oneProcess(t)
  const first = conversation.stop()
  assert.equal(conversation.stop(), first)
  await first
})

test('an answer that is being written down when the stop comes is written, and shown by the next process at the latest', async t => {
  const machine = createMachine(t)
  const disk = Promise.withResolvers<void>()
  let writing = false
  const first = await machine.start({
    disk: journal => ({
      ...journal,
      async endTurn(...args) {
        writing = true
        await disk.promise
        return journal.endTurn(...args)
      },
    }),
  })
  await first.hear(message('m1'))
  await first.until(() => writing)
  let stopped = false
  const stop = first.conversation.stop().then(() => {
    stopped = true
  })
  await first.clock.advance(1000)
  assert.equal(stopped, false)
  disk.resolve()
  await stop
  assert.ok(['replying', 'answered'].includes(await first.endOf('m1')))
  await first.stop()
  const second = await machine.start()
  await second.ended('m1', 'answered')
  assert.equal(first.shown().length + second.shown().length, 1)
  assert.equal(second.agent.turns.length, 0)
})

test('a stop waits two seconds at the most', async t => {
  let writing = false
  const { conversation, hear, until, clock, log } = oneProcess(t, {
    disk: journal => ({
      ...journal,
      endTurn() {
        writing = true
        return new Promise(() => {})
      },
    }),
  })
  await hear(message('m1'))
  await until(() => writing)
  let stopped = false
  void conversation.stop().then(() => {
    stopped = true
  })
  await clock.advance(1999)
  assert.equal(stopped, false)
  await clock.advance(1)
  assert.equal(stopped, true)
  assert.ok(log.some(line => line.level === 'warn' && line.fields['turns'] === 1))
})

test('a stop does not wait for an agent that hangs while it is closed', async t => {
  const { conversation, agent, hear, until, clock } = oneProcess(t)
  let left = false
  agent.does(async function* (_turn, signal) {
    try {
      yield { kind: 'text', text: 'a' }
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    } finally {
      left = true
      await new Promise(() => {})
    }
  })
  await hear(message('m1'))
  await until(() => agent.turns.length === 1)
  await clock.advance(0)
  await conversation.stop()
  await until(() => left)
  assert.equal(clock.armed, 0)
})

test('what a stop notes of its cut turns is forgotten once they have ended', async t => {
  const machine = createMachine(t)
  for (let round = 0; round < 2; round++) {
    const process = await machine.start({ recovers: false })
    process.agent.waits()
    await process.hear(message(`m${round}`), message(`q${round}`))
    await process.until(() => process.agent.waiting.length === 1)
    await process.stop()
    const noting = await machine.start({ recovers: false })
    assert.deepEqual(await noting.journal.get(ACCOUNT, 'turns_cut_by_stop'), { [`m${round}`]: 1 })
    await noting.intake.recover(ACCOUNT)
    await noting.ended(`q${round}`, 'answered')
    await noting.stop()
  }
})
