/**
 * A service made of the gateway's parts alone, for a real systemd. Arguments: how it behaves, then `run --home DIR` as the
 * unit has it. It counts its starts in the home.
 */
import { pbkdf2Sync } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemProcesses } from '../../../src/gateway/process/locks/process-identity.ts'
import { createNotifier } from '../../../src/gateway/process/notify.ts'
import { watchSignals } from '../../../src/gateway/process/signals.ts'
import { isSupervised } from '../../../src/gateway/process/unit.ts'
import { startWatchdog } from '../../../src/gateway/process/watchdog/watchdog.ts'
import { createStateFile } from '../../../src/gateway/status/state-file.ts'
import { readStateFile } from '../../../src/gateway/status/state-reader.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import { sampleDocument } from '../programs.ts'

const [way = '', , , home = ''] = process.argv.slice(2)
const { env, pid } = process

const before = readStateFile(home, systemClock)
const lastWord = before.trusted ? undefined : before.lastWord
console.log(`before ${lastWord?.gateway_state} ${lastWord?.exit_reason} ${lastWord?.platforms['qqbot']?.state}`)
console.log(`supervised ${isSupervised({ SYSTEMD_EXEC_PID: env['SYSTEMD_EXEC_PID'] }, pid)}`)
appendFileSync(join(home, 'starts'), '.')
const starts = readFileSync(join(home, 'starts'), 'utf8').length

const watchdog = startWatchdog({ home, clock: systemClock, onTrouble: console.log })
watchdog.opened()
const file = createStateFile({
  home,
  clock: systemClock,
  snapshot: () => sampleDocument({ pid_start: systemProcesses.startTicks(pid) }),
  onPublish: document => watchdog.prepare(document),
  isCondemned: () => watchdog.condemned,
})
const notifier = createNotifier({
  environment: {
    socket: env['NOTIFY_SOCKET'],
    watchdogUsec: env['WATCHDOG_USEC'],
    watchdogPid: env['WATCHDOG_PID'],
    pid,
    path: env['PATH'],
  },
  clock: systemClock,
  log: silentLogger,
})
watchSignals({
  source: process,
  clock: systemClock,
  env: {},
  parentPid: () => process.ppid,
  onStop: by => leave(0, 'stopped', by),
  onImpatience: () => process.exit(0),
  onReload: console.log,
})

function leave(code: number, gatewayState: 'stopped' | 'failed', reason: string): void {
  notifier.stopping(`ending with ${code}`)
  notifier.close().then(
    () => {
      file.lastWords({ gatewayState, exitReason: reason })
      process.exit(code)
    },
    () => process.exit(1),
  )
}

await file.flush()
notifier.ready(`start ${starts}: running`)
notifier.watch(() => !(way === 'unhealthy' && starts === 1))
const [verb, argument] = way.split('-')
if (verb === 'exit') leave(Number(argument), 'failed', `toy ${argument}`)
if (verb === 'sixtimes' && starts <= 6) leave(75, 'failed', 'all_platforms_down')
if (verb === 'freeze' && starts === 1)
  setTimeout(() => {
    console.log('freezing')
    if (argument === 'native') pbkdf2Sync('a', 'b', 400_000_000, 64, 'sha512')
    for (;;) {}
  }, 1000)
setInterval(() => {}, 1000)
