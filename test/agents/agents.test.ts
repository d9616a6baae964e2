/** Several agents behind one contract: who serves whom, and how each of them is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Agent, AgentError, type AgentErrorCode } from '../../src/agents/agent.ts'
import { createDeadlines } from '../../src/agents/bounds/deadlines.ts'
import { createAgents } from '../../src/agents/create-agents.ts'
import { nextStart } from '../../src/agents/process/pace.ts'
import { agentFor } from '../../src/agents/routes.ts'
import { FAILING_AFTER, type WatchWorld } from '../../src/agents/watch.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { tell } from './acp/house.ts'
import { TURN } from './house.ts'

const worldAt = (clock = createVirtualClock()): WatchWorld => ({ clock, log: silentLogger })

const scripted = (
  kind: string,
): Agent & { fails: AgentErrorCode | undefined; passing: boolean; forgotten: number; cannotStart: boolean } => ({
  kind,
  fails: undefined,
  passing: false,
  forgotten: 0,
  cannotStart: false,
  async *run({ text }) {
    if (this.fails) throw new AgentError(this.fails, 'as told', { passing: this.passing })
    yield { kind: 'text', text: `${kind}: ${text}` }
  },
  health() {
    return this.cannotStart ? { state: 'failing', cannotStart: true, error: 'not there' } : { state: 'unknown' }
  },
  async forget() {
    this.forgotten += 1
  },
  close: async () => {},
})

test('the first route that fits names the agent, an owner’s choice comes before', () => {
  const routes = [
    { account: 'qqbot:work', agent: 'coder' },
    { chat: 'qqbot:group:g1', user: 'bob', agent: 'poet' },
    { chat: 'g2', agent: 'poet' },
    { user: 'carol', agent: 'gone' },
    { user: 'carol', agent: 'coder' },
  ]
  const known = (name: string) => ['default', 'coder', 'poet'].includes(name)
  const served = (account: string, kind: 'c2c' | 'group', id: string, user: string, agent?: string): string =>
    agentFor(
      { chat: { account, kind, id }, sender: { id: user }, ...(agent === undefined ? {} : { agent }) },
      routes,
      known,
    )
  assert.deepEqual(
    [
      served('qqbot:work', 'c2c', 'x', 'x'),
      served('qqbot', 'c2c', 'x', 'x'),
      served('qqbot', 'group', 'g1', 'bob'),
      served('qqbot', 'group', 'g1', 'eve'),
      served('qqbot', 'group', 'g2', 'eve'),
      served('qqbot', 'c2c', 'carol', 'carol'),
      served('qqbot:work', 'c2c', 'x', 'x', 'poet'),
      served('qqbot:work', 'c2c', 'x', 'x', 'gone'),
    ],
    ['coder', 'default', 'poet', 'default', 'poet', 'coder', 'poet', 'coder'],
  )
})

test('turns go where the routes say; a chat that begins anew does so everywhere', async () => {
  const clock = createVirtualClock()
  const main = scripted('echo')
  const coder = scripted('acp')
  const agents = createAgents(main, { coder }, [{ user: 'bob', agent: 'coder' }], worldAt(clock))
  assert.deepEqual(agents.names, ['default', 'coder'])
  assert.equal(agents.serving({ ...TURN, sender: { id: 'bob' } }).name, 'coder')
  assert.deepEqual(agents.serving({ ...TURN, sender: { id: 'bob' }, agent: 'default' }), {
    name: 'default',
    kind: 'echo',
    state: 'unknown',
  })
  assert.equal((await tell(agents, 'hi')).text, 'echo: hi')
  assert.equal((await tell(agents, 'hi', { sender: { id: 'bob' } })).text, 'acp: hi')
  await agents.forget(TURN.chat)
  assert.deepEqual([main.forgotten, coder.forgotten], [1, 1])
})

test('a chat is summed up by the agent that serves it, where that one can', async () => {
  const poet: Agent = { ...scripted('openai'), summarize: async (_where, history) => `${history.length} lines` }
  const where = (id: string) => ({ chat: { account: 'qqbot', kind: 'group' as const, id }, session: id })
  const history = [{ role: 'user' as const, text: 'hi' }]
  const agents = createAgents(scripted('acp'), { poet }, [{ chat: 'g1', agent: 'poet' }], worldAt())
  const { signal } = new AbortController()
  assert.equal(await agents.summarize?.(where('g1'), history, signal), '1 lines')
  assert.equal(await agents.summarize?.(where('g2'), history, signal), undefined)
})

test('replaced agents serve the next turns; one that goes ends its turn, and only then is closed', async () => {
  const gate = Promise.withResolvers<void>()
  const closed: string[] = []
  const named = (kind: string, wait?: Promise<void>): Agent => ({
    ...scripted(kind),
    async *run() {
      await wait
      yield { kind: 'text', text: `from ${kind}` }
    },
    close: async () => void closed.push(kind),
  })
  const [old, stays, young] = [named('old', gate.promise), named('stays'), named('young')]
  const agents = createAgents(old, { stays }, [], worldAt())
  const slow = tell(agents, 'hi')
  await tell(agents, 'hi', { agent: 'stays' })
  agents.replace(young, { stays }, [{ user: 'bob', agent: 'stays' }])
  assert.equal((await tell(agents, 'hi')).text, 'from young')
  assert.equal((await tell(agents, 'hi', { sender: { id: 'bob' } })).text, 'from stays')
  assert.deepEqual(closed, [])
  assert.deepEqual([agents.kind, agents.healths()['stays']?.state], ['young', 'ok'])
  gate.resolve()
  assert.equal((await slow).text, 'from old')
  assert.deepEqual(closed, ['old'])
  agents.replace(young, {}, [])
  assert.deepEqual(closed, ['old', 'stays'])
  await agents.close()
  assert.deepEqual(closed, ['old', 'stays', 'young'])
})

test('an agent that breaks off is failing after some turns in a row, and ok again after a good one', async () => {
  const clock = createVirtualClock()
  const main = scripted('http')
  const agents = createAgents(main, {}, [], worldAt(clock))
  const state = () => agents.healths()['default']?.state
  assert.equal(state(), 'unknown')
  await tell(agents, 'hi')
  assert.deepEqual([state(), agents.health().lastOkAtMs], ['ok', clock.nowMs()])
  main.fails = 'agent_broken'
  for (let failed = 1; failed <= FAILING_AFTER; failed++) {
    await assert.rejects(tell(agents, 'hi'))
    assert.equal(state(), failed < FAILING_AFTER ? 'unknown' : 'failing')
  }
  assert.equal(agents.health().error, 'agent_broken: as told')
  main.fails = undefined
  await tell(agents, 'hi')
  assert.deepEqual(agents.healths(), { default: { kind: 'http', state: 'ok', lastOkAtMs: clock.nowMs() } })
})

test('an agent that is down is failing with the first turn that finds it so', async () => {
  for (const code of ['agent_unreachable', 'agent_refused'] as const) {
    const main = scripted('http')
    const agents = createAgents(main, {}, [], worldAt())
    await tell(agents, 'hi')
    main.fails = code
    await assert.rejects(tell(agents, 'hi'))
    assert.equal(agents.health().state, 'failing', code)
    main.fails = 'agent_broken'
    await assert.rejects(tell(agents, 'hi'))
    assert.equal(agents.health().state, 'failing', 'nothing has answered since')
    main.fails = undefined
    await tell(agents, 'hi')
    assert.equal(agents.health().state, 'ok', code)
  }
})

test('an agent that has never answered is failing with the first turn, but not for what may be the question’s fault', async () => {
  const main = scripted('command')
  const agents = createAgents(main, {}, [], worldAt())
  main.fails = 'agent_refused'
  main.passing = true
  await assert.rejects(tell(agents, 'hi'))
  assert.deepEqual(agents.health(), { state: 'unknown', error: 'agent_refused: as told' })
  main.fails = 'agent_broken'
  main.passing = false
  await assert.rejects(tell(agents, 'hi'))
  assert.equal(agents.health().state, 'failing')
})

test('what one question does to an agent, and a stop, say nothing about it', async () => {
  const main = scripted('http')
  const agents = createAgents(main, {}, [], worldAt())
  for (const code of ['agent_too_long', 'agent_empty'] as const) {
    main.fails = code
    for (let times = 0; times <= FAILING_AFTER; times++) await assert.rejects(tell(agents, 'hi'))
  }
  main.fails = 'agent_broken'
  for (let times = 0; times <= FAILING_AFTER; times++)
    await assert.rejects(tell(agents, 'hi', { signal: AbortSignal.abort(new Error('stopped')) }))
  assert.equal(agents.health().state, 'unknown')
})

test('one that cannot even start is failing at once, and is named among others', () => {
  const coder = scripted('acp')
  coder.cannotStart = true
  const agents = createAgents(scripted('echo'), { coder }, [], worldAt())
  assert.deepEqual(agents.health(), { state: 'failing', cannotStart: true, error: 'coder: not there' })
})

test('the pause before a new start grows with the ends of ten minutes, and shrinks when they are past', () => {
  let ends: readonly number[] = []
  const delays: number[] = []
  for (let count = 0; count < 9; count++) {
    const next = nextStart(ends, count * 1000)
    ends = next.endsAtMs
    delays.push(next.delayMs)
  }
  assert.deepEqual(
    delays,
    [0, 1, 5, 30, 60, 120, 300, 300, 300].map(seconds => seconds * 1000),
  )
  assert.equal(nextStart(ends, 20 * 60_000).delayMs, 0)
})

test('deadlines stand still while they are paused, however often that is', async () => {
  const clock = createVirtualClock()
  const deadlines = createDeadlines(clock, new AbortController().signal, { delayMs: 1000, reason: () => 'whole' })
  deadlines.step(300, () => 'step')
  await clock.advance(200)
  const resume = deadlines.pause()
  const resumeToo = deadlines.pause()
  await clock.advance(5000)
  resume()
  resume()
  await clock.advance(5000)
  assert.equal(deadlines.signal.aborted, false)
  resumeToo()
  await clock.advance(99)
  assert.equal(deadlines.signal.aborted, false)
  await clock.advance(1)
  assert.equal(deadlines.signal.reason, 'step')
  deadlines.close()
  const whole = createDeadlines(clock, new AbortController().signal, { delayMs: 1000, reason: () => 'whole' })
  const go = whole.pause()
  whole.step(2000, () => 'step')
  await clock.advance(9000)
  go()
  await clock.advance(1000)
  assert.equal(whole.signal.reason, 'whole')
  whole.close()
  assert.equal(clock.armed, 0)
})
