/** C: asked to stop or to start again, at bad moments. */
import assert from 'node:assert/strict'
import type { FaultName } from '../../../src/sandbox/sandbox.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { quick, type Row } from '../row.ts'
import { back, blow, ledgerOf, within } from '../steps.ts'
import { accountAt } from '../world.ts'

/** A stop at a bad moment. */
function stopsAt(moment: string, fault: FaultName | undefined, wanted: (herald: string) => boolean): Row {
  return quick('C34', `asked to stop during: ${moment}`, async world => {
    const { box, start } = await world.scene({ bot: { reconnect: { backoff_s: [60], max_attempts: 100 } } })
    if (fault !== undefined) await box.fault(fault)
    const herald = start()
    await eventually(moment, 15_000, () => wanted(herald.account()?.state ?? ''))
    if (moment !== 'backoff')
      await eventually('a try', 15_000, async () => (await box.counters()).tokenCalls > 0 || fault === 'token_silent')
    const asked = performance.now()
    herald.kill('SIGTERM')
    const { code } = await herald.end(10_000)
    const tookMs = within('the stop', performance.now() - asked, 2_300)
    assert.equal(code, 0)
    assert.equal(herald.file()?.gateway_state, 'stopped')
    assert.notEqual(herald.account()?.state, 'connected')
    await eventually('no link is left', 3_000, async () => (await box.state()).connections.length === 0)
    return { note: `${Math.round(tookMs)} ms` }
  })
}

const restartAsked = quick(
  'C35',
  'herald restart, five times at once: exactly one new link, never two',
  async world => {
    const { box, start, command } = await world.scene()
    const herald = start()
    await herald.connected()
    const ledger = ledgerOf(box)
    const struck = await blow(() => Promise.all(Array.from({ length: 5 }, () => command('restart', 'qqbot'))))
    const backMs = await back(herald, struck)
    await ledger.say({ person: 'Alice' })
    const even = await ledger.even()
    const { maxLinks, liveLinks, identifies } = await box.counters()
    assert.deepEqual([maxLinks, liveLinks], [1, 1])
    return { backMs, ...even, identifies }
  },
)

function restarts(title: string, signal: NodeJS.Signals): Row {
  return quick('C37', title, async world => {
    const { box, start } = await world.scene()
    const first = start()
    await first.connected()
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice' })
    await ledger.even()
    first.kill(signal)
    await first.end(5_000)
    await ledger.say({ person: 'Alice' })
    await ledger.say({ person: 'Bob', group: 'Family' })
    const again = await blow(async () => {})
    const second = start()
    const backMs = await back(second, again)
    const even = await ledger.even()
    const { identifies, resumes } = await box.counters()
    assert.deepEqual([identifies, resumes], [1, 1], 'the stored session is resumed')
    return { backMs, ...even, identifies, note: `${resumes} resume` }
  })
}

const stopsInPause = quick('C34', 'asked to stop during: the minute after 4008', async world => {
  const { box, start } = await world.scene()
  const herald = start()
  await herald.connected()
  await box.fault('close_4008')
  await herald.until('the pause', ({ error_code }) => error_code === 'qq_too_fast')
  const asked = performance.now()
  herald.kill('SIGTERM')
  const { code } = await herald.end(10_000)
  const tookMs = within('the stop', performance.now() - asked, 2_300)
  assert.equal(code, 0)
  return { note: `${Math.round(tookMs)} ms` }
})

const twoBots = quick('C38', 'two bots in one process, one of them is banned: the other one goes on', async world => {
  const { box, start, configure } = await world.scene()
  const other = { appId: `${box.bot.appId}1`, secret: 'secret-of-the-other-bot' }
  await box.addBot(other)
  configure({ others: { 'qqbot:work': accountAt(box, other) } })
  const herald = start()
  await herald.connected()
  await herald.connected(20_000, 'qqbot:work')
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice', appId: box.bot.appId })
  await ledger.say({ person: 'Alice', appId: other.appId, text: 'to the other' })
  await ledger.even()
  const struck = await blow(async () => {
    await box.changeBot({ appId: other.appId, status: 'banned' })
    await box.fault('close_4915', { appId: other.appId })
  })
  const told = await herald.until('fatal', ({ state }) => state === 'fatal', 20_000, 'qqbot:work')
  assert.equal(told.error_code, 'qq_bot_banned')
  const noticedMs = Date.now() - struck.atMs
  assert.equal(herald.file()?.gateway_state, 'degraded')
  await ledger.say({ person: 'Alice', appId: box.bot.appId, text: 'and you?' })
  const even = await ledger.even()
  const left = herald.changes('qqbot').filter(change => change.from === 'connected')
  assert.deepEqual(left, [], 'the first one never left connected')
  return { noticedMs, ...even }
})

export const stops: readonly Row[] = [
  stopsAt('backoff', 'host_down', state => state === 'retrying'),
  stopsAt('the token call', 'token_silent', state => state === 'connecting'),
  stopsAt('HELLO', 'no_hello', state => state === 'connecting'),
  stopsAt('IDENTIFY', 'no_ready', state => state === 'connecting'),
  stopsInPause,
  restartAsked,
  twoBots,
  restarts('asked to stop and started again: the session is resumed, what was missed answered once', 'SIGTERM'),
  restarts('kill -9 and started again: the session is resumed, what was missed answered once', 'SIGKILL'),
]
