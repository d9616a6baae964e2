/** What a stop leaves behind, and what the log must never say. */
import type { LogFields } from '../../../src/lib/log.ts'
import type { Running, Stop } from '../machine/machine.ts'
import type { Network } from '../network/network.ts'
import { TOLD } from '../people/agent.ts'
import type { Violations } from './violations.ts'

const IDLE_BOUND_MS = 2_000
const BUSY_BOUND_MS = 10_000
const SLACK_MS = 500

export function checkStop(
  { process }: Running,
  { tookMs, busy, whole }: Stop,
  network: Network,
  violations: Violations,
): void {
  const boundMs = (busy ? BUSY_BOUND_MS : IDLE_BOUND_MS) + SLACK_MS
  if (tookMs > boundMs)
    violations.add('slow stop', `${Math.round(tookMs)} ms, ${busy ? 'with' : 'without'} work in flight`)
  // What hung (on a disk that takes its time) is left behind, and the end of the process is the end of it.
  if (!whole) return
  const { sockets, requests } = network.heldBy(process)
  const timers = process.clock.armed
  if (sockets + requests + timers > 0)
    violations.add('left over', `after the stop: ${sockets} sockets, ${requests} requests, ${timers} timers`)
}

/** Errors that the world itself has brought about. Any other one in the log is a fault of the gateway. */
const EXPECTED = [
  /^a turn failed$/,
  /^a message whose turn the process did not survive/,
  /^the journal cannot be opened yet$/,
]

export function createLogWatch(violations: Violations): (message: string, fields: LogFields) => void {
  return (message, fields) => {
    const { code } = fields
    if (message === 'a life ended' && (code === 'bug' || code === 'life_stalled'))
      violations.add('bug', `a life ended as ${code}: ${fields['reason']}`)
    if (fields['level'] !== 'error') return
    if (message === 'a turn failed' && code === 'bug' && fields['reason'] !== TOLD) {
      violations.add('bug', `a turn failed by itself: ${JSON.stringify(fields)}`)
      return
    }
    if (!EXPECTED.some(pattern => pattern.test(message))) violations.add('bug', `${message} ${JSON.stringify(fields)}`)
  }
}
