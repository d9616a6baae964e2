/** Accounts come, go and change while the others live. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createToyHouse, toGiven } from '../../support/toy-house.ts'

const healthy = (account: string, enabled = true) => toGiven({ account, lives: ['healthy'], enabled })

test('new ones begin, missing ones end, changed ones begin anew, and the others notice nothing', async () => {
  const house = createToyHouse(['same', 'changed', 'gone'].map(account => ({ account, lives: ['healthy'] })))
  house.runner.start()
  await house.seconds(1)
  const before = house.status('same')
  const settled = house.runner.reconcile([healthy('same'), healthy('changed'), healthy('new')], new Set(['changed']))
  await house.seconds(1)
  await settled
  assert.deepEqual(Object.keys(house.runner.status()), ['same', 'changed', 'new'])
  assert.deepEqual(
    ['same', 'changed', 'new'].map(account => [house.state(account), house.status(account).generation]),
    [
      ['connected', 1],
      ['connected', 2],
      ['connected', 1],
    ],
  )
  assert.equal(house.status('same').since, before.since)
  assert.equal(house.net.live, 3)
  assert.equal(house.runner.restart('gone'), false)
  assert.deepEqual(
    house.transitions.filter(({ account }) => account === 'same').map(({ to }) => to),
    ['connecting', 'connected'],
  )
})

test('a retired account comes back under its name, and its generations go on', async () => {
  const house = createToyHouse([{ account: 'a', lives: ['healthy'] }])
  house.runner.start()
  await house.seconds(1)
  const gone = house.runner.reconcile([], new Set())
  await house.seconds(1)
  await gone
  assert.deepEqual([house.runner.status(), house.net.live], [{}, 0])
  await house.runner.reconcile([healthy('a')], new Set())
  await house.seconds(1)
  assert.deepEqual([house.state('a'), house.status('a').generation], ['connected', 2])
})

test('disabled ends it, enabled lets it live, a paused one stays as a person left it', async () => {
  const house = createToyHouse(['a', 'b'].map(account => ({ account, lives: ['healthy'] })))
  house.runner.start()
  await house.seconds(1)
  house.runner.pause('b')
  const changed = new Set(['b'])
  const settled = house.runner.reconcile([healthy('a', false), healthy('b')], changed)
  await house.seconds(1)
  await settled
  assert.deepEqual([house.state('a'), house.state('b'), house.net.live], ['disabled', 'paused', 0])
  await house.runner.reconcile([healthy('a'), healthy('b')], new Set())
  await house.seconds(1)
  assert.deepEqual([house.state('a'), house.state('b')], ['connected', 'paused'])
})

test('a life that hangs is waited for five seconds; re-enabled meanwhile it begins anew', async () => {
  const house = createToyHouse([{ account: 'a', lives: ['hangs_on_stop', 'healthy'] }])
  house.runner.start()
  await house.seconds(1)
  let done = false
  const settled = house.runner.reconcile([healthy('a', false)], new Set()).then(() => {
    done = true
  })
  await house.seconds(4)
  assert.deepEqual([done, house.state('a'), house.net.live], [false, 'disabled', 0])
  await house.runner.reconcile([healthy('a')], new Set())
  await house.seconds(2)
  await settled
  assert.equal(house.status('a').generation, 2)
})

test('an account that is down for good is not left alone when its settings change', async () => {
  const house = createToyHouse([{ account: 'a', lives: ['gives_up_for_good', 'healthy'] }])
  house.runner.start()
  await house.seconds(1)
  assert.equal(house.state('a'), 'fatal')
  await house.runner.reconcile([healthy('a')], new Set(['a']))
  await house.seconds(1)
  assert.equal(house.state('a'), 'connected')
})
