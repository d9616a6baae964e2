/** Whether the process ends when its accounts are down: the verdict half of row 91. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Life, LifePhase } from '../../../src/gateway/lives/life.ts'
import { freshPace } from '../../../src/gateway/lives/pace.ts'
import { type OnAllDown, whatNow } from '../../../src/gateway/lives/policy.ts'
import { createToyHouse } from '../../support/toy-house.ts'

const lifeIn = (phase: LifePhase): Life => ({ ...phase, generation: 1, pace: freshPace })
const fallFor = (code: string, retryable: boolean) => ({
  ending: { code, message: '', retryable },
  nextLifeAtMs: 1,
  quickEnds: 0,
})

const alive = lifeIn({ phase: 'running', startedAtMs: 0 })
const waiting = lifeIn({ phase: 'waiting', fall: fallFor('toy_exhausted', true) })
const falling = lifeIn({ phase: 'stopping', why: 'failure', deadlineMs: 1, fall: fallFor('bug', true) })
const parked = lifeIn({ phase: 'parked', fall: fallFor('toy_banned', false) })
const owned = lifeIn({ phase: 'waiting', fall: fallFor('owned_elsewhere', true) })
const paused = lifeIn({ phase: 'paused' })
const pausing = lifeIn({ phase: 'stopping', why: 'pause', deadlineMs: 1 })
const disabled = lifeIn({ phase: 'disabled' })
const restarting = lifeIn({ phase: 'stopping', why: 'restart', deadlineMs: 1 })

/** Lives, and the exit code under exit, stay, auto alone, and auto under a supervisor; 0 is "go on". */
const TABLE: readonly (readonly [string, readonly Life[], number, number, number, number])[] = [
  ['one alive', [alive], 0, 0, 0, 0],
  ['one alive among the dead', [waiting, parked, alive], 0, 0, 0, 0],
  ['one restarting', [waiting, restarting], 0, 0, 0, 0],
  ['all can pass', [waiting, waiting], 75, 0, 0, 75],
  ['cut off, and not settled yet', [falling], 75, 0, 0, 75],
  ['none can pass', [parked, parked], 78, 0, 0, 0],
  ['one can pass', [parked, waiting], 75, 0, 0, 75],
  ['paused and disabled ones count nowhere', [paused, disabled, pausing, waiting], 75, 0, 0, 75],
  ['nothing but paused and disabled', [paused, disabled], 0, 0, 0, 0],
  ['owned elsewhere, all of them', [owned, owned], 69, 69, 69, 69],
  ['owned elsewhere, all that count', [owned, paused, disabled], 69, 69, 69, 69],
  ['owned elsewhere and another cause', [owned, parked], 75, 0, 0, 75],
  ['no accounts', [], 0, 0, 0, 0],
]

for (const [name, lives, onExit, onStay, onAuto, onAutoSupervised] of TABLE) {
  test(`verdict: ${name}`, () => {
    const codeUnder = (policy: OnAllDown, supervised: boolean): number => {
      const verdict = whatNow(lives, policy, supervised)
      return verdict.kind === 'exit' ? verdict.code : 0
    }
    assert.equal(codeUnder('exit', false), onExit)
    assert.equal(codeUnder('exit', true), onExit)
    assert.equal(codeUnder('stay', true), onStay)
    assert.equal(codeUnder('auto', false), onAuto)
    assert.equal(codeUnder('auto', true), onAutoSupervised)
  })
}

test('row 91: under exit the last fall is told once, with the cause of each account', async () => {
  const house = createToyHouse(
    [
      { account: 'first', lives: ['gives_up'] },
      { account: 'second', lives: ['gives_up_for_good'] },
      { account: 'off', lives: ['healthy'], enabled: false },
    ],
    { policy: { onAllDown: 'exit', reviveSeconds: [30, 60], supervised: false } },
  )
  house.runner.start()
  await house.seconds(2)
  assert.equal(house.verdicts.length, 0, 'one still lives')
  await house.seconds(200)
  assert.equal(house.verdicts.length, 1)
  assert.equal(house.verdicts[0]?.code, 75)
  assert.deepEqual(
    [...(house.verdicts[0]?.endings ?? [])].map(([account, { code }]) => [account, code]),
    [
      ['first', 'toy_exhausted'],
      ['second', 'toy_secret_wrong'],
    ],
  )
})

test('row 91: no cause can pass: 78 under exit, parked for ever under auto', async () => {
  const only = [{ account: 'toy', lives: ['gives_up_for_good' as const] }]
  const strict = createToyHouse(only, { policy: { onAllDown: 'exit', reviveSeconds: [30], supervised: true } })
  strict.runner.start()
  await strict.seconds(1)
  assert.equal(strict.verdicts[0]?.code, 78)
  const lenient = createToyHouse(only, { policy: { onAllDown: 'auto', reviveSeconds: [30], supervised: true } })
  lenient.runner.start()
  await lenient.seconds(2 * 3600)
  assert.equal(lenient.verdicts.length, 0)
  assert.equal(lenient.status('toy').generation, 5)
})
