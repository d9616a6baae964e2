import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { cleanUp } from '../../support/clean-up.ts'

const order = (line: string): number => ['before', 'after', 'boom', 'idle'].indexOf(line.split(' ', 1)[0] ?? '')

test('J107 a message whose handling kills the process is poison after the third real crash, and the rest is answered', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-crash-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  const shown: string[] = []
  const run = async (): Promise<string | number | null> => {
    const args = [join(import.meta.dirname, 'child.ts'), join(folder, 'herald.db'), 'before', 'boom', 'after']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    cleanUp(t, () => child.kill('SIGKILL'))
    const ended = once(child, 'exit')
    for await (const line of createInterface({ input: child.stdout })) shown.push(line)
    const [code, signal] = await ended
    return signal ?? code
  }
  assert.deepEqual([await run(), await run(), await run()], ['SIGKILL', 'SIGKILL', 'SIGKILL'])
  assert.ok(!shown.includes('idle'))
  assert.equal(await run(), 0)
  // A kill between a post and its note makes one more try with the same key: the platform shows it once.
  const [before = '', after = '', boom = '', ...others] = [...new Set(shown)].toSorted((a, b) => order(a) - order(b))
  assert.equal(before, 'before 1 re: before')
  assert.equal(after, 'after 1 re: after')
  assert.match(boom, /^boom 1 \(One of the messages here failed several times/)
  assert.deepEqual(others, ['idle'])
  assert.equal(shown.at(-1), 'idle')
})
