/** The heartbeat of a live link: when to beat, what an ACK proves, and when silence means that the link is dead. Pure. */

import type { TimeLimits } from '../settings.ts'
import type { Fault, Pulse } from './session-types.ts'

/** Timers this late mean that our own event loop did not run. */
const OWN_DELAY_MS = 100
/** Time for what waits in the socket to be read, after we were away. */
const HEARING_MS = 250
/** Away this long, the link is asked whether it is still there instead of being believed. */
const SUSPENDED_MS = 5_000
/** More unanswered beats than this are not told apart. */
const MOST_UNACKED = 100

/** READY or RESUMED came; the beat that goes out right after it is counted here. */
export function firstPulse(intervalMs: number, nowMs: number, limits: TimeLimits): Pulse {
  return {
    intervalMs,
    readyAtMs: nowMs,
    proofAtMs: nowMs,
    nextBeatAtMs: nowMs + intervalMs,
    unacked: 1,
    acked: false,
    forgivenMs: 0,
    sampleAtMs: nowMs + limits.sampleMs,
    probe: null,
  }
}

export function beat(pulse: Pulse, nowMs: number): Pulse {
  return { ...pulse, unacked: Math.min(pulse.unacked + 1, MOST_UNACKED), nextBeatAtMs: nowMs + pulse.intervalMs }
}

/** An ACK that answers a beat of ours. While a probe runs, only the answer to the probe itself ends it. */
export function confirm(pulse: Pulse, nowMs: number): Pulse {
  const wanted = (pulse.probe?.wanted ?? 0) - 1
  const probe = pulse.probe !== null && wanted > 0 ? { ...pulse.probe, wanted } : null
  return { ...pulse, unacked: pulse.unacked - 1, acked: true, proofAtMs: nowMs, forgivenMs: 0, probe }
}

/** No proof for two intervals: the link is dead. */
export function proofDeadlineMs(pulse: Pulse): number {
  return pulse.proofAtMs + 2 * pulse.intervalMs + pulse.forgivenMs
}

export function pulseDueAtMs(pulse: Pulse): number {
  const probeMs = pulse.probe?.deadlineAtMs ?? Number.POSITIVE_INFINITY
  return Math.min(pulse.nextBeatAtMs, proofDeadlineMs(pulse), probeMs, pulse.sampleAtMs)
}

/** A tick on a live link: whether it is lost, or a beat is due. Our own absence is not the peer's fault. */
export function lateTick(
  before: Pulse,
  tick: { readonly lateMs: number; readonly jumped: boolean },
  nowMs: number,
  limits: TimeLimits,
): { readonly pulse: Pulse; readonly beats: boolean; readonly lost?: Fault } {
  const late = tick.lateMs >= OWN_DELAY_MS
  const forgivenMs = late ? before.forgivenMs + tick.lateMs + HEARING_MS : before.forgivenMs
  const pulse = { ...before, forgivenMs, sampleAtMs: nowMs + limits.sampleMs }
  const slept = tick.lateMs >= SUSPENDED_MS
  // A clock that jumps again and again does not put off the answer that is awaited.
  if (slept || (tick.jumped && pulse.probe === null)) return { pulse: probed(pulse, nowMs, limits), beats: true }
  if (pulse.probe !== null && nowMs >= pulse.probe.deadlineAtMs + (late ? tick.lateMs + HEARING_MS : 0))
    return { pulse, beats: false, lost: { code: 'qq_link_stale', message: 'after a suspension the link was dead' } }
  if (nowMs >= proofDeadlineMs(pulse)) return { pulse, beats: false, lost: missingAcks(pulse, nowMs) }
  if (nowMs >= pulse.nextBeatAtMs) return { pulse: beat(pulse, nowMs), beats: true }
  return { pulse, beats: false }
}

/** ACKs of earlier beats may still wait in the socket and prove nothing: the one that counts comes after all of them. */
function probed(pulse: Pulse, nowMs: number, limits: TimeLimits): Pulse {
  const beating = beat(pulse, nowMs)
  const deadlineAtMs = nowMs + Math.min(limits.probeMs, pulse.intervalMs)
  return {
    ...beating,
    // The silence of the time we were away says nothing; the probe decides.
    forgivenMs: Math.max(pulse.forgivenMs, nowMs - pulse.proofAtMs),
    probe: { wanted: beating.unacked, deadlineAtMs },
  }
}

function missingAcks(pulse: Pulse, nowMs: number): Fault {
  const seconds = Math.round((nowMs - pulse.proofAtMs) / 1000)
  return { code: 'qq_ack_missing', message: `no heartbeat was answered for ${seconds} s` }
}
