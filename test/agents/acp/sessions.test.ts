/** What is known of the sessions of an agent's process must not outlive that process in memory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type AcpLink, openLink } from '../../../src/agents/acp/link.ts'
import { type AcpSessions, createAcpSessions } from '../../../src/agents/acp/sessions.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import { cleanUp } from '../../support/clean-up.ts'
import { eventually } from '../../support/eventually.ts'
import { TURN } from '../house.ts'
import { ACP_AGENT, folder, memoryOf } from './house.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')
const { signal } = new AbortController()

function begin(cwd: string): Promise<AcpLink> {
  const program = { command: process.execPath, args: [ACP_AGENT], cwd, env: {} }
  return openLink(program, { clock: systemClock, log: silentLogger, env: process.env }, signal)
}

/** A session of a process that is gone again; nothing but the sessions may know it afterwards. */
async function speakAndEnd(sessions: AcpSessions, cwd: string): Promise<WeakRef<AcpLink>> {
  const link = await begin(cwd)
  await sessions.open(link, TURN, signal)
  await link.stop()
  await link.end
  return new WeakRef(link)
}

test('a process that ended is let go when another conversation speaks, though its own never does again', async t => {
  const cwd = folder(t)
  const sessions = createAcpSessions('tester', cwd, memoryOf(), silentLogger)
  const ended = await speakAndEnd(sessions, cwd)
  const link = await begin(cwd)
  cleanUp(t, () => link.stop())
  await sessions.open(link, { ...TURN, session: 'qqbot:c2c:bob' }, signal)
  await eventually('the ended process is forgotten', 10_000, () => {
    collect()
    return ended.deref() === undefined
  })
  // Its conversation is not: the other process takes it up.
  assert.equal((await sessions.open(link, TURN, signal)).fresh, false)
})
