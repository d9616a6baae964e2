/** Claims a bot and its home, says so, and holds on. Arguments: app id, home, platform, shared folder. */
import { claimBot, claimHome } from '../../../src/gateway/process/locks/instance-lock.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { describeError } from '../../../src/lib/errors.ts'

const [appId = '', home = '', platform = process.platform, sharedFolder = home] = process.argv.slice(2)
const options = { clock: systemClock, pid: process.pid, home, platform, sharedFolder }
try {
  await claimHome(options)
  await claimBot(appId, options)
  console.log(`owner ${process.pid}`)
  setInterval(() => {}, 1000)
} catch (error) {
  console.log(`refused ${describeError(error)}`)
}
