import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../../src/lib/clock.ts'
import { startChild } from '../../../src/lib/process/child.ts'
import { alive, noteLog } from '../../agents/acp/house.ts'
import { cleanUp } from '../../support/clean-up.ts'
import { eventually } from '../../support/eventually.ts'

test('a process that is killed takes the programs that it started along', async t => {
  const parent = spawn(process.execPath, [join(import.meta.dirname, 'parent.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanUp(t, () => parent.kill('SIGKILL'))
  const [line] = await once(parent.stdout.setEncoding('utf8'), 'data')
  const pids = String(line).trim().split(' ').map(Number)
  assert.equal(pids.length, 2)
  assert.deepEqual(pids.map(alive), [true, true])
  parent.kill('SIGKILL')
  await eventually('both are gone', 5_000, () => pids.every(pid => !alive(pid)))
})

test('what a program says to its stderr is logged within bounds', async t => {
  const logged: string[] = []
  const script = `for i in $(seq 1 100); do echo "line $i" >&2; done; printf '%0.sx' $(seq 1 5000) >&2; echo >&2; echo last >&2`
  const child = startChild(
    { command: 'sh', args: ['-c', script], env: {} },
    { clock: systemClock, log: noteLog(logged), env: process.env },
  )
  cleanUp(t, () => child.stop(0))
  child.stdout.resume()
  const end = await child.ended
  assert.deepEqual(end, { code: 0, signal: null, lastWords: 'last' })
  assert.equal(logged.length, 20)
  assert.ok(logged.every(line => line.length < 600))
})

test('where no further file can be opened, a program cannot be started, and that is all', () => {
  const crowded = join(import.meta.dirname, 'crowded.ts')
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', 'ulimit -n 256; exec "$@"', 'sh', process.execPath, crowded],
    { encoding: 'utf8' },
  )
  assert.equal(stdout, 'no program can be started: too many files are open\nthen 0\n', stderr)
  assert.equal(status, 0)
})
