/** `npm start`, as a person starts it. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type Box, boxAt } from '../../../test/support/box.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { ROOT, type Running, readState, SOURCES, startProcess } from '../../../test/support/herald.ts'
import { type Figures, quick, type Row, slow } from '../row.ts'
import { ledgerOf, within } from '../steps.ts'
import type { World } from '../world.ts'

interface Demo {
  readonly npm: Running
  readonly box: Box
  readonly home: string
  state(): string | undefined
  status(): Promise<{ readonly code: number | null; readonly stdout: string }>
}

async function startDemo(world: World): Promise<Demo> {
  // Whoever runs the tests may have a real home with a real bot in it.
  const npm = startProcess(world.t, ['npm', 'start'], { env: { HOME: world.folder(), CI: '1' }, cwd: ROOT })
  const said = await eventually(
    'the address',
    60_000,
    () => npm.stdout().includes('Ctrl-C') && npm.stdout(),
    npm.stderr,
  )
  const controlUrl = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? assert.fail(said)
  const home = /--home (\S+)/.exec(said)?.[1] ?? assert.fail(said)
  assert.match(said, /this is the demo/)
  const box = boxAt({ apiBase: controlUrl, tokenUrl: '', controlUrl, bot: { appId: '', secret: '' } })
  return {
    npm,
    box,
    home,
    state: () => readState(home)?.platforms['qqbot']?.state,
    async status() {
      const running = startProcess(world.t, [...SOURCES, 'status', '--home', home])
      return { code: (await running.end(10_000)).code, stdout: running.stdout() }
    },
  }
}

/** The gateway itself, which npm started. */
const gone = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

async function firstSteps({ box, state, status }: Demo): Promise<Figures> {
  await eventually('connected', 15_000, () => state() === 'connected')
  const page = await fetch(box.controlUrl)
  assert.equal(page.status, 200)
  assert.match(await page.text(), /<html/)
  assert.equal((await status()).code, 0)
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  await ledger.say({ person: 'Bob', group: 'Family' })
  const even = await ledger.even()
  await box.fault('close_4009')
  await eventually('resumed', 15_000, async () => (await box.counters()).resumeds === 1)
  await box.fault('cut')
  await eventually('resumed', 15_000, async () => (await box.counters()).resumeds === 2)
  return even
}

function ends(title: string, signal: NodeJS.Signals): Row {
  return quick('I0', title, async world => {
    const demo = await startDemo(world)
    const even = await firstSteps(demo)
    const pid = readState(demo.home)?.pid ?? assert.fail('no state file')
    assert.ok(!gone(pid))
    const asked = performance.now()
    demo.npm.kill(signal)
    await eventually('the gateway is gone', 10_000, () => gone(pid))
    const tookMs = within('the end', performance.now() - asked, 5_000)
    await eventually('its home is gone', 5_000, () => !existsSync(demo.home))
    return { ...even, note: `nothing is left ${Math.round(tookMs)} ms after the signal` }
  })
}

const freeze = quick('I0', 'npm start: a freeze is noticed while one watches, and healed', async world => {
  const demo = await startDemo(world)
  const { box, state } = demo
  await eventually('connected', 15_000, () => state() === 'connected')
  await box.fault('freeze_links')
  const struckMs = performance.now()
  await eventually('noticed', 30_000, () => state() !== 'connected')
  const noticedMs = within('noticed', performance.now() - struckMs, 20_000)
  await box.mend()
  const mendedMs = performance.now()
  await eventually('connected', 30_000, () => state() === 'connected')
  return { noticedMs, backMs: performance.now() - mendedMs }
})

const hostDown = slow(
  'I0',
  'npm start: host down → retrying → fatal → mended → connected, herald status agrees',
  async world => {
    const demo = await startDemo(world)
    const { box, state, status } = demo
    await firstSteps(demo)
    await box.fault('host_down')
    const struckMs = performance.now()
    await eventually('retrying', 10_000, () => state() === 'retrying')
    const noticedMs = performance.now() - struckMs
    const told = await status()
    assert.equal(told.code, 1)
    assert.match(told.stdout, /retrying/)
    await eventually('fatal', 60_000, () => state() === 'fatal')
    const fatalMs = performance.now() - struckMs
    assert.match((await status()).stdout, /fatal/)
    await delay(1_000)
    await box.mend()
    const mendedMs = performance.now()
    await eventually('connected', 30_000, () => state() === 'connected')
    const backMs = performance.now() - mendedMs
    assert.equal((await status()).code, 0)
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice', text: 'are you back?' })
    return { noticedMs, backMs, ...(await ledger.even()), note: `fatal after ${Math.round(fatalMs / 1000)} s` }
  },
)

export const demoRows: readonly Row[] = [
  ends('npm start: a page, answers, heals; SIGTERM to npm leaves no orphan', 'SIGTERM'),
  ends('npm start: the same with SIGINT', 'SIGINT'),
  ends('npm start: the same with kill -9 of npm, which can pass nothing on', 'SIGKILL'),
  freeze,
  hostDown,
]
