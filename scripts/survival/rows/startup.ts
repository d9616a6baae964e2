/** A: start-up and credentials. */
import assert from 'node:assert/strict'
import type { FaultName, FaultSpec } from '../../../src/sandbox/sandbox.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { plainLines, startHerald } from '../../../test/support/herald.ts'
import { quick, type Row, slow } from '../row.ts'
import { back, blow, ledgerOf, throughout, tokenCallsOf, within } from '../steps.ts'

/** The token endpoint is asked at most once in 5 s, and the longest wait of a row is 1 s. */
const ONE_CAP_MS = 5_000 + 1_500

function downAtStart(id: string, title: string, fault: FaultName | FaultSpec, code: RegExp, make = quick): Row {
  return make(id, title, async world => {
    const { box, start } = await world.scene()
    await box.fault(fault)
    const herald = start()
    const told = await herald.until('retrying, with a reason', ({ state }) => state === 'retrying', 45_000)
    assert.match(String(told.error_code), code)
    assert.ok(!herald.changes().some(({ to }) => to === 'connected'), 'never called connected')
    assert.ok(told.next_retry_at !== null && told.error_message !== null)
    assert.equal((await herald.get('/readyz')).status, 503)
    const mended = await blow(() => box.mend())
    const backMs = within('back after it healed', await back(herald, mended), ONE_CAP_MS)
    const { identifies } = await box.counters()
    return { backMs, identifies, note: `reason ${told.error_code}` }
  })
}

function refusedCredentials(fault: FaultName): Row {
  return quick('A2', `token call answers ${fault.slice('token_'.length)}`, async world => {
    const { box, start, command } = await world.scene()
    await box.fault(fault)
    const herald = start()
    const told = await herald.until('fatal', ({ state }) => state === 'fatal')
    assert.equal(told.retryable, false)
    assert.ok(told.hint !== null, 'a hint tells what to do')
    await throughout('it is not asked again and again', 3_000, async () => (await tokenCallsOf(box)) <= 2)
    assert.ok(herald.alive)
    await box.mend()
    const asked = await blow(() => command('resume', 'qqbot'))
    const backMs = await back(herald, asked)
    return { backMs, identifies: (await box.counters()).identifies, note: `${told.error_code}; back by herald resume` }
  })
}

const newSecret = quick('A2', 'a wrong secret, mended in config.yaml, without a restart', async world => {
  const scene = await world.scene({ bot: { client_secret: 'not-the-secret' } })
  const { box, start, configure, command } = scene
  const herald = start()
  const told = await herald.until('fatal', ({ state }) => state === 'fatal')
  assert.equal(told.retryable, false)
  configure({})
  const asked = await blow(() => command('resume', 'qqbot'))
  const backMs = await back(herald, asked)
  return { backMs, ...(await talk(box)), identifies: (await box.counters()).identifies }
})

async function talk(box: Parameters<typeof ledgerOf>[0]): Promise<{ lost: 0; doubled: 0 }> {
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  return ledger.even()
}

function askedSlowly(fault: FaultName): Row {
  return slow('A3', `token call: ${fault.slice('token_'.length)}`, async world => {
    const { box, start } = await world.scene()
    await box.fault(fault)
    const herald = start()
    await herald.until('retrying', ({ state }) => state === 'retrying')
    await throughout('no hammering', 20_000, async () => (await tokenCallsOf(box)) <= 2)
    const tokenCalls = await tokenCallsOf(box)
    const mended = await blow(() => box.mend())
    const backMs = within('back', await back(herald, mended, 90_000), 61_000)
    return { backMs, note: `${tokenCalls} calls in 20 s` }
  })
}

function oddExpiry(title: string, fault: FaultName | FaultSpec): Row {
  return slow('A4', `expires_in ${title}`, async world => {
    const { box, start } = await world.scene({}, { heartbeatIntervalMs: 1_000 })
    await box.fault(fault)
    const herald = start()
    await herald.connected()
    const ledger = ledgerOf(box)
    for (let at = 0; at < 12; at++) {
      await ledger.say({ person: 'Alice' })
      await throughout('connected all the while', 1_000, () => herald.account()?.state === 'connected')
    }
    const tokenCalls = await tokenCallsOf(box)
    assert.ok(tokenCalls <= 4, `${tokenCalls} token calls in 12 s`)
    return { ...(await ledger.even()), note: `${tokenCalls} token calls in 12 s` }
  })
}

function nothingToRun(title: string, settings: string, line: RegExp): Row {
  return quick('A5', title, async world => {
    const { box, start, write } = await world.scene()
    write(settings)
    const herald = start()
    assert.equal((await herald.end(10_000)).code, 78)
    const lines = plainLines(herald.stderr())
    assert.equal(lines.length, 1, herald.stderr())
    assert.match(lines[0] ?? '', line)
    assert.equal(herald.file()?.gateway_state, 'failed')
    assert.equal((await box.log({ kinds: ['request'] })).length, 0, 'no network call')
    return { note: 'exit 78, one line' }
  })
}

const tokenFailsBeforeIdentify = slow('A10', 'the token call fails between HELLO and IDENTIFY', async world => {
  const { box, start } = await world.scene()
  await box.fault({ kind: 'expires_in', value: '3' })
  await box.fault({ kind: 'slow', what: 'hello', delayMs: 7_000 })
  const herald = start()
  await eventually('the link opens', 20_000, async () => (await box.state()).connections.length === 1)
  await box.fault('token_500')
  const told = await herald.until('retrying', ({ state }) => state === 'retrying')
  assert.match(String(told.error_code), /qq_token/)
  await eventually('the link is closed', 5_000, async () => (await box.state()).connections.length === 0)
  const mended = await blow(() => box.mend())
  const backMs = within('back', await back(herald, mended), ONE_CAP_MS)
  assert.doesNotMatch(herald.stderr(), /nobody caught/)
  return { backMs, ...(await talk(box)) }
})

function gatewayAnswer(body: object): FaultSpec {
  return { kind: 'http', route: 'gateway', answer: { status: 200, body } }
}

const twoGateways = quick('A11', 'two processes with one bot; the first is killed with -9', async world => {
  const { box, start, otherHome } = await world.scene()
  const first = start()
  await first.connected()
  const home = otherHome()
  const second = startHerald(world.t, home, { program: world.program })
  assert.equal((await second.end(10_000)).code, 69)
  assert.match(second.stderr(), new RegExp(`process ${first.pid}\\b`))
  assert.match(String(second.file()?.exit_reason), /owned_elsewhere/)
  assert.equal(plainLines(second.stderr()).length, 1, second.stderr())
  assert.doesNotMatch(second.stderr(), /herald serves|becomes? its owner/)
  first.kill('SIGKILL')
  await first.ended
  const again = await blow(async () => {})
  const third = startHerald(world.t, home, { program: world.program })
  const backMs = await back(third, again)
  return { backMs, ...(await talk(box)), note: 'the second: exit 69, pid named' }
})

const otherHost = quick(
  'G84',
  'the platform is at another address, by one setting: everything follows',
  async world => {
    const { box, start, configure, command } = await world.scene()
    const { box: moved } = await world.scene()
    const herald = start()
    await herald.connected()
    const { tokenCalls, identifies } = await box.counters()
    const { apiBase: host, bot } = moved
    configure({ bot: { app_id: bot.appId, client_secret: bot.secret, host } })
    const asked = await blow(() => command('reload'))
    await eventually('an identify there', 20_000, async () => (await moved.counters()).identifies === 1, herald.stderr)
    const backMs = await back(herald, asked)
    const ledger = ledgerOf(moved)
    await ledger.say({ person: 'Alice' })
    const even = await ledger.even()
    const former = await box.counters()
    assert.deepEqual([former.tokenCalls, former.identifies, former.liveLinks], [tokenCalls, identifies, 0])
    return { backMs, ...even, identifies: 1, note: 'by herald reload; the former address is left alone' }
  },
)

export const startup: readonly Row[] = [
  downAtStart('A1', 'token endpoint down at start: refused', 'host_down', /qq_token/),
  downAtStart('A1', 'token endpoint down at start: reset', 'token_reset', /qq_token/),
  downAtStart('A1', 'token endpoint down at start: 500', 'token_500', /qq_token/),
  downAtStart('A1', 'token endpoint down at start: HTML', 'token_html', /qq_token/),
  downAtStart('A1', 'token endpoint down at start: no answer', 'token_silent', /qq_token_timeout/, slow),
  refusedCredentials('token_100016'),
  refusedCredentials('token_100007'),
  refusedCredentials('token_10004'),
  newSecret,
  askedSlowly('token_100001'),
  askedSlowly('token_429'),
  oddExpiry('missing', 'no_expires_in'),
  oddExpiry('0', 'zero_expires_in'),
  oddExpiry('3 s', { kind: 'expires_in', value: '3' }),
  nothingToRun('an account without id and secret', 'platforms: { qqbot: {} }', /app_id and client_secret are missing/),
  nothingToRun('no account at all', 'gateway: {}', /herald setup.*herald demo/),
  downAtStart('A6', 'GET /gateway: 500', 'gateway_500', /gateway/),
  downAtStart('A7', 'GET /gateway: HTML', 'gateway_html', /gateway/),
  downAtStart('A7', 'GET /gateway: no url', gatewayAnswer({}), /gateway/),
  downAtStart('A7', 'GET /gateway: a bad url', gatewayAnswer({ url: 'ftp://nowhere' }), /gateway/),
  downAtStart('A8', 'the link opens, HELLO never comes', 'no_hello', /qq_/, slow),
  downAtStart('A9', 'IDENTIFY is answered by silence', 'no_ready', /qq_/, slow),
  tokenFailsBeforeIdentify,
  twoGateways,
  otherHost,
]
