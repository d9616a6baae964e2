/**
 * Keeps a state file under the watchdog and freezes its event loop when it is told to, on SIGUSR2. Arguments: home, way (loop,
 * regex, native; `opening` is a loop, and another one before its home is open), watchdog bound in ms, how long a loop lasts in ms.
 */
import { pbkdf2Sync } from 'node:crypto'
import { systemProcesses } from '../../../src/gateway/process/locks/process-identity.ts'
import { startWatchdog } from '../../../src/gateway/process/watchdog/watchdog.ts'
import { createStateFile } from '../../../src/gateway/status/state-file.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { sampleDocument } from '../programs.ts'

const [home = '', way = 'loop', boundMs = '5000', freezeMs = '60000'] = process.argv.slice(2)

const watchdog = startWatchdog({
  home,
  clock: systemClock,
  boundMs: Number(boundMs),
  onTrouble: message => console.log(`trouble ${message}`),
})
const file = createStateFile({
  home,
  clock: systemClock,
  snapshot: () => sampleDocument({ pid_start: systemProcesses.startTicks(process.pid) }),
  onPublish: document => watchdog.prepare(document),
  isCondemned: () => watchdog.condemned,
})
process.on('exit', () => file.lastWords({ gatewayState: 'stopped', exitReason: 'exit handler' }))

function freeze(): void {
  const endMs = performance.now() + Number(freezeMs)
  if (way === 'loop' || way === 'opening') while (performance.now() < endMs) {}
  if (way === 'regex') /^(a+)+$/.test(`${'a'.repeat(50)}b`)
  // Native code that looks at no interrupt: some hundred million rounds in one call.
  if (way === 'native') pbkdf2Sync('a', 'b', 400_000_000, 64, 'sha512')
  console.log('thawed')
}

await file.flush()
// The thread has to be up before the loop is frozen, as it is in any gateway that has lived for a second.
setTimeout(() => {
  if (way === 'opening') freeze()
  watchdog.opened()
  process.on('SIGUSR2', freeze)
  // What is opened later.
  process.on('SIGTTOU', () => watchdog.patiently(freeze))
  console.log('ready')
}, 500)
setInterval(() => console.log('turn'), 100)
