/** An account with several connections: a life for each, and one truth about all of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountView } from '../../../src/gateway/lives/shown/account-state.ts'
import { emptyRecord } from '../../../src/gateway/lives/shown/evidence.ts'
import type { Derived, LinkView } from '../../../src/gateway/lives/shown/state.ts'
import { lastWords } from '../../../src/gateway/status/last-words.ts'
import { isStatusDocument } from '../../../src/gateway/status/status-check.ts'
import type { AccountState } from '../../../src/gateway/status/status-document.ts'
import { createToyHouse, type ToyAccount, type ToyHouse, toGiven } from '../../support/toy-house.ts'
import { sampleDocument } from '../programs.ts'

const toy = (over: Partial<ToyAccount> = {}): ToyAccount => ({
  account: 'toy',
  lives: ['healthy'],
  shards: [3],
  ...over,
})
const shardStates = (house: ToyHouse): string[] => (house.status('toy').shards ?? []).map(({ state }) => state)
const generations = (house: ToyHouse): number[] =>
  (house.status('toy').shards ?? []).map(({ generation }) => generation)

async function started(account: ToyAccount, ...more: Parameters<typeof createToyHouse>[1][]): Promise<ToyHouse> {
  const house = createToyHouse([account], ...more)
  house.runner.start()
  await house.seconds(1)
  return house
}

test('each connection has a life of its own, and one adapter is opened for all of them', async () => {
  const opened: number[] = []
  const house = await started(toy({ onOpen: life => void opened.push(life) }))
  assert.deepEqual(shardStates(house), ['connected', 'connected', 'connected'])
  assert.deepEqual(generations(house), [1, 1, 1])
  assert.equal(house.net.live, 3)
  assert.deepEqual(opened, [1])
  assert.deepEqual(
    house.transitions.map(({ to }) => to),
    ['connecting', 'connected'],
  )
})

test('an account with one connection says nothing of connections', async () => {
  const house = await started(toy({ shards: [1] }))
  assert.equal(house.state('toy'), 'connected')
  assert.ok(!('shards' in house.status('toy')))
})

test('the account is never better than the worst of its connections, and names it', () => {
  const plain: Derived = {
    state: 'connected',
    code: null,
    message: null,
    hint: null,
    retryable: null,
    attempt: 0,
    nextRetryAtMs: null,
    serving: false,
  }
  const view = (over: Partial<Derived> = {}, generation = 1): LinkView => ({
    derived: { ...plain, ...over },
    record: emptyRecord(0),
    generation,
    sinceMs: 0,
  })
  const seen = (...states: readonly AccountState[]): AccountState => {
    const [first = 'connected', ...others] = states
    return accountView([view({ state: first }), ...others.map(state => view({ state }))]).derived.state
  }
  assert.equal(seen('connected', 'connected'), 'connected')
  assert.equal(seen('connected', 'connecting'), 'connecting')
  assert.equal(seen('retrying', 'connecting', 'connected'), 'retrying')
  assert.equal(seen('connected', 'fatal', 'retrying'), 'fatal')
  assert.equal(seen('disconnected', 'connected'), 'disconnected')
  assert.equal(seen('paused', 'paused'), 'paused')

  const cause = { state: 'fatal', code: 'toy', message: 'broken', retryable: true, attempt: 9 } as const
  const worst = accountView([view(), view(cause, 4), view({ ...cause, retryable: false, message: 'for good' }, 7)])
  assert.equal(worst.derived.message, 'shard 2 of 3: for good')
  assert.equal(worst.generation, 7)
  assert.equal(accountView([view(cause)]).derived.message, 'broken')
  const retrying = { state: 'retrying', code: 'toy', message: 'again' } as const
  assert.equal(accountView([view({ ...retrying, attempt: 1 }), view({ ...retrying, attempt: 5 })]).derived.attempt, 5)
})

test('of proofs the oldest is shown, of events the newest, and none while one connection has none', () => {
  const view = (ready: number | null, event: number | null): LinkView => ({
    derived: {
      state: 'connected',
      code: null,
      message: null,
      hint: null,
      retryable: null,
      attempt: 0,
      nextRetryAtMs: null,
      serving: false,
    },
    record: { ...emptyRecord(0), readyAtMs: ready, lastAckAtMs: ready, lastEventAtMs: event },
    generation: 1,
    sinceMs: 0,
  })
  const shown = accountView([view(30, null), view(10, 5), view(20, 7)]).record
  assert.deepEqual([shown.readyAtMs, shown.lastAckAtMs, shown.lastEventAtMs], [10, 10, 7])
  assert.equal(accountView([view(30, 1), view(null, null)]).record.readyAtMs, null)
})

test('one that gives up is revived alone; the others go on, and so does what is sent', async () => {
  const house = await started(toy({ conducts: [undefined, 'gives_up'] }))
  await house.seconds(4)
  assert.deepEqual(shardStates(house), ['connected', 'fatal', 'connected'])
  const { state, error_message: message, next_retry_at: next } = house.status('toy')
  assert.equal(state, 'fatal')
  assert.equal(message, 'shard 1 of 3: tried everything')
  assert.notEqual(next, null)
  assert.equal(house.runner.links.isUp('toy'), true)
  await house.seconds(31)
  assert.deepEqual(generations(house), [1, 2, 1])
})

test('one that is revived alone looks whether the settings have changed: then all begin anew with them', async () => {
  const opened: number[] = []
  let changed = false
  const hasChanged = async () => changed
  const conducts = [undefined, 'gives_up'] as const
  const house = await started(toy({ conducts, onOpen: life => void opened.push(life), hasChanged }))
  await house.seconds(35)
  assert.deepEqual([generations(house), opened], [[1, 2, 1], [1]])
  changed = true
  await house.seconds(20)
  assert.deepEqual(generations(house), [1, 2, 1], 'only who begins looks')
  await house.seconds(60)
  changed = false
  assert.deepEqual([generations(house)[0], opened], [2, [1, 2]])
  assert.equal(house.net.live, shardStates(house).filter(state => state === 'connected').length)
})

test('settings that have changed wake nobody who was paused meanwhile', async () => {
  const looked = Promise.withResolvers<boolean>()
  const conducts = [undefined, 'gives_up'] as const
  const house = await started(toy({ conducts, hasChanged: () => looked.promise }))
  await house.seconds(33)
  assert.deepEqual(generations(house), [1, 2, 1])
  house.runner.pause('toy')
  await house.seconds(1)
  looked.resolve(true)
  await house.seconds(60)
  assert.equal(house.state('toy'), 'paused')
})

test('the process is done with an account when its last connection has fallen, not before', async () => {
  const policy = { onAllDown: 'exit', reviveSeconds: [3_600], supervised: true } as const
  const one = await started(toy({ conducts: [undefined, 'gives_up_for_good', 'gives_up'] }), { policy })
  await one.seconds(10)
  assert.deepEqual(shardStates(one), ['connected', 'fatal', 'fatal'])
  assert.deepEqual(one.verdicts, [])

  const all = await started(toy({ conducts: ['gives_up', 'gives_up_for_good', 'gives_up'] }), { policy })
  await all.seconds(10)
  assert.deepEqual(
    all.verdicts.map(({ code, endings }) => [code, endings.get('toy')?.code]),
    [[75, 'toy_secret_wrong']],
  )
})

test('links are said to be up when the first connection is', async () => {
  const house = createToyHouse([toy({ conducts: ['never_speaks', undefined, undefined] })])
  const up: string[] = []
  house.runner.links.onUp(account => up.push(account))
  house.runner.start()
  await house.seconds(1)
  assert.deepEqual(up, ['toy'])
  assert.equal(house.state('toy'), 'connecting')
  assert.equal(house.runner.links.isUp('toy'), true)
})

test('all begin anew when one asks for it: with one new adapter, and as many connections as that one needs', async () => {
  const opened: number[] = []
  const house = await started(
    toy({ shards: [3, 2], conducts: [undefined, 'reopens'], onOpen: life => void opened.push(life) }),
  )
  assert.equal(shardStates(house).length, 3)
  await house.seconds(2.5)
  assert.deepEqual(opened, [1, 2])
  assert.deepEqual(shardStates(house), ['connected', 'connected'])
  assert.deepEqual(generations(house), [2, 2])
  assert.equal(house.net.live, 2)
  // The second life asks for it again; so it goes on, and never with more sockets than connections.
  await house.seconds(30)
  assert.ok(opened.length > 4)
  assert.ok(house.net.live <= 2)
})

test('a restart reads the settings again for all, also where one was down and begins before the others have ended', async () => {
  const opened: number[] = []
  const house = await started(toy({ shards: [3, 2], conducts: ['gives_up'], onOpen: life => void opened.push(life) }))
  await house.seconds(3)
  assert.deepEqual(shardStates(house), ['fatal', 'connected', 'connected'])
  house.runner.restart('toy')
  await house.seconds(1)
  assert.deepEqual(opened, [1, 2])
  assert.deepEqual(shardStates(house), ['connected', 'connected'])
})

test('fewer connections end, more of them begin, and one that comes back goes on counting its lives', async () => {
  const house = await started(toy({ shards: [2, 1, 3] }))
  house.runner.restart('toy')
  await house.seconds(1)
  assert.ok(!('shards' in house.status('toy')))
  assert.equal(house.net.live, 1)
  house.runner.restart('toy')
  await house.seconds(1)
  assert.deepEqual(shardStates(house), ['connected', 'connected', 'connected'])
  // The second was begun for the restart that needed only one.
  assert.deepEqual(generations(house), [3, 3, 1])
})

test('pause, resume and a disabled account are for all connections, and nothing is left over', async () => {
  const account = toy()
  const house = await started(account)
  house.runner.pause('toy')
  await house.seconds(1)
  assert.deepEqual(shardStates(house), ['paused', 'paused', 'paused'])
  assert.equal(house.state('toy'), 'paused')
  house.runner.resume('toy')
  await house.seconds(1)
  assert.equal(house.state('toy'), 'connected')
  await house.runner.reconcile([toGiven({ ...account, enabled: false })], new Set())
  assert.equal(house.state('toy'), 'disabled')
  assert.equal(house.net.live, 0)
  await house.runner.stop()
  assert.equal(house.clock.armed, 0)
})

test('paused while it is being opened, it stays paused however many connections it needs', async () => {
  const gate = Promise.withResolvers<void>()
  const house = await started(toy({ onOpen: () => gate.promise }))
  house.runner.pause('toy')
  gate.resolve()
  await house.seconds(10)
  assert.equal(house.state('toy'), 'paused')
  assert.equal(house.net.live, 0)
})

test('the last words of a process claim no connection, of no account and no shard', async () => {
  const house = await started(toy({ conducts: [undefined, 'gives_up'] }))
  await house.seconds(4)
  const document = sampleDocument({ platforms: house.runner.status() })
  assert.ok(isStatusDocument(JSON.parse(JSON.stringify(document))))
  const words = lastWords(document, { gatewayState: 'stopped', exitReason: 'test' }, 0)
  assert.deepEqual(
    words.platforms['toy']?.shards?.map(({ state }) => state),
    ['disconnected', 'fatal', 'disconnected'],
  )
  assert.ok(!isStatusDocument({ ...document, platforms: { toy: { ...house.status('toy'), shards: [{}] } } }))
})
