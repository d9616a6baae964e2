import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TransitionRecord } from '../../src/journal/journal.ts'
import { attemptsOf, cureOf, downTimes } from '../../src/observe/incidents.ts'

type Step = readonly [to: string, code?: string | null, generation?: number, attempt?: number]

/** Changes a second apart; one to the state that it is in already is an attempt. */
function story(account: string, ...steps: readonly Step[]): TransitionRecord[] {
  let from = 'disconnected'
  return steps.map(([to, code = null, generation = 1, attempt = 0], at) => {
    const change = { account, atMs: at * 1000, from, to, code, message: null, facts: { generation, attempt } }
    from = to
    return change
  })
}
const up: readonly Step[] = [['connecting'], ['connected']]

test('a link that breaks and comes back is one incident, with its attempts and what healed it', () => {
  const all = downTimes(
    story('qqbot', ...up, ['retrying', 'ack_missing', 1, 1], ['retrying', 'dial_failed', 1, 2], ['connected']),
  )
  assert.deepEqual(
    all.map(({ fromMs, untilMs, before }) => [fromMs, untilMs, before?.to]),
    [[2000, 4000, 'connected']],
  )
  const [only = assert.fail()] = all
  assert.deepEqual([attemptsOf(only), cureOf(only)], [2, { kind: 'same_life' }])
})

test('a new life, a new process, a person: each heals, or ends, in its way', () => {
  const [life] = downTimes(
    story('a', ...up, ['retrying', 'x', 1, 1], ['fatal', 'x', 1, 100], ['connecting', null, 2], ['connected', null, 2]),
  )
  assert.deepEqual([life && cureOf(life), life && attemptsOf(life)], [{ kind: 'new_life', from: 1, to: 2 }, 100])
  const [process] = downTimes(story('a', ...up, ['disconnected', 'process_gone'], ...up))
  assert.deepEqual(process && cureOf(process), { kind: 'new_process' })
  const [person] = downTimes(story('a', ...up, ['retrying', 'x', 1, 1], ['paused']))
  assert.deepEqual(person && cureOf(person), { kind: 'asked', to: 'paused' })
})

test('a stop in order, a start and a pause are no incidents; one that is not over is', () => {
  assert.deepEqual(downTimes(story('a', ...up, ['disconnected'], ...up, ['paused'], ...up)), [])
  const [open = assert.fail()] = downTimes(story('a', ['connecting'], ['fatal', 'qq_credentials_rejected']))
  assert.deepEqual([open.untilMs, cureOf(open), open.before?.to], [null, { kind: 'still_down' }, 'connecting'])
})

test('of several accounts the newest comes first', () => {
  const both = [
    ...story('a', ...up, ['retrying', 'x'], ['connected'], ['connecting'], ['fatal', 'y'], ['connected']),
    ...story('b', ...up, ['connecting'], ['retrying', 'z'], ['connected']),
  ]
  assert.deepEqual(
    downTimes(both).map(({ account, fromMs }) => [account, fromMs]),
    [
      ['a', 5000],
      ['b', 3000],
      ['a', 2000],
    ],
  )
})
