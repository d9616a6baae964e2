/** Keeps the state file of a home with one "connected" account, until it is killed. Arguments: home. */
import { systemProcesses } from '../../../src/gateway/process/locks/process-identity.ts'
import { createStateFile } from '../../../src/gateway/status/state-file.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { sampleDocument } from '../programs.ts'

const home = process.argv[2] ?? ''
const file = createStateFile({
  home,
  clock: systemClock,
  snapshot: () => sampleDocument({ pid_start: systemProcesses.startTicks(process.pid) }),
  onTrouble: trouble => console.log(`trouble ${trouble ?? 'none'}`),
})
await file.flush()
console.log(`ready ${process.pid}`)
setInterval(() => file.changed(), 200)
