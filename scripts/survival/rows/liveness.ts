/** B: liveness. Heartbeats of a second stand for the platform's 45 s. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type Direction, startHalfOpenProxy } from '../../../src/sandbox/half-open-proxy.ts'
import type { FaultName, FaultSpec } from '../../../src/sandbox/sandbox.ts'
import { cleanUp } from '../../../test/support/clean-up.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { quick, type Row, slow } from '../row.ts'
import { back, blow, ledgerOf, noticed, throughout, within } from '../steps.ts'
import { preload } from './process.ts'

const BEAT_MS = 1_000
/** Two intervals and a second after the last proof. */
const NOTICE_MS = 2 * BEAT_MS + 1_000
/** What the session finds; on a busy machine the age of the last proof may be told a moment earlier. */
const SILENT: ReadonlySet<string> = new Set(['qq_ack_missing', 'proof_stale'])
const BEATS = { heartbeatIntervalMs: BEAT_MS, heartbeatTimeoutIntervals: 0 }

/** A link that is dead and looks alive: it is noticed, and what was said meanwhile is answered once. */
function silentLink(title: string, id: string, fault: FaultName | FaultSpec): Row {
  return quick(id, title, async world => {
    const { box, start } = await world.scene({}, BEATS)
    const herald = start()
    await herald.connected()
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice' })
    await ledger.even()
    const struck = await blow(() => box.fault(fault))
    await ledger.say({ person: 'Alice' })
    const noticedMs = within('noticed', await noticed(herald, struck), NOTICE_MS)
    const code = herald.changes().find(change => change.from === 'connected')?.code
    assert.ok(SILENT.has(code ?? ''), `the change says ${code}`)
    await ledger.say({ person: 'Bob' })
    const mended = await blow(() => box.mend())
    const backMs = await back(herald, mended)
    const { identifies, resumes, maxLinks } = await box.counters()
    assert.ok(resumes >= 1, 'the session is resumed')
    return {
      noticedMs,
      backMs,
      ...(await ledger.even()),
      identifies,
      note: `${resumes} resumes, ${maxLinks} live link at most`,
    }
  })
}

function halfOpen(title: string, direction: Direction): Row {
  return quick('B13', title, async world => {
    const scene = await world.scene({}, BEATS)
    const { box, start, configure } = scene
    const proxy = await startHalfOpenProxy({ port: box.port })
    cleanUp(world.t, () => proxy.stop())
    configure({ bot: { host: proxy.url } })
    const herald = start()
    await herald.connected()
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice' })
    await ledger.even()
    const struck = await blow(async () => proxy.blackHole(direction))
    await ledger.say({ person: 'Alice' })
    const noticedMs = within('noticed', await noticed(herald, struck), NOTICE_MS)
    const mended = await blow(async () => proxy.flow())
    const backMs = await back(herald, mended, 30_000)
    const { identifies } = await box.counters()
    return { noticedMs, backMs, ...(await ledger.even()), identifies }
  })
}

/** Suspended, as by SIGSTOP or a closed lid. */
function suspended(title: string, forMs: number, meanwhile: FaultName | undefined, make = quick): Row {
  return make('B14', title, async world => {
    const { box, start, command } = await world.scene({}, BEATS)
    const herald = start()
    await herald.connected()
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice' })
    await ledger.even()
    herald.kill('SIGSTOP')
    if (meanwhile !== undefined) await box.fault(meanwhile)
    await ledger.say({ person: 'Alice' })
    await delay(forMs)
    let note = 'nobody is blamed, the link is kept'
    if (forMs > 12_000) {
      const asked = await command('status')
      assert.equal(asked.code, 4, asked.stdout)
      assert.match(asked.stdout, /^unknown/)
      note = 'herald status meanwhile: unknown'
    }
    const woken = await blow(async () => herald.kill('SIGCONT'))
    if (meanwhile === undefined) {
      const even = await ledger.even()
      assert.equal((await box.counters()).identifies, 1)
      assert.ok(herald.alive, 'the watchdog blames nobody')
      await herald.connected()
      return { ...even, identifies: 1, note }
    }
    const noticedMs = within('noticed after waking', await noticed(herald, woken), 2_500)
    const backMs = await back(herald, woken)
    const { identifies } = await box.counters()
    return { noticedMs, backMs, ...(await ledger.even()), identifies }
  })
}

function interval(title: string, value: FaultSpec, mostBeats: number): Row {
  return quick('B15', `heartbeat interval in HELLO: ${title}`, async world => {
    const { box, start } = await world.scene()
    await box.fault(value)
    const herald = start()
    await herald.connected()
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice' })
    const even = await ledger.even()
    const before = cpuMs(herald.pid)
    await throughout('connected', 4_000, () => herald.account()?.state === 'connected')
    const busy = cpuMs(herald.pid) - before
    const { heartbeats, identifies } = await box.counters()
    assert.ok(heartbeats >= 1 && heartbeats <= mostBeats, `${heartbeats} beats`)
    assert.ok(busy < 1_000, `${busy} ms of CPU in 4 s`)
    return { ...even, identifies, note: `${heartbeats} beats in 4 s` }
  })
}

/** CPU time of a process so far, from /proc. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const changedInterval = quick('B15', 'heartbeat interval: another one after a reconnect', async world => {
  const { box, start } = await world.scene({}, BEATS)
  const herald = start()
  await herald.connected()
  await box.options({ heartbeatIntervalMs: 250 })
  await box.fault('cut')
  await eventually('resumed', 10_000, async () => (await box.counters()).resumeds === 1)
  const before = (await box.counters()).heartbeats
  await delay(3_000)
  const beats = (await box.counters()).heartbeats - before
  assert.ok(beats >= 8 && beats <= 16, `${beats} beats in 3 s of 250 ms`)
  return { note: `${beats} beats in 3 s of 250 ms` }
})

const busyCpu = quick('B16', 'the CPU is blocked for 3 s: one late beat, the peer is not blamed', async world => {
  const { box, start } = await world.scene({}, BEATS)
  const herald = start({ env: { NODE_OPTIONS: preload('freeze-on-signal'), FREEZE_MS: '3000' } })
  await herald.connected()
  const ledger = ledgerOf(box)
  await eventually('beats', 5_000, async () => (await box.counters()).heartbeats >= 2)
  herald.kill('SIGUSR2')
  await ledger.say({ person: 'Alice' })
  const even = await ledger.even()
  await delay(2 * BEAT_MS)
  const { totals, identifies } = await linksOf(box)
  assert.equal(totals, 1, 'the same link all the time')
  assert.ok(herald.alive)
  return { ...even, identifies, note: 'the link is kept' }
})

async function linksOf(box: Parameters<typeof ledgerOf>[0]): Promise<{ totals: number; identifies: number }> {
  const opened = (await box.log({ kinds: ['connection'] })).filter(
    entry => entry.kind === 'connection' && entry.state === 'opened',
  )
  return { totals: opened.length, identifies: (await box.counters()).identifies }
}

const idle = slow('B17', 'idle for 300 beats, ACKs flowing', async world => {
  const { box, start } = await world.scene({}, { ...BEATS, heartbeatIntervalMs: 250 })
  const herald = start()
  await herald.connected()
  await throughout('connected', 75_000, () => herald.account()?.state === 'connected')
  const { totals, identifies } = await linksOf(box)
  assert.equal(totals, 1)
  const { heartbeats } = await box.counters()
  return { identifies, note: `${heartbeats} beats, one link` }
})

export const liveness: readonly Row[] = [
  silentLink('heartbeats are not ACKed any more, TCP open', 'B12', 'no_ack'),
  silentLink('the host freezes: TCP open, nothing moves', 'B13', 'freeze'),
  silentLink('the open link freezes, new ones work', 'B13', 'freeze_links'),
  halfOpen('a half-open connection (cable pulled): nothing passes', 'both'),
  halfOpen('a half-open connection: only what the platform sends is lost', 'to_client'),
  halfOpen('a half-open connection: only what Herald sends is lost', 'to_target'),
  suspended('suspended for 7 s (SIGSTOP, SIGCONT)', 7_000, undefined),
  suspended('suspended for 7 s, and the link died meanwhile', 7_000, 'freeze_links'),
  suspended('suspended for 40 s', 40_000, undefined, slow),
  interval('absent', { kind: 'heartbeat_interval' }, 3),
  interval('0', { kind: 'heartbeat_interval', value: 0 }, 50),
  interval('huge', { kind: 'heartbeat_interval', value: 1e12 }, 3),
  interval('5 s', { kind: 'heartbeat_interval', value: 5_000 }, 3),
  changedInterval,
  busyCpu,
  idle,
]
