/** Starts a program that ignores signals and has a child of its own, says who they are, and waits to be killed. */

import { systemClock } from '../../../src/lib/clock.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import { startChild } from '../../../src/lib/process/child.ts'

const child = startChild(
  {
    command: 'sh',
    args: ['-c', 'trap "" TERM HUP PIPE; sleep 1000 & echo "$$ $!"; while :; do wait; sleep 1; done'],
    env: {},
  },
  { clock: systemClock, log: silentLogger, env: process.env },
)
child.stdout.pipe(process.stdout)
setInterval(() => {}, 1000)
