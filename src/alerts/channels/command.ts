/** An alert as one JSON line on the stdin of a program; its exit code says whether it was taken. */

import { sleep } from '../../lib/clock.ts'
import { type ChildWorld, type Program, startChild } from '../../lib/process/child.ts'
import { asJson, type Channel } from '../channel.ts'

const TIMEOUT_MS = 30_000
const GRACE_MS = 1_000

export function createCommand(program: Program, world: ChildWorld): Channel {
  return {
    name: `command ${program.command}`,
    async deliver(notice, signal) {
      const child = startChild(program, world)
      child.stdin.end(`${JSON.stringify(asJson(notice))}\n`)
      child.stdout.resume()
      const called = new AbortController()
      const bound = AbortSignal.any([signal, called.signal])
      const late = sleep(world.clock, TIMEOUT_MS, bound).then(
        () => new Error(`did not end within ${TIMEOUT_MS / 1000} s`),
        () => new Error('was called off'),
      )
      const end = await Promise.race([child.ended, late])
      called.abort()
      if (end instanceof Error) {
        await child.stop(GRACE_MS)
        throw end
      }
      if (end.code !== 0) throw new Error(`ended with ${end.signal ?? `code ${end.code}`}`)
    },
  }
}
