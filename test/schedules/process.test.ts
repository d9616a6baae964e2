/** Schedules of a real process: what they say, what they ask, and what status knows of them, over a kill. */
import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isRecord, parseJson } from '../../src/lib/json.ts'
import { herald, startHerald } from '../cli/herald.ts'
import { tempHome } from '../gateway/programs.ts'
import type { CleanUp } from '../support/clean-up.ts'
import { eventually } from '../support/eventually.ts'
import { sandboxFor, TEST_BOT, until } from '../support/sandbox.ts'

/** What the gateway that runs says of the last run of each. */
async function outcomesIn(t: CleanUp, home: string): Promise<readonly unknown[]> {
  const { code, stdout } = await herald(t, ['status', '--json', '--home', home])
  const status = parseJson(stdout)
  const all = code === 0 && isRecord(status) && isRecord(status['schedules']) ? status['schedules'] : {}
  return ['said', 'asked'].map(name => (isRecord(all[name]) ? all[name]['last_outcome'] : undefined))
}

test('a text is said, a prompt is answered, and both are known after a kill', async t => {
  const box = await sandboxFor(t)
  const home = tempHome(t)
  chmodSync(home, 0o700)
  // When the process is there, however busy the machine is; and then for a year not.
  const at = new Date(Date.now() + 12_000)
  const cron = `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`
  const when = `cron: "${cron}", time_zone: UTC, to: "qqbot:c2c:${box.person('Alice')}"`
  writeFileSync(
    join(home, 'config.yaml'),
    `gateway: { http: { port: 0 } }
platforms:
  qqbot: { app_id: "${TEST_BOT.appId}", client_secret: ${TEST_BOT.secret}, api_base: "${box.url}", token_url: "${box.tokenUrl}" }
schedules:
  - { name: said, ${when}, text: good morning }
  - { name: asked, ${when}, prompt: what is new }
`,
  )
  const first = startHerald(t, ['run', '--home', home])
  await until(box, 'both', () => box.answers({ person: 'Alice' }).length === 2, 60_000)
  const words = () => box.answers({ person: 'Alice' }).map(({ text }) => text)
  assert.deepEqual(words().toSorted(), ['echo: what is new', 'good morning'])
  const known = async (): Promise<boolean> => (await outcomesIn(t, home)).every(outcome => outcome === 'accepted')
  await eventually('both have their outcome', 20_000, known)
  first.kill('SIGKILL')
  await eventually('it is gone', 10_000, () => first.signalCode !== null)
  const keyOf = (name: string) => `schedule_${name}_${new Date(Math.floor(at.getTime() / 1000) * 1000).toISOString()}`
  const traceOf = async (name: string) => (await herald(t, ['trace', keyOf(name), '--home', home])).stdout
  const said = /out:\d+ written down: .*"good morning"\n.* out:\d+ accepted as /
  assert.match(await traceOf('said'), said, 'while no gateway runs')
  startHerald(t, ['run', '--home', home])
  await eventually('the next process knows them', 20_000, known)
  const shown = (await herald(t, ['status', '--home', home])).stdout
  assert.match(shown, /^ {2}schedule +said: next in 36[45] days; last \d+ s ago: accepted$/m)
  assert.match(await traceOf('said'), said)
  const trace = await traceOf('asked')
  assert.match(trace, /^text +"what is new"$/m)
  assert.match(trace, /asked by a schedule and on disk; a restart takes it up until/)
  assert.equal(words().length, 2, 'nothing twice')
})
