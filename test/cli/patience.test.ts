/** A call over the control socket from a process that itself did not run for a while. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { callControl } from '../../src/gateway/control/control-client.ts'
import { startProgram, tempHome } from '../gateway/programs.ts'

const CONTROLLED = join(import.meta.dirname, '../gateway/toys/controlled.ts')

function standStill(ms: number): void {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}

test('nobody there is nobody there, however late we look', async t => {
  const reply = callControl(tempHome(t), 'GET', '/status', undefined, 40)
  standStill(150)
  assert.deepEqual(await reply, { kind: 'not_running' })
})

test('an answer that came while we stood still is heard', async t => {
  const home = tempHome(t)
  const program = startProgram(t, CONTROLLED, [home])
  await program.said('listening')
  const reply = callControl(home, 'GET', '/status', undefined, 2000)
  standStill(2100)
  assert.equal((await reply).kind, 'answer')
})

test('silence ends the call all the same', async t => {
  const home = tempHome(t)
  const program = startProgram(t, CONTROLLED, [home])
  await program.said('listening')
  program.child.kill('SIGSTOP')
  const reply = callControl(home, 'GET', '/status', undefined, 40)
  standStill(150)
  assert.deepEqual(await reply, { kind: 'no_answer', message: 'no answer within 40 ms' })
  program.child.kill('SIGCONT')
})

test('a home that is a file', async t => {
  const home = join(tempHome(t), 'file')
  writeFileSync(home, '')
  assert.deepEqual(await callControl(home, 'GET', '/status', undefined, 5000), { kind: 'not_running' })
})
