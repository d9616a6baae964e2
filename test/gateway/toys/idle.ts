/** Starts the watchdog and has nothing else to do: the process must end by itself. Arguments: home. */
import { startWatchdog } from '../../../src/gateway/process/watchdog/watchdog.ts'
import { systemClock } from '../../../src/lib/clock.ts'

startWatchdog({ home: process.argv[2] ?? '', clock: systemClock, onTrouble: console.log })
setTimeout(() => console.log('done'), 700)
