/** Opens files until there can be no more, starts a program all the same, says what came of it, and goes on. */
import { closeSync, openSync } from 'node:fs'
import { systemClock } from '../../../src/lib/clock.ts'
import { describeError } from '../../../src/lib/errors.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import { startChild } from '../../../src/lib/process/child.ts'

const start = () =>
  startChild({ command: 'true', args: [], env: {} }, { clock: systemClock, log: silentLogger, env: process.env })

const files: number[] = []
try {
  for (;;) files.push(openSync('/dev/null', 'r'))
} catch {}
try {
  start()
} catch (thrown) {
  console.log(describeError(thrown))
}
// The system tells the rest of it a little later.
await new Promise<void>(resolve => setImmediate(resolve))
for (const file of files) closeSync(file)
const { code } = await start().ended
console.log(`then ${code}`)
