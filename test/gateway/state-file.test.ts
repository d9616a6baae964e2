import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createStateFile, STATE_FILE_NAME, type StateFileOptions } from '../../src/gateway/status/state-file.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'
import {
  AS_NOBODY,
  cannotBeNobody,
  sampleAccount,
  sampleDocument,
  startProgram,
  tempHome,
  waitFor,
} from './programs.ts'

const TOY = join(import.meta.dirname, 'toys/writer.ts')

function start(t: CleanUp, options: Partial<StateFileOptions> & { home: string }) {
  const file = createStateFile({ clock: systemClock, snapshot: () => sampleDocument(), ...options })
  cleanUp(t, () => file.stop())
  return file
}

const read = (home: string) => JSON.parse(readFileSync(join(home, STATE_FILE_NAME), 'utf8'))

test('a change is on disk within a second, dated, private, and tells its home', async t => {
  const home = tempHome(t)
  let agents = 0
  const file = start(t, { home, snapshot: () => sampleDocument({ active_agents: agents }) })
  await file.flush()
  agents = 7
  const changedAtMs = performance.now()
  file.changed()
  await waitFor('the change', () => read(home).active_agents === 7, 1000)
  assert.ok(performance.now() - changedAtMs < 1000)
  const document = read(home)
  assert.equal(document.home, home)
  assert.equal(Date.parse(document.expires_at) - Date.parse(document.updated_at), 30_000)
  assert.equal(statSync(join(home, STATE_FILE_NAME)).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(home), [STATE_FILE_NAME], 'no half-written file is left')
})

test('many changes share few writes, and the last one counts', async t => {
  const home = tempHome(t)
  let number = 0
  let writes = 0
  const file = start(t, {
    home,
    snapshot: () => sampleDocument({ active_agents: number }),
    onPublish: () => writes++,
  })
  await file.flush()
  const before = writes
  while (number < 1000) {
    number++
    file.changed()
    if (number % 50 === 0) await new Promise(resolve => setTimeout(resolve, 5))
  }
  await waitFor('the last change', () => read(home).active_agents === 1000)
  assert.ok(writes - before <= 5, `${writes - before} writes for 1000 changes in about 100 ms`)
})

test('without a change it is written every ten seconds', async t => {
  const home = tempHome(t)
  const clock = createVirtualClock()
  const written: number[] = []
  const file = start(t, { home, clock, onPublish: () => written.push(clock.monotonicMs()) })
  const first = file.flush()
  await clock.advance(0)
  await waitFor('the first write', () => written.length > 0)
  // Real disk writes happen between virtual moments, so each step waits for the writer to rest again.
  for (let second = 0; second < 25; second++) {
    await waitFor('the writer to rest', () => clock.armed > 0)
    await clock.advance(1000)
  }
  await first
  const gaps = written.slice(1).map((at, index) => at - (written[index] ?? 0))
  assert.ok(written.length >= 3, `written at ${written.join(', ')}`)
  assert.ok(Math.max(...gaps) <= 11_000, `gaps ${gaps.join(', ')}`)
})

test('a reader never sees half a document', async t => {
  const home = tempHome(t)
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`qqbot:b${n}`, sampleAccount()]))
  const file = start(t, { home, snapshot: () => sampleDocument({ platforms: many }) })
  await file.flush()
  let seen = 0
  const watcher = watch(home, () => {
    read(home)
    seen++
  })
  cleanUp(t, () => watcher.close())
  for (let round = 0; round < 5; round++) {
    file.changed()
    await file.flush()
  }
  await waitFor('reads during writes', () => seen >= 5)
})

test('the last words close every link, are the last, and keep the cause of what was fatal', async t => {
  const home = tempHome(t)
  const fatal = sampleAccount({
    state: 'fatal',
    error_code: 'qq_reconnect_exhausted',
    retryable: true,
    next_retry_at: '2026-01-01T00:00:30.000Z',
  })
  const platforms = {
    a: sampleAccount(),
    b: sampleAccount({ state: 'retrying' }),
    c: fatal,
    d: sampleAccount({ state: 'paused' }),
  }
  const file = start(t, { home, snapshot: () => sampleDocument({ platforms, active_agents: 2 }) })
  await file.flush()
  file.changed()
  const late = file.flush()
  file.lastWords({ gatewayState: 'failed', exitReason: 'all_platforms_down' })
  file.lastWords({ gatewayState: 'stopped', exitReason: 'too late' })
  await late
  const document = read(home)
  assert.equal(document.gateway_state, 'failed')
  assert.equal(document.exit_reason, 'all_platforms_down')
  assert.equal(document.active_agents, 0)
  assert.deepEqual(
    Object.values(document.platforms).map(account => (account as { state: string }).state),
    ['disconnected', 'disconnected', 'fatal', 'paused'],
  )
  assert.equal(document.platforms.c.error_code, 'qq_reconnect_exhausted')
  assert.equal(document.platforms.c.next_retry_at, null)
})

test('the last words stand, also when they fall in the middle of a slower write', async t => {
  const home = tempHome(t)
  let speak = (): void => {}
  const file = start(t, { home, onPublish: () => speak() })
  await file.flush()
  const spoken = new Promise<void>(resolve => {
    // The document is made, and the writer waits for the disk.
    speak = () => process.nextTick(() => resolve(file.lastWords({ gatewayState: 'stopped', exitReason: 'SIGTERM' })))
  })
  file.changed()
  await spoken
  await file.flush()
  assert.equal(read(home).gateway_state, 'stopped')
  assert.deepEqual(readdirSync(home), [STATE_FILE_NAME], 'the slower one is thrown away')
})

test('when the snapshot itself throws, the gateway goes on and the last words use the newest document', async t => {
  const home = tempHome(t)
  let broken = false
  const troubles: (string | undefined)[] = []
  const file = start(t, {
    home,
    snapshot() {
      if (broken) throw new Error('no snapshot')
      return sampleDocument()
    },
    onTrouble: trouble => troubles.push(trouble),
  })
  await file.flush()
  broken = true
  file.changed()
  await waitFor('the trouble', () => file.trouble)
  file.lastWords({ gatewayState: 'failed', exitReason: 'bug (no snapshot)' })
  assert.match(troubles[0] ?? '', /no snapshot/)
  assert.equal(read(home).exit_reason, 'bug (no snapshot)')
})

test('nothing is written over the words of the watchdog', async t => {
  const home = tempHome(t)
  let condemned = false
  const file = start(t, { home, isCondemned: () => condemned })
  await file.flush()
  const before = read(home).updated_at
  condemned = true
  file.changed()
  await file.flush()
  file.lastWords({ gatewayState: 'stopped', exitReason: 'x' })
  assert.equal(read(home).updated_at, before)
})

test('a file in the way is reported, and written once it is gone', async t => {
  const home = tempHome(t)
  const inTheWay = join(home, STATE_FILE_NAME)
  mkdirSync(inTheWay)
  const troubles: (string | undefined)[] = []
  const file = start(t, { home, onTrouble: trouble => troubles.push(trouble) })
  await file.flush()
  assert.match(file.trouble ?? '', /not written/)
  rmdirSync(inTheWay)
  await waitFor('the write after the cure', () => file.trouble === undefined)
  assert.equal(read(home).kind, 'herald-gateway')
  assert.equal(troubles.length, 2)
  assert.equal(troubles[1], undefined)
})

test('a home that cannot be written: said once, retried, healed; the process lives on', {
  skip: cannotBeNobody(),
}, async t => {
  const home = tempHome(t)
  chmodSync(home, 0o755)
  const program = startProgram(t, TOY, [home], { through: AS_NOBODY })
  assert.match(await program.said('trouble'), /EACCES/)
  await program.said('ready')
  chmodSync(home, 0o777)
  await program.said('trouble none')
  assert.equal(read(home).pid, program.pid)
  assert.equal(program.stdout().match(/EACCES/g)?.length, 1)
  rmSync(join(home, STATE_FILE_NAME))
})
