import assert from 'node:assert/strict'
import { test } from 'node:test'
import { armedAtMs, startSession, stepSession } from '../../../../src/platforms/qqbot/link/session.ts'
import type { SessionConfig, SessionEvent, SessionStep } from '../../../../src/platforms/qqbot/link/session-types.ts'
import { DEFAULT_LIMITS } from '../../../../src/platforms/qqbot/settings.ts'

const CONFIG: SessionConfig = {
  backoffSeconds: [2, 5],
  maxAttempts: 0,
  limits: DEFAULT_LIMITS,
  rungs: 1,
  recounts: false,
}

/** Lets links live for `lifeMs` each, with an ACK where `acked`, and tells by what each of them began. */
function flap(links: number, lifeMs: number, acked: boolean): readonly string[] {
  let nowMs = 0
  const begun: string[] = []
  const input = () => ({ nowMs, jitter: 0.5, identifyWaitMs: 0, turnWaitMs: 0 })
  let step: SessionStep = startSession(CONFIG, true, input())
  const hear = (event: (ticket: number) => SessionEvent): void => {
    const ticket = 'ticket' in step.state ? step.state.ticket : -1
    step = stepSession(CONFIG, step.state, event(ticket), input())
    for (const effect of step.effects) if (effect.do === 'identify' || effect.do === 'resume') begun.push(effect.do)
  }
  while (begun.length < links) {
    if (step.state.phase === 'waiting') {
      nowMs = armedAtMs(step.state) ?? nowMs
      hear(() => ({ type: 'tick', lateMs: 0, jumped: false }))
      continue
    }
    hear(ticket => ({ type: 'token_ready', ticket }))
    hear(ticket => ({ type: 'gateway_ready', ticket }))
    hear(ticket => ({ type: 'opened', ticket }))
    hear(ticket => ({ type: 'hello', ticket, intervalMs: 45_000 }))
    hear(ticket =>
      begun.at(-1) === 'resume' ? { type: 'resumed', ticket } : { type: 'ready', ticket, resumable: true },
    )
    if (acked) hear(ticket => ({ type: 'ack', ticket }))
    nowMs += lifeMs
    hear(ticket => ({ type: 'closed', ticket, code: 1006, reason: '' }))
  }
  return begun
}

test('a network that flaps keeps its session, so that no gap costs its events', () => {
  assert.deepEqual(new Set(flap(8, 6_000, true)), new Set(['resume']))
})

test('C27 a session that dies right after RESUMED, or without an ACK, is given up after two', () => {
  const twiceThenAnew = ['resume', 'resume', 'identify', 'resume', 'resume', 'identify']
  assert.deepEqual(flap(6, 1_000, true), twiceThenAnew)
  assert.deepEqual(flap(6, 30_000, false), twiceThenAnew)
})
