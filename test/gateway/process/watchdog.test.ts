import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { INCIDENT_FILE_NAME } from '../../../src/gateway/process/incidents.ts'
import { beginWatch, frozenForMs, look } from '../../../src/gateway/process/watchdog/watchdog-count.ts'
import { STATE_FILE_NAME } from '../../../src/gateway/status/state-file.ts'
import type { CleanUp } from '../../support/clean-up.ts'
import { type Program, startProgram, tempHome } from '../programs.ts'

const FREEZER = join(import.meta.dirname, '../toys/freezer.ts')

async function startFreezer(t: CleanUp, home: string, ...args: string[]): Promise<Program> {
  const program = startProgram(t, FREEZER, [home, ...args])
  await program.said('ready')
  return program
}

const stateOf = (home: string) => JSON.parse(readFileSync(join(home, STATE_FILE_NAME), 'utf8'))

/** The toys may be frozen side by side: each waits for its own watchdog. */
test('H87 a frozen event loop', { concurrency: true }, async t => {
  for (const [way, code, signal] of [
    ['loop', 75, null],
    ['regex', 75, null],
    ['native', null, 'SIGKILL'],
  ] as const) {
    t.test(`${way}: ended with ${code ?? 137} within 7 s, with the cause on disk`, async t => {
      const home = tempHome(t)
      const program = await startFreezer(t, home, way)
      const frozenAtMs = performance.now()
      program.child.kill('SIGUSR2')
      const exit = await program.exit
      assert.deepEqual([exit.code, exit.signal], [code, signal])
      const tookMs = exit.atMs - frozenAtMs
      assert.ok(tookMs > 4500 && tookMs < 7000, `${tookMs} ms`)

      const state = stateOf(home)
      assert.equal(state.gateway_state, 'failed')
      assert.equal(state.exit_reason, 'event_loop_frozen')
      assert.equal(state.platforms.qqbot.state, 'disconnected')
      assert.ok(Date.parse(state.updated_at) > Date.now() - 10_000, 'dated at the end, not when it was prepared')
      const incident = JSON.parse(readFileSync(join(home, INCIDENT_FILE_NAME), 'utf8'))
      assert.equal(incident.code, 'event_loop_frozen')
      assert.equal(incident.pid, program.pid)
      assert.match(program.stderr(), /^herald: the event loop has not turned for 5\.\d s; ending the process\n$/)
    })
  }
})

test('a freeze shorter than the bound is survived, again and again', async t => {
  const home = tempHome(t)
  const program = await startFreezer(t, home, 'loop', '1500', '900')
  for (let round = 0; round < 3; round++) {
    program.child.kill('SIGUSR2')
    await delay(1200)
  }
  assert.equal(program.child.exitCode, null, program.stderr())
  assert.equal(existsSync(join(home, INCIDENT_FILE_NAME)), false)
})

test('a home may take long to open, such as one whose journal is copied and migrated; from then on a freeze is one', async t => {
  const home = tempHome(t)
  const program = await startFreezer(t, home, 'opening', '1500', '4000')
  // The bound begins anew here: what lies behind is not held against it.
  await delay(2000)
  assert.equal(program.child.exitCode, null, program.stderr())
  program.child.kill('SIGUSR2')
  assert.equal((await program.exit).code, 75)
})

test('what is opened later may take as long, and a freeze after it is one', async t => {
  const home = tempHome(t)
  const program = await startFreezer(t, home, 'loop', '1500', '4000')
  program.child.kill('SIGTTOU')
  await program.said('thawed')
  await delay(2000)
  assert.equal(program.child.exitCode, null, program.stderr())
  program.child.kill('SIGUSR2')
  assert.equal((await program.exit).code, 75)
})

test('a process that was stopped for longer than the bound lives on, and is still watched', async t => {
  const home = tempHome(t)
  const program = await startFreezer(t, home, 'loop', '1500', '60000')
  for (let round = 0; round < 2; round++) {
    program.child.kill('SIGSTOP')
    await delay(2500)
    program.child.kill('SIGCONT')
    await delay(600)
  }
  assert.equal(program.child.exitCode, null, program.stderr())
  program.child.kill('SIGUSR2')
  assert.equal((await program.exit).code, 75)
})

test('the thread keeps no process alive', async t => {
  const program = startProgram(t, join(import.meta.dirname, '../toys/idle.ts'), [tempHome(t)])
  const exit = await program.exit
  assert.equal(exit.code, 0)
  assert.equal(program.stdout(), 'done\n', 'and its end is no trouble')
})

test('the count: ticks reset it, silence adds up, a gap of the thread itself starts it anew', () => {
  let watch = beginWatch(0, 0)
  for (let ms = 250; ms <= 1000; ms += 250) watch = look(watch, 0, ms)
  assert.equal(frozenForMs(watch), 1000)
  watch = look(watch, 1, 1250)
  assert.equal(frozenForMs(watch), 0)
  for (let ms = 1500; ms <= 5250; ms += 250) watch = look(watch, 1, ms)
  assert.equal(frozenForMs(watch), 4000)
  watch = look(watch, 1, 65_000)
  assert.equal(frozenForMs(watch), 0, 'stopped for a minute')
  watch = look(watch, 1, 65_250)
  assert.equal(frozenForMs(watch), 250)
})
