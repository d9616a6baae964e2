/** An agent that is down is looked at, gently, until it is there again; what that proves, and what it does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Agent, AgentError, type AgentErrorCode, type Reached } from '../../src/agents/agent.ts'
import { FAILING_AFTER, watchAgent } from '../../src/agents/watch.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createVirtualClock, type VirtualClock } from '../../src/lib/virtual-clock.ts'
import { tell } from './acp/house.ts'

interface Patient {
  readonly watched: Agent
  readonly clock: VirtualClock
  /** When it was looked at, in seconds. */
  readonly looks: readonly number[]
  turns: AgentErrorCode | 'answer'
  /** What the turns fail by may pass. */
  isPassing: boolean
  finds: AgentErrorCode | Reached | 'nothing at all'
  ask(): Promise<void>
}

function patient(): Patient {
  const clock = createVirtualClock()
  const beganMs = clock.monotonicMs()
  const looks: number[] = []
  const its = { turns: 'answer' as Patient['turns'], isPassing: false, finds: 'reached' as Patient['finds'] }
  const agent: Agent = {
    kind: 'openai',
    async *run() {
      if (its.turns !== 'answer') throw new AgentError(its.turns, 'says the turn', { passing: its.isPassing })
      yield { kind: 'text', text: 'hi' }
    },
    health: () => ({ state: 'unknown' }),
    async probe() {
      looks.push((clock.monotonicMs() - beganMs) / 1000)
      if (its.finds === 'nothing at all') return new Promise(() => {})
      if (its.finds === 'reached' || its.finds === 'admitted') return its.finds
      throw new AgentError(its.finds, 'says the look')
    },
    forget: async () => {},
    close: async () => {},
  }
  const watched = watchAgent(agent, { clock, log: silentLogger })
  return Object.assign(its, {
    watched,
    clock,
    looks,
    ask: async () => {
      await tell(watched, 'hello').catch(() => {})
    },
  })
}

const MINUTE_MS = 60_000

test('one that cannot be reached is looked at ever more rarely, and only while it is so', async () => {
  const its = patient()
  await its.clock.advance(10 * MINUTE_MS)
  assert.deepEqual(its.looks, [], 'nobody looks at one that is well')
  its.turns = its.finds = 'agent_unreachable'
  await its.ask()
  await its.ask()
  await its.clock.advance(25 * MINUTE_MS)
  assert.deepEqual(
    its.looks.map(second => (second - 600) / 60),
    [1, 2, 3, 5, 8, 13, 18, 23],
  )
  assert.deepEqual(its.watched.health(), { state: 'failing', error: 'agent_unreachable: says the look' })
  its.turns = 'answer'
  await its.ask()
  assert.equal(its.watched.health().state, 'ok')
  await its.clock.advance(60 * MINUTE_MS)
  assert.equal(its.looks.length, 8)
  assert.equal(its.clock.armed, 0)
})

test('found there again it is unknown until a turn tells more', async () => {
  const its = patient()
  await its.ask()
  const answeredAtMs = its.clock.nowMs()
  its.turns = 'agent_unreachable'
  await its.ask()
  await its.clock.advance(MINUTE_MS)
  assert.deepEqual(its.watched.health(), {
    state: 'unknown',
    lastOkAtMs: answeredAtMs,
    reachableAtMs: its.clock.nowMs(),
  })
  await its.clock.advance(60 * MINUTE_MS)
  assert.equal(its.looks.length, 1)
  its.turns = 'answer'
  await its.ask()
  assert.deepEqual(its.watched.health(), { state: 'ok', lastOkAtMs: its.clock.nowMs() })
})

test('a look that a turn has refuted is believed only after it has found the trouble itself', async () => {
  const its = patient()
  its.turns = 'agent_unreachable'
  await its.ask()
  await its.clock.advance(MINUTE_MS)
  assert.equal(its.watched.health().state, 'unknown')
  await its.ask()
  assert.deepEqual(its.watched.health(), { state: 'failing', error: 'agent_unreachable: says the turn' })
  await its.clock.advance(60 * MINUTE_MS)
  assert.equal(its.watched.health().state, 'failing', 'what it looks at is not what fails')
  its.finds = 'agent_unreachable'
  await its.clock.advance(5 * MINUTE_MS)
  its.finds = 'reached'
  await its.clock.advance(5 * MINUTE_MS)
  assert.equal(its.watched.health().state, 'unknown')
  await its.watched.close()
  assert.equal(its.clock.armed, 0)
})

test('one that lets nobody in is back when it does again, and not because somebody is there', async () => {
  const its = patient()
  its.turns = 'agent_refused'
  its.finds = 'admitted'
  await its.ask()
  await its.clock.advance(20 * MINUTE_MS)
  assert.equal(its.watched.health().state, 'failing', 'the list of models is open to everybody')
  its.finds = 'agent_refused'
  await its.clock.advance(5 * MINUTE_MS)
  its.finds = 'reached'
  await its.clock.advance(20 * MINUTE_MS)
  assert.equal(its.watched.health().state, 'failing')
  its.finds = 'admitted'
  await its.clock.advance(5 * MINUTE_MS)
  assert.equal(its.watched.health().state, 'unknown')
})

test('a look has a bound, and ends with the agent', async () => {
  const its = patient()
  its.turns = 'agent_unreachable'
  its.finds = 'nothing at all'
  await its.ask()
  await its.clock.advance(MINUTE_MS + 15_000)
  assert.match(its.watched.health().error ?? '', /^agent_unreachable: no answer to a look within/)
  await its.clock.advance(MINUTE_MS)
  assert.equal(its.looks.length, 2)
  await its.watched.close()
  assert.equal(its.clock.armed, 0)
})

for (const code of ['agent_broken', 'agent_timeout'] as const)
  test(`${code}: a good look is not believed at once, and once at most for each turn that fails`, async () => {
    const its = patient()
    const states: string[] = []
    const live = async (minutes: number): Promise<void> => {
      for (let minute = 0; minute < minutes; minute++) {
        await its.clock.advance(MINUTE_MS)
        const { state } = its.watched.health()
        if (states.at(-1) !== state) states.push(state)
      }
    }
    its.turns = code
    await its.ask()
    await live(10)
    await its.ask()
    await live(14)
    assert.deepEqual(states, ['failing'], 'a quarter of an hour from the last turn that failed')
    await live(6)
    assert.deepEqual(states, ['failing', 'unknown'])
    assert.equal(its.watched.health().error, undefined)
    await its.ask()
    await live(120)
    assert.deepEqual(states, ['failing', 'unknown', 'failing'], 'what it looks at is not what fails')
    its.finds = 'agent_unreachable'
    await live(5)
    its.finds = 'reached'
    await live(5)
    assert.deepEqual(states, ['failing', 'unknown', 'failing', 'unknown'])
    its.turns = 'answer'
    await its.ask()
    await live(60)
    assert.deepEqual(states.at(-1), 'ok')
    assert.equal(its.clock.armed, 0)
  })

test('one failed turn of an agent that has answered is not looked after', async () => {
  const its = patient()
  await its.ask()
  its.turns = 'agent_broken'
  await its.ask()
  await its.ask()
  await its.clock.advance(60 * MINUTE_MS)
  assert.deepEqual([its.looks.length, its.watched.health().state], [0, 'unknown'])
})

test('one that refuses for the moment is not one that lets nobody in', async () => {
  const its = patient()
  its.turns = 'agent_refused'
  its.isPassing = true
  for (let times = 0; times < FAILING_AFTER; times++) await its.ask()
  assert.equal(its.watched.health().state, 'failing')
  await its.clock.advance(20 * MINUTE_MS)
  assert.equal(its.watched.health().state, 'unknown')
  await its.watched.close()
})
