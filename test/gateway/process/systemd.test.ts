import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { INCIDENT_FILE_NAME } from '../../../src/gateway/process/incidents.ts'
import { unitText } from '../../../src/gateway/process/unit.ts'
import { STATE_FILE_NAME } from '../../../src/gateway/status/state-file.ts'
import { eventually } from '../../support/eventually.ts'
import { cannotRunSystemd, startUserManager } from '../../support/systemd.ts'
import { tempHome } from '../programs.ts'

const SERVICE = join(import.meta.dirname, '../toys/service.ts')

/** Our own unit, except that it does not wait long before it starts again. */
function unitOf(way: string, home: string): string {
  const text = unitText({ command: [process.execPath, SERVICE, way], home })
  const quick = text.replace('RestartSec=5', 'RestartSec=100ms')
  assert.notEqual(quick, text)
  return quick
}

const stateOf = (home: string) => JSON.parse(readFileSync(join(home, STATE_FILE_NAME), 'utf8'))

test('under a real systemd', { skip: cannotRunSystemd(), concurrency: true }, async t => {
  const manager = await startUserManager(t)

  t.test('READY and STATUS arrive, WATCHDOG keeps it alive, a stop is clean', async t => {
    const home = tempHome(t)
    await manager.install('toy-live.service', unitOf('live', home), ['WatchdogSec=2'])
    await manager.start('toy-live.service')
    const up = await manager.waitFor('toy-live.service', 'STATUS', facts => facts.statusText !== '', 3000)
    assert.equal(up.activeState, 'active')
    assert.equal(up.statusText, 'start 1: running')
    assert.match(manager.output('toy-live.service'), /^supervised true$/m)
    await manager.reload('toy-live.service')
    await eventually('the signal', 5000, () => /^SIGHUP$/m.test(manager.output('toy-live.service')))
    await delay(5000)
    const later = await manager.facts('toy-live.service')
    assert.equal(later.restarts, 0, 'two and a half times the watchdog time')
    assert.ok(later.watchdogAt > up.watchdogAt)
    await manager.stop('toy-live.service')
    const down = await manager.facts('toy-live.service')
    assert.deepEqual([down.activeState, down.result, down.exitStatus], ['inactive', 'success', 0])
    assert.equal(stateOf(home).gateway_state, 'stopped')
    assert.equal(stateOf(home).platforms.qqbot.state, 'disconnected')
  })

  t.test('without signs of life it is started again', async t => {
    const home = tempHome(t)
    await manager.install('toy-unhealthy.service', unitOf('unhealthy', home), ['WatchdogSec=1'])
    await manager.start('toy-unhealthy.service')
    await manager.waitFor('toy-unhealthy.service', 'a start after the watchdog', facts => facts.restarts === 1, 10_000)
    await manager.waitFor('toy-unhealthy.service', 'to live', facts => facts.activeState === 'active', 5000)
    await manager.stop('toy-unhealthy.service')
  })

  for (const way of ['loop', 'native'])
    t.test(`H87 a frozen event loop (${way}) is started again within 7 s, and left its cause`, async t => {
      const home = tempHome(t)
      const unit = `toy-freeze-${way}.service`
      await manager.install(unit, unitOf(`freeze-${way}`, home))
      await manager.start(unit)
      await manager.waitFor(unit, 'the freeze', () => manager.output(unit).includes('freezing'), 5000)
      const frozenAtMs = performance.now()
      await manager.waitFor(unit, 'a new start', facts => facts.restarts === 1, 8000)
      assert.ok(performance.now() - frozenAtMs < 7500, 'ended within 7 s, and 100 ms of RestartSec')
      await manager.waitFor(unit, 'to live', facts => facts.statusText === 'start 2: running', 5000)
      assert.match(manager.output(unit), /^before failed event_loop_frozen disconnected$/m)
      assert.match(readFileSync(join(home, INCIDENT_FILE_NAME), 'utf8'), /"event_loop_frozen"/)
      await manager.stop(unit)
    })

  t.test('75 is started again, also the sixth time in a row', async t => {
    const home = tempHome(t)
    await manager.install('toy-six.service', unitOf('sixtimes', home))
    await manager.startNoBlock('toy-six.service')
    const up = await manager.waitFor(
      'toy-six.service',
      'the seventh start',
      facts => facts.statusText === 'start 7: running',
      30_000,
    )
    assert.equal(up.restarts, 6)
    await manager.stop('toy-six.service')
  })

  for (const code of [78, 69])
    t.test(`${code} is not started again`, async t => {
      const home = tempHome(t)
      const unit = `toy-exit-${code}.service`
      await manager.install(unit, unitOf(`exit-${code}`, home))
      await manager.startNoBlock(unit)
      const down = await manager.waitFor(unit, 'the end', facts => facts.activeState === 'failed', 10_000)
      assert.equal(down.exitStatus, code)
      await delay(1000)
      const later = await manager.facts(unit)
      assert.deepEqual([later.activeState, later.restarts], ['failed', 0])
      assert.equal(readFileSync(join(home, 'starts'), 'utf8'), '.')
    })

  t.test('killed with -9 it is started again', async t => {
    const home = tempHome(t)
    await manager.install('toy-killed.service', unitOf('live', home))
    await manager.start('toy-killed.service')
    const { mainPid } = await manager.facts('toy-killed.service')
    process.kill(mainPid, 'SIGKILL')
    await manager.waitFor('toy-killed.service', 'a new start', facts => facts.statusText === 'start 2: running', 10_000)
    await manager.stop('toy-killed.service')
  })
})
