/** The dashboard and the alert rules in `contrib/` ask for metrics that exist, with labels that exist. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { boxHere } from '../../scripts/survival/boxes.ts'
import { ledgerOf } from '../../scripts/survival/steps.ts'
import { createWorld } from '../../scripts/survival/world.ts'
import { ACCOUNT_STATES } from '../../src/gateway/status/status-document.ts'
import { eventually } from '../support/eventually.ts'
import { ROOT, SOURCES } from '../support/herald.ts'
import { readPrometheus } from './read-prometheus.ts'

const read = (name: string): string => readFileSync(join(ROOT, 'contrib/monitoring', name), 'utf8')

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[]
}

const dashboard: Dashboard = JSON.parse(read('grafana-dashboard.json'))
const rules: Rules = parse(read('prometheus-rules.yaml'))
const EXPRESSIONS = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ...rules.groups.flatMap(group => group.rules.map(({ alert, expr }) => [alert, expr] as const)),
]
/** A metric, and what is asked of its labels. */
const SELECTOR = /\b((?:herald|process|nodejs)_[a-z_]+)(?:\{([^}]*)\})?/g
const MATCHER = /(\w+)(=~|=)"([^"]*)"/g

test('every expression finds what it asks for on a gateway that has lived a little', async t => {
  const scene = await createWorld(t, SOURCES, boxHere).scene()
  const often = { name: 'often', cron: '*/2 * * * * *', time_zone: 'UTC', to: 'qqbot:c2c:NOBODY', text: 'hi' }
  scene.configure({ top: { schedules: [often] } })
  const herald = scene.start()
  await herald.connected()
  const ledger = ledgerOf(scene.box)
  await ledger.say({ person: 'Alice' })
  await ledger.even()
  await scene.box.fault('cut')
  await herald.until('connected anew', ({ state }) => state === 'connected')
  await eventually('a run of the schedule', 20_000, async () =>
    (await herald.get('/metrics')).text.includes('herald_schedule_runs_total{'),
  )
  const series = readPrometheus((await herald.get('/metrics')).text)
  // Nothing of this kind has happened in so short a life.
  const rare = new Set(['herald_account_endings_total'])
  assert.ok(EXPRESSIONS.length > 20)
  for (const [where, expression] of EXPRESSIONS) {
    const selectors = [...expression.matchAll(SELECTOR)]
    assert.ok(selectors.length > 0, `${where} asks for something`)
    for (const [, name = '', inside = ''] of selectors) {
      if (rare.has(name)) continue
      const found = series.filter(one => one.name === name)
      assert.ok(found.length > 0, `${where}: there is no metric ${name}`)
      for (const [, label = '', operator, value = ''] of inside.matchAll(MATCHER)) {
        const wanted = operator === '=~' ? value.split('|') : [value]
        if (name === 'herald_replies_total' && label === 'outcome') continue
        for (const each of wanted)
          assert.ok(
            found.some(one => one.labels[label] === each),
            `${where}: no ${name} has ${label}="${each}"`,
          )
      }
    }
  }
})

test('an account that comes back and falls again is down all the while, to Prometheus too', () => {
  const all = rules.groups.flatMap(group => group.rules)
  const { expr = '' } = all.find(({ alert }) => alert === 'HeraldAccountDown') ?? {}
  const down = /state=~"([^"]*)"/.exec(expr)?.[1]?.split('|') ?? []
  const well = ['connected', 'unverified', 'paused', 'disabled']
  assert.deepEqual([...down, ...well].toSorted(), [...ACCOUNT_STATES].toSorted())
})
