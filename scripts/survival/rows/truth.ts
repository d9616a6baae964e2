/** H: the truth, also about a gateway that is no more. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { INCIDENT_FILE_NAME } from '../../../src/gateway/process/incidents.ts'
import { systemProcesses } from '../../../src/gateway/process/locks/process-identity.ts'
import { STATE_FILE_NAME } from '../../../src/gateway/status/state-file.ts'
import type { StatusDocument } from '../../../src/gateway/status/status-document.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { readState, startProcess } from '../../../test/support/herald.ts'
import { quick, type Row } from '../row.ts'
import { back, blow, ledgerOf, within } from '../steps.ts'
import type { Scene, World } from '../world.ts'
import { preload } from './process.ts'

/** What `herald status` makes of a state file that is not, or no longer, true. */
function disbelieved(
  title: string,
  code: 3 | 4,
  spoil: (file: StatusDocument, scene: Scene, world: World) => string | undefined,
): Row {
  return quick('H86', title, async world => {
    const scene = await world.scene()
    const herald = scene.start()
    await herald.connected()
    herald.kill('SIGKILL')
    await herald.ended
    const left = readState(scene.home)
    assert.ok(left, 'it left a state file')
    assert.equal(left.platforms['qqbot']?.state, 'connected', 'kill -9 leaves no last words')
    const home = spoil(left, scene, world) ?? scene.home
    const asked = performance.now()
    const running = startProcess(world.t, [...world.program, 'status', '--home', home])
    const ended = await running.end(10_000)
    const tookMs = performance.now() - asked
    assert.equal(ended.code, code, running.stdout())
    assert.match(running.stdout(), code === 3 ? /^not running/ : /^unknown/)
    assert.doesNotMatch(running.stdout(), /connected/)
    return {
      note: `exit ${code} after ${Math.round(tookMs)} ms`,
    }
  })
}

const write = (home: string, document: unknown): void =>
  writeFileSync(join(home, STATE_FILE_NAME), typeof document === 'string' ? document : JSON.stringify(document))

/** The number of the dead gateway belongs to another program now: this one. */
const reused = (file: StatusDocument): StatusDocument => ({ ...file, pid: process.pid })

const frozen = quick('H87', 'the event loop freezes: the watchdog ends the process and says why', async world => {
  const { box, home, start } = await world.scene()
  const herald = start({ env: { NODE_OPTIONS: preload('freeze-on-signal'), FREEZE_MS: '60000' } })
  await herald.connected()
  const asked = performance.now()
  herald.kill('SIGUSR2')
  const { code, signal } = await herald.end(15_000)
  const tookMs = within('the end', performance.now() - asked, 7_000)
  assert.ok(code === 75 || signal === 'SIGKILL', `${code} ${signal}`)
  assert.match(readFileSync(join(home, INCIDENT_FILE_NAME), 'utf8'), /event_loop_frozen/)
  const last = herald.file()
  assert.deepEqual([last?.gateway_state, last?.exit_reason], ['failed', 'event_loop_frozen'])
  assert.equal(last?.platforms['qqbot']?.state, 'disconnected')
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  const again = await blow(async () => {})
  const backMs = await back(start(), again)
  return { noticedMs: tookMs, backMs, ...(await ledger.even()), note: `exit ${code ?? signal}` }
})

const unknownThings = quick(
  'H92',
  'unknown event types and close codes: counted, one warning of a kind',
  async world => {
    const { box, start } = await world.scene()
    const herald = start()
    await herald.connected()
    const counted = (what: string): Promise<true> =>
      eventually('counted in the status', 10_000, async () => (await herald.get('/status')).text.includes(what))
    for (let at = 0; at < 3; at++) await box.push('WEATHER_CHANGED', { at })
    await counted('WEATHER_CHANGED":3')
    await box.fault({ kind: 'gateway', on: 'now', do: 'close', code: 4777 })
    await counted('4777":1')
    await herald.connected()
    const warnings = herald
      .stderr()
      .split('\n')
      .filter(line => line.includes('does not know'))
    assert.equal(warnings.length, 2, warnings.join('\n'))
    return { note: JSON.stringify(herald.account()?.unknown_events) }
  },
)

const stateFileBlocked = quick(
  'I81',
  'the state file alone cannot be written: it goes on, and status says so',
  async world => {
    const { box, home, start, command } = await world.scene()
    const herald = start()
    await herald.connected()
    const path = join(home, STATE_FILE_NAME)
    rmSync(path)
    mkdirSync(path)
    const ledger = ledgerOf(box)
    await box.fault('cut')
    await ledger.say({ person: 'Alice' })
    const even = await ledger.even()
    const said = await eventually('status says so', 12_000, async () => {
      const { stdout } = await command('status', '--json')
      const { state_file: told } = JSON.parse(stdout)
      return told !== 'ok' && String(told)
    })
    rmSync(path, { recursive: true })
    await eventually('the file is there again', 15_000, () => herald.account()?.state === 'connected')
    return { ...even, note: `status: ${said.replaceAll(home, '<home>').slice(0, 80)}` }
  },
)

export const truth: readonly Row[] = [
  disbelieved('killed with -9: not running, with the last word', 3, () => undefined),
  disbelieved('killed with -9, its pid in use again by another program', 3, (file, { home }) => {
    write(home, reused(file))
    return undefined
  }),
  disbelieved('the state file is a copy from another home', 4, (file, { home }, world) => {
    const other = world.folder()
    write(home, { ...reused(file), pid_start: systemProcesses.startTicks(process.pid) })
    copyFileSync(join(home, STATE_FILE_NAME), join(other, STATE_FILE_NAME))
    return other
  }),
  disbelieved('the state file is corrupt', 4, (file, { home }) => {
    write(home, JSON.stringify(file).slice(0, 200))
    return undefined
  }),
  disbelieved('the state file is from the future', 4, (file, { home }) => {
    const later = (time: string): string => new Date(Date.parse(time) + 3_600_000).toISOString()
    write(home, {
      ...reused(file),
      pid_start: systemProcesses.startTicks(process.pid),
      updated_at: later(file.updated_at),
      expires_at: later(file.expires_at),
    })
    return undefined
  }),
  frozen,
  unknownThings,
  stateFileBlocked,
]
