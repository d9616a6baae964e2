/** The commands answer at once, also while every one of ten accounts is dead: nobody waits for a platform. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxHere } from '../../../scripts/survival/boxes.ts'
import { createWorld } from '../../../scripts/survival/world.ts'
import { eventually } from '../../support/eventually.ts'
import { SOURCES } from '../../support/herald.ts'

const RUNS = 5
/** Due is 300 ms; a machine that runs seven other things may be slower, but not as slow as a platform that does not answer. */
const BOUND_MS = 2_000

/** Each as a person types it, and the exit codes that are right here. */
const COMMANDS: readonly (readonly [words: string, codes: readonly number[]])[] = [
  ['status', [1]],
  ['status --json', [1]],
  ['dead list', [0]],
  ['pairing list', [0]],
  ['trace nobody', [1]],
  ['incident list', [0]],
  ['incident last', [0]],
  ['pause qqbot:dead3', [0]],
  ['resume qqbot:dead3', [0]],
  ['restart qqbot:dead3', [0]],
  ['reload', [0]],
  ['config explain gateway.http.port', [0]],
  ['config check', [0]],
  ['dashboard', [0]],
]

test('with ten dead accounts every command answers at once', async t => {
  const { start, command, configure, box } = await createWorld(t, SOURCES, boxHere).scene()
  // Half of them meet a platform that takes connections and says nothing, half one that refuses them.
  await box.fault('freeze')
  const dead = Array.from({ length: 9 }, (_, at) => [
    `qqbot:dead${at + 1}`,
    {
      app_id: `10299${1000 + at}`,
      client_secret: `not-the-secret-${at}`,
      api_base: at % 2 === 0 ? box.apiBase : 'http://127.0.0.1:9',
      token_url: at % 2 === 0 ? box.tokenUrl : 'http://127.0.0.1:9/token',
    },
  ])
  configure({ others: Object.fromEntries(dead) })
  const herald = start()
  await eventually('none is connected, and all have been tried', 20_000, () => {
    const states = Object.values(herald.file()?.platforms ?? {}).map(({ state }) => state)
    return states.length === 10 && states.every(state => state !== 'connected') && states.includes('retrying')
  })
  for (const [words, codes] of COMMANDS) {
    const took: number[] = []
    for (let run = 0; run < RUNS; run++) {
      const said = await command(...words.split(' '))
      assert.ok(codes.includes(said.code ?? -1), `${words}: ${said.code} ${said.stderr}`)
      took.push(said.afterMs)
    }
    const median = took.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.POSITIVE_INFINITY
    t.diagnostic(`${words}: ${Math.round(median)} ms`)
    assert.ok(median < BOUND_MS, `${words}: ${Math.round(median)} ms`)
  }
})
