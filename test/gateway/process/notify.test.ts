import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemProcesses } from '../../../src/gateway/process/locks/process-identity.ts'
import { createNotifier, type NotifyEnvironment, watchdogPeriodMs } from '../../../src/gateway/process/notify.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { type Logger, silentLogger } from '../../../src/lib/log.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'
import type { CleanUp } from '../../support/clean-up.ts'
import { tempHome, waitFor } from '../programs.ts'

const environment: NotifyEnvironment = {
  socket: '/run/nowhere/notify',
  watchdogUsec: undefined,
  watchdogPid: undefined,
  pid: process.pid,
  path: process.env['PATH'],
}

/** A stand-in for `systemd-notify`, a real child that writes down what it was asked to say and then does `more`. */
function teller(t: CleanUp, more = '') {
  const home = tempHome(t)
  const command = join(home, 'teller')
  const heard = join(home, 'heard')
  writeFileSync(
    command,
    `#!/bin/sh\nfor word in "$@"; do printf '%s;' "$word"; done >> ${heard}\necho " $$" >> ${heard}\n${more}\n`,
  )
  chmodSync(command, 0o755)
  const calls = (): string[] => (existsSync(heard) ? readFileSync(heard, 'utf8').split('\n').slice(0, -1) : [])
  return {
    command,
    /** One entry per child: its words. */
    said: () => calls().map(line => line.replace(/ \d+$/, '')),
    pids: () => calls().map(line => Number(line.split(' ').at(-1))),
  }
}

function loggerInto(lines: string[]): Logger {
  const log = (message: string): void => void lines.push(message)
  return { debug: log, info: log, warn: log, error: log, child: () => loggerInto(lines) }
}

test('ready, status and stopping arrive, in one line each, the newest status last', async t => {
  const { command, said } = teller(t)
  const notifier = createNotifier({ environment, clock: systemClock, log: silentLogger, command })
  notifier.ready('starting\n EVIL=1\0')
  await waitFor('READY', () => said().length === 1)
  assert.equal(said()[0], 'READY=1;STATUS=starting EVIL=1;')
  for (let n = 0; n < 200; n++) notifier.status(`qqbot retrying ${n}`)
  await waitFor('the newest status', () => said().includes('STATUS=qqbot retrying 199;'))
  assert.ok(said().length <= 3, said().join('\n'))
  const before = said().length
  notifier.status('qqbot retrying 199')
  notifier.extendTimeout(5e6)
  notifier.stopping('bye')
  await notifier.close()
  const words = said().slice(before).join('')
  assert.match(words, /EXTEND_TIMEOUT_USEC=5000000;/)
  assert.match(words, /STOPPING=1;.*STATUS=bye;|STATUS=bye;.*STOPPING=1;/)
  assert.doesNotMatch(words, /retrying 199/)
})

test('before a work that lets no sign of life out systemd is asked for patience, and after it all is as before', async t => {
  const { command, said } = teller(t)
  const watched = { ...environment, watchdogUsec: '30000000' }
  const notifier = createNotifier({ environment: watched, clock: systemClock, log: silentLogger, command })
  let heard: readonly string[] = []
  notifier.patiently(900_000, () => {
    heard = said()
  })
  assert.deepEqual(heard, ['WATCHDOG_USEC=900000000;'])
  await waitFor('the time of before', () => said().length === 2)
  assert.equal(said()[1], 'WATCHDOG_USEC=30000000;WATCHDOG=1;')
  assert.throws(() => notifier.patiently(1000, () => assert.fail('the disk is full again')), /full again/)
  await notifier.close()
  assert.equal(said().at(-1), 'WATCHDOG_USEC=30000000;WATCHDOG=1;')
})

test('where nobody waits for signs of life nobody is asked for patience', async t => {
  const { command, said } = teller(t)
  const notifier = createNotifier({ environment, clock: systemClock, log: silentLogger, command })
  let worked = false
  notifier.patiently(900_000, () => {
    worked = true
  })
  await notifier.close()
  assert.deepEqual([worked, said()], [true, []])
})

test('without a socket nothing is ever started', async t => {
  const { command, said } = teller(t)
  const clock = createVirtualClock()
  const notifier = createNotifier({
    environment: { ...environment, socket: undefined, watchdogUsec: '1000000' },
    clock,
    log: silentLogger,
    command,
  })
  notifier.ready('x')
  notifier.watch(() => true)
  notifier.stopping('y')
  assert.equal(notifier.enabled, false)
  assert.equal(clock.armed, 0)
  await notifier.close()
  assert.deepEqual(said(), [])
})

test('signs of life go out at half of the time, only while all is well', async t => {
  const { command, said } = teller(t)
  const clock = createVirtualClock()
  const lines: string[] = []
  let healthy = true
  const notifier = createNotifier({
    environment: { ...environment, watchdogUsec: '4000000' },
    clock,
    log: loggerInto(lines),
    command,
  })
  notifier.watch(() => {
    if (healthy) return true
    throw new Error('past its word')
  })
  await waitFor('the first', () => said().length === 1 && clock.armed === 1)
  await clock.advance(1999)
  assert.equal(said().length, 1)
  await clock.advance(1)
  await waitFor('the second', () => said().length === 2 && clock.armed === 1)
  healthy = false
  await clock.advance(20_000)
  assert.equal(said().length, 2)
  assert.equal(lines.length, 1, 'said once')
  healthy = true
  await clock.advance(2000)
  await waitFor('signs of life again', () => said().length === 3)
  await notifier.close()
  assert.equal(clock.armed, 0)
})

test('for whom the watchdog is meant', () => {
  const period = (watchdogUsec: string | undefined, watchdogPid?: string) =>
    watchdogPeriodMs({ ...environment, watchdogUsec, watchdogPid })
  assert.equal(period('30000000'), 15_000)
  assert.equal(period('30000000', String(process.pid)), 15_000)
  assert.equal(period('30000000', '1'), undefined, 'inherited from another process')
  assert.equal(period(undefined), undefined)
  assert.equal(period('0'), undefined)
  assert.equal(period('soon'), undefined)
})

test('a child that hangs is killed, another one is tried, and they never pile up', async t => {
  const { command, pids } = teller(t, 'exec sleep 60')
  const clock = createVirtualClock()
  const lines: string[] = []
  const notifier = createNotifier({ environment, clock, log: loggerInto(lines), command })
  notifier.ready('x')
  for (let round = 1; round <= 3; round++) {
    await waitFor(`child ${round}`, () => pids().length === round)
    for (let n = 0; n < 50; n++) notifier.status(`${round} ${n}`)
    await waitFor('the one before to be gone', () => pids().filter(systemProcesses.isAlive).length === 1)
    await clock.advance(7000)
  }
  await waitFor('the last child', () => pids().length === 4)
  assert.equal(lines.length, 1, 'the trouble is said once')
  const closed = notifier.close()
  await clock.advance(2000)
  await closed
  await waitFor('no child is left', () => !pids().some(systemProcesses.isAlive))
  assert.equal(clock.armed, 0)
})

test('READY that could not be told is told later; a missing systemd-notify is said once', async t => {
  const home = tempHome(t)
  const flag = join(home, 'flag')
  const { command, said } = teller(t, `test -e ${flag} || { touch ${flag}; exit 1; }`)
  const notifier = createNotifier({ environment, clock: systemClock, log: silentLogger, command })
  notifier.ready('x')
  await waitFor('the second try', () => said().length === 2)
  assert.equal(said()[1], 'READY=1;STATUS=x;')
  await notifier.close()

  const lines: string[] = []
  const clock = createVirtualClock()
  const missing = createNotifier({
    environment: { ...environment, watchdogUsec: '2000000' },
    clock,
    log: loggerInto(lines),
    command: join(home, 'not-there'),
  })
  missing.ready('x')
  missing.watch(() => true)
  await waitFor('the refusal', () => !missing.enabled)
  missing.status('y')
  await clock.advance(60_000)
  await missing.close()
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /not installed/)
  assert.equal(clock.armed, 0)
})

test('what the system refuses at once is no more than trouble: the words are tried again', async t => {
  const { command, said } = teller(t)
  const lines: string[] = []
  const clock = createVirtualClock()
  // More than a program may be handed: like a want of memory, it is thrown instead of told.
  const path = `/bin:${'x'.repeat(3 * 1024 * 1024)}`
  const notifier = createNotifier({ environment: { ...environment, path }, clock, log: loggerInto(lines), command })
  notifier.ready('x')
  await clock.advance(60_000)
  assert.deepEqual(lines, ['systemd could not be told'])
  const closing = notifier.close()
  await clock.advance(2_000)
  await closing
  assert.deepEqual([said(), clock.armed], [[], 0])
})
