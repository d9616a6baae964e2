/** The happy way, and the exit codes: what people and supervisors see of the process. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { INCIDENT_FILE_NAME } from '../../../src/gateway/process/incidents.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { type Herald, plainLines, startHerald } from '../../../test/support/herald.ts'
import { quick, type Row } from '../row.ts'
import { back, blow, changed, ledgerOf, noticed, within } from '../steps.ts'
import type { Scene } from '../world.ts'

export const preload = (name: string): string => `--import=${join(import.meta.dirname, '../preloads', `${name}.mjs`)}`

const happy = quick('I0', 'a message in, its answer out; asked to stop', async world => {
  const { box, home, start, command } = await world.scene()
  const began = await blow(async () => {})
  const herald = start()
  const backMs = await back(herald, began)
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  await ledger.say({ person: 'Bob', group: 'Family' })
  const even = await ledger.even()
  assert.deepEqual([(await herald.get('/livez')).status, (await herald.get('/readyz')).status], [200, 200])
  const asked = await command('status')
  assert.equal(asked.code, 0, asked.stdout)
  checkFile(herald)
  assert.deepEqual([statSync(home).mode & 0o777, statSync(join(home, 'herald.sock')).mode & 0o777], [0o700, 0o600])
  const stopped = performance.now()
  herald.kill('SIGTERM')
  const { code } = await herald.end(5_000)
  const tookMs = within('the stop', performance.now() - stopped, 2_000)
  assert.equal(code, 0)
  const last = herald.file()
  assert.deepEqual([last?.gateway_state, last?.platforms['qqbot']?.state], ['stopped', 'disconnected'])
  assert.match(String(last?.exit_reason), /SIGTERM/)
  assert.equal((await command('status')).code, 3)
  return { backMs, ...even, identifies: 1, note: `stopped in ${Math.round(tookMs)} ms, exit 0` }
})

function checkFile(herald: Herald): void {
  const file = herald.file()
  assert.ok(file)
  assert.deepEqual(
    [file.kind, file.schema, file.pid, file.gateway_state, file.exit_reason],
    ['herald-gateway', 1, herald.pid, 'running', null],
  )
  assert.ok(Date.parse(file.expires_at) - Date.parse(file.updated_at) === 30_000)
  const { state, error_code, attempt, next_retry_at, evidence } = file.platforms['qqbot'] ?? assert.fail('no qqbot')
  assert.deepEqual([state, error_code, attempt, next_retry_at], ['connected', null, 0, null])
  assert.ok(evidence.ready_at !== null)
}

const exhausted = quick('H91', 'attempts used up, policy exit: 75, and everybody hears it', async world => {
  const { box, start, command } = await world.scene({
    gateway: { on_all_platforms_down: 'exit' },
    bot: { reconnect: { backoff_s: [0.2], max_attempts: 3 } },
  })
  const herald = start()
  await herald.connected()
  const cut = await blow(() => box.fault('host_down'))
  const noticedMs = await noticed(herald, cut)
  const { code } = await herald.end(20_000)
  assert.equal(code, 75)
  const last = herald.file()
  assert.match(String(last?.exit_reason), /all_platforms_down \(qqbot: qq_reconnect_exhausted\)/)
  assert.equal(last?.gateway_state, 'failed')
  checkExhausted(last?.platforms['qqbot'], 3)
  assert.equal((await command('status')).code, 3)
  return { noticedMs, note: 'exit 75' }
})

function checkExhausted(account: ReturnType<Herald['account']>, attempts: number): void {
  assert.ok(account)
  assert.deepEqual([account.state, account.error_code, account.retryable], ['fatal', 'qq_reconnect_exhausted', true])
  assert.match(String(account.error_message), new RegExp(`${attempts} attempts`))
  assert.equal(account.attempt, attempts)
  assert.ok(account.hint !== null)
}

const exhaustedStays = quick('C32', 'attempts used up under auto: fatal everywhere, revived, back', async world => {
  const { box, start, command } = await world.scene({
    gateway: { on_all_platforms_down: 'auto', revive_s: [3] },
    bot: { reconnect: { backoff_s: [0.2], max_attempts: 3 } },
  })
  const herald = start()
  await herald.connected()
  const cut = await blow(() => box.fault('host_down'))
  const noticedMs = await noticed(herald, cut)
  const fatal = await herald.until('fatal', ({ state }) => state === 'fatal')
  const seenMs = Date.now()
  // The log comes by a pipe of its own.
  const told = await changed(herald, 'the log says so', 5_000, change => change.to === 'fatal')
  const fileMs = within('in the state file', seenMs - told.atMs, 1_000)
  checkExhausted(fatal, 3)
  assert.ok(fatal.next_retry_at !== null, 'it says when it is revived')
  const status = JSON.parse((await herald.get('/status')).text)
  checkExhausted(status.platforms.qqbot, 3)
  assert.match((await herald.get('/metrics')).text, /qq_reconnect_exhausted/)
  const { code, stdout } = await command('status')
  assert.equal(code, 1)
  assert.match(stdout, /qq_reconnect_exhausted/)
  assert.match(stdout, /3 attempts/)
  const mended = await blow(() => box.mend())
  const backMs = within('back', await back(herald, mended), 4_500)
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  const { identifies } = await box.counters()
  return { noticedMs, backMs, ...(await ledger.even()), identifies, note: `state file ${fileMs} ms after the verdict` }
})

function ends(
  id: string,
  title: string,
  code: number,
  set: Parameters<Scene['configure']>[0],
  env?: NodeJS.ProcessEnv,
): Row {
  return quick(id, title, async world => {
    const { box, start } = await world.scene(set)
    const herald = start(env === undefined ? {} : { env })
    await herald.until('an account', ({ state }) => state === 'connected' || state === 'fatal')
    await box.fault('host_down')
    assert.equal((await herald.end(20_000)).code, code)
    const last = herald.file()
    assert.equal(last?.gateway_state, 'failed')
    return { note: `exit ${code}: ${last?.exit_reason}` }
  })
}

const FEW = { reconnect: { backoff_s: [0.2], max_attempts: 2 } }
const WRONG = { client_secret: 'not-the-secret' }

const wrongStays = quick('A2', 'a wrong secret under auto: parked, and the process stays', async world => {
  const { start } = await world.scene({ gateway: { on_all_platforms_down: 'auto' }, bot: WRONG })
  const herald = start({ env: { HERALD_SUPERVISED: '1' } })
  const told = await herald.until('fatal', ({ state }) => state === 'fatal')
  assert.equal(told.retryable, false)
  assert.equal(herald.file()?.gateway_state, 'degraded')
  await herald.until('still there', ({ state }) => state === 'fatal')
  assert.ok(herald.alive)
  herald.kill('SIGTERM')
  assert.equal((await herald.end(5_000)).code, 0)
  assert.equal(herald.file()?.platforms['qqbot']?.state, 'fatal')
  return { note: String(told.error_code) }
})

const homeTaken = quick('I98', 'the home itself is taken: 69, and the pid is named', async world => {
  const { home, start } = await world.scene()
  const first = start()
  await first.connected()
  const second = startHerald(world.t, home, { program: world.program })
  assert.equal((await second.end(10_000)).code, 69)
  const lines = plainLines(second.stderr())
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', new RegExp(`process ${first.pid}\\b`))
  assert.equal(first.file()?.pid, first.pid, "the owner's state file is left alone")
  assert.equal(first.account()?.state, 'connected')
  return { note: 'exit 69' }
})

const bugOfNobody = quick('C33', 'an exception that belongs to no account: 1, with an incident line', async world => {
  const { home, start } = await world.scene()
  const herald = start({ env: { NODE_OPTIONS: preload('throw-on-signal') } })
  await herald.connected()
  herald.kill('SIGUSR2')
  assert.equal((await herald.end(5_000)).code, 1)
  assert.match(readFileSync(join(home, INCIDENT_FILE_NAME), 'utf8'), /"code":"bug".*a bug of nobody/)
  assert.match(String(herald.file()?.exit_reason), /a bug of nobody/)
  assert.equal(herald.file()?.platforms['qqbot']?.state, 'disconnected')
  return { note: 'exit 1, incident written' }
})

const bugInSession = quick(
  'C33',
  'an exception in a timer of the session: that life ends as a bug, the next begins',
  async world => {
    const { box, home, start } = await world.scene({ gateway: { revive_s: [1] } }, { heartbeatIntervalMs: 1_000 })
    const herald = start({ env: { NODE_OPTIONS: preload('throw-in-session') } })
    await herald.connected()
    const struck = await blow(async () => herald.kill('SIGUSR2'))
    const noticedMs = await noticed(herald, struck)
    const change = await changed(herald, 'fatal', 5_000, each => each.atMs >= struck.atMs && each.to === 'fatal')
    assert.equal(change.code, 'bug')
    const backMs = await back(herald, struck)
    assert.ok(herald.alive)
    assert.ok(!existsSync(join(home, INCIDENT_FILE_NAME)))
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice' })
    const { identifies, maxLinks } = await box.counters()
    assert.equal(maxLinks, 1, 'never two live links')
    return { noticedMs, backMs, ...(await ledger.even()), identifies }
  },
)

const impatient = quick('I94', 'a second SIGTERM ends it at once', async world => {
  const { box, start } = await world.scene()
  const herald = start()
  await herald.connected()
  await box.fault('no_answer')
  await box.say({ person: 'Alice', text: 'hi' })
  await eventually('the reply is being sent', 10_000, async () => (await box.counters()).sends > 0)
  herald.kill('SIGTERM')
  await eventually('draining', 5_000, () => herald.file()?.gateway_state === 'draining')
  const asked = performance.now()
  herald.kill('SIGTERM')
  const { code } = await herald.end(5_000)
  const tookMs = within('the end', performance.now() - asked, 500)
  assert.equal(code, 0)
  assert.equal(herald.file()?.gateway_state, 'stopped')
  assert.match(String(herald.file()?.exit_reason), /twice/)
  return { note: `${Math.round(tookMs)} ms` }
})

export const processRows: readonly Row[] = [
  happy,
  exhaustedStays,
  exhausted,
  ends(
    'H91',
    'attempts used up, auto, supervised: 75',
    75,
    { gateway: { on_all_platforms_down: 'auto' }, bot: FEW },
    { HERALD_SUPERVISED: '1' },
  ),
  ends('H91', 'a wrong secret, policy exit: 78', 78, { gateway: { on_all_platforms_down: 'exit' }, bot: WRONG }),
  wrongStays,
  homeTaken,
  bugOfNobody,
  bugInSession,
  impatient,
]
