/** A hook that is a program, started for every event: one JSON line in, one JSON object out, or nothing. */
import { StringDecoder } from 'node:string_decoder'
import { parseJson } from '../lib/json.ts'
import { type ChildWorld, type Program, startChild } from '../lib/process/child.ts'
import type { RunHook } from './run-hook.ts'

const GRACE_MS = 200
const LONGEST_ANSWER = 1024 * 1024

export function createProgramHook(program: Program, world: ChildWorld): RunHook {
  return {
    async run(event, signal) {
      const child = startChild(program, world)
      const onAbort = (): void => void child.stop(GRACE_MS)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        if (signal.aborted) onAbort()
        child.stdin.end(`${JSON.stringify(event)}\n`)
        const decoder = new StringDecoder('utf8')
        let said = ''
        for await (const chunk of child.stdout) {
          said += decoder.write(chunk)
          if (said.length > LONGEST_ANSWER) throw new Error('it wrote too much')
        }
        const { code, signal: by } = await child.ended
        signal.throwIfAborted()
        if (code !== 0) throw new Error(`it ended with ${by ?? `code ${code}`}`)
        if (said.trim() === '') return undefined
        const answer = parseJson(said)
        if (answer === undefined) throw new Error('it wrote something that is no JSON')
        return answer
      } catch (thrown) {
        // Its pipes are closed by the stop: that they broke is no news then.
        signal.throwIfAborted()
        throw thrown
      } finally {
        signal.removeEventListener('abort', onAbort)
        if (child.alive) await child.stop(GRACE_MS)
      }
    },
    async close() {},
  }
}
