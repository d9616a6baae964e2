/** H91, H87: the whole gateway as a unit of a real `systemd --user`, with the unit that Herald writes. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { unitText } from '../../../src/gateway/process/unit.ts'
import { hexId, systemRandom } from '../../../src/lib/random.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { readState } from '../../../test/support/herald.ts'
import { cannotRunSystemd, startUserManager, type UserManager } from '../../../test/support/systemd.ts'
import { type Figures, quick, type Row, slow } from '../row.ts'
import { ledgerOf, within } from '../steps.ts'
import type { Scene, Settings, World } from '../world.ts'
import { preload } from './process.ts'

interface Unit {
  /** A name of its own: managers that run side by side may share their control groups. */
  readonly unit: string
  readonly scene: Scene
  readonly manager: UserManager
  /** Waits until a process after `earlier` is connected; returns its pid. */
  connectedAfter(earlier: number, boundMs: number): Promise<number>
}

/** Our own unit, except that systemd waits less before it starts it again. */
async function installed(world: World, settings: Settings, extra: readonly string[] = []): Promise<Unit> {
  const scene = await world.scene(settings)
  const manager = await startUserManager(world.t)
  const unit = `herald-${hexId(systemRandom, 8)}.service`
  const text = unitText({ command: world.program, home: scene.home })
  const quicker = text.replace('RestartSec=5', 'RestartSec=200ms')
  assert.notEqual(quicker, text)
  await manager.install(unit, quicker, extra)
  return {
    unit,
    scene,
    manager,
    connectedAfter: (earlier, boundMs) =>
      eventually(
        'a new process is connected',
        boundMs,
        () => {
          const file = readState(scene.home)
          return (
            file !== undefined && file.pid !== earlier && file.platforms['qqbot']?.state === 'connected' && file.pid
          )
        },
        () => manager.output(unit),
      ),
  }
}

function supervised(title: string, run: (world: World) => Promise<Figures>, id = 'H91', make = quick): Row {
  return make(id, `systemd: ${title}`, run, { boundMs: 180_000, cannot: cannotRunSystemd })
}

const FEW = { reconnect: { backoff_s: [0.2], max_attempts: 2 } }

const exhausted = supervised('attempts used up → 75 → started again → connected', async world => {
  const { unit, scene, manager, connectedAfter } = await installed(world, {
    gateway: { on_all_platforms_down: 'auto' },
    bot: FEW,
  })
  const { box } = scene
  await manager.start(unit)
  const first = await connectedAfter(0, 20_000)
  const { statusText } = await manager.waitFor(unit, 'STATUS', each => each.statusText.includes('connected'), 10_000)
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  await ledger.even()
  await box.fault('host_down')
  const died = await manager.waitFor(unit, 'a new start', each => each.restarts > 0, 20_000)
  assert.match(manager.output(unit), /all_platforms_down \(qqbot: qq_reconnect_exhausted\)/)
  await box.mend()
  const mendedMs = performance.now()
  await connectedAfter(first, 60_000)
  const backMs = performance.now() - mendedMs
  await ledger.say({ person: 'Alice' })
  const even = await ledger.even()
  await manager.stop(unit)
  const { activeState, result, exitStatus } = await manager.facts(unit)
  assert.deepEqual([activeState, result, exitStatus], ['inactive', 'success', 0])
  assert.ok(died.restarts > 0)
  return { backMs, ...even, identifies: (await box.counters()).identifies, note: `STATUS was "${statusText}"` }
})

const wrongSettings = supervised('wrong configuration → 78 → not started again', async world => {
  const { unit, scene, manager } = await installed(world, {})
  scene.write('gatewai: {}')
  await manager.startNoBlock(unit)
  const down = await manager.waitFor(unit, 'the end', each => each.activeState === 'failed', 20_000)
  assert.equal(down.exitStatus, 78)
  await delay(1_500)
  const later = await manager.facts(unit)
  assert.deepEqual([later.activeState, later.restarts], ['failed', 0])
  return { note: 'exit 78, no restart' }
})

const wrongSecret = supervised('a wrong secret, policy exit → 78 → not started again', async world => {
  const { unit, scene, manager } = await installed(world, {
    gateway: { on_all_platforms_down: 'exit' },
    bot: { client_secret: 'not-the-secret' },
  })
  await manager.startNoBlock(unit)
  const down = await manager.waitFor(unit, 'the end', each => each.activeState === 'failed', 20_000)
  assert.equal(down.exitStatus, 78)
  await delay(1_500)
  assert.equal((await manager.facts(unit)).restarts, 0)
  assert.ok((await scene.box.counters()).tokenCalls <= 2)
  return { note: 'exit 78, no restart' }
})

const frozenLoop = supervised(
  'frozen event loop → ended within 7 s → started again → connected',
  async world => {
    const env = `Environment="NODE_OPTIONS=${preload('freeze-on-signal')}" FREEZE_MS=60000`
    const { unit, scene, manager, connectedAfter } = await installed(world, {}, [env])
    await manager.start(unit)
    const first = await connectedAfter(0, 20_000)
    const frozenMs = performance.now()
    process.kill(first, 'SIGUSR2')
    await manager.waitFor(unit, 'a new start', each => each.restarts === 1, 15_000)
    const noticedMs = within('ended', performance.now() - frozenMs, 7_500)
    const backMs = performance.now() - frozenMs
    await connectedAfter(first, 20_000)
    const ledger = ledgerOf(scene.box)
    await ledger.say({ person: 'Alice' })
    return { noticedMs, backMs, ...(await ledger.even()) }
  },
  'H87',
)

const killed = supervised(
  'kill -9 → started again → connected',
  async world => {
    const { unit, scene, manager, connectedAfter } = await installed(world, {})
    await manager.start(unit)
    const first = await connectedAfter(0, 20_000)
    const ledger = ledgerOf(scene.box)
    const struckMs = performance.now()
    process.kill(first, 'SIGKILL')
    await ledger.say({ person: 'Alice' })
    await connectedAfter(first, 20_000)
    const backMs = performance.now() - struckMs
    return { backMs, ...(await ledger.even()), identifies: (await scene.box.counters()).identifies }
  },
  'H86',
)

const sixTimes = supervised(
  'six quick exits in a row → still started again',
  async world => {
    const { unit, scene, manager, connectedAfter } = await installed(world, {
      gateway: { on_all_platforms_down: 'auto' },
      bot: FEW,
    })
    const { box } = scene
    await box.fault('host_down')
    await manager.startNoBlock(unit)
    await manager.waitFor(unit, 'the sixth new start', each => each.restarts >= 6, 80_000)
    await box.mend()
    const mendedMs = performance.now()
    await connectedAfter(0, 60_000)
    const backMs = performance.now() - mendedMs
    const { restarts } = await manager.facts(unit)
    return { backMs, note: `${restarts} starts in a row, its own pauses between them` }
  },
  'H91',
  slow,
)

const downAtBoot = supervised('platform down at boot → up and retrying, no start-timeout loop', async world => {
  const { unit, scene, manager, connectedAfter } = await installed(world, {}, ['TimeoutStartSec=12'])
  const { box } = scene
  await box.fault('host_down')
  await manager.start(unit)
  await manager.waitFor(unit, 'STATUS', each => each.statusText.includes('retrying'), 20_000)
  await delay(13_000)
  const up = await manager.facts(unit)
  assert.deepEqual([up.activeState, up.subState, up.restarts], ['active', 'running', 0])
  await box.mend()
  const mendedMs = performance.now()
  await connectedAfter(0, 20_000)
  return { backMs: performance.now() - mendedMs, note: `STATUS was "${up.statusText.slice(0, 60)}"` }
})

export const supervisor: readonly Row[] = [
  exhausted,
  wrongSettings,
  wrongSecret,
  frozenLoop,
  killed,
  sixTimes,
  downAtBoot,
]
