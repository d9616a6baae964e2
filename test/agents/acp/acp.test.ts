import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentError } from '../../../src/agents/agent.ts'
import { eventually } from '../../support/eventually.ts'
import { acpHouse, alive, folder, memoryOf, tell } from './house.ts'

const failsWith =
  (code: string, message: RegExp) =>
  (thrown: AgentError): boolean => {
    assert.equal(thrown.code, code, String(thrown))
    assert.match(thrown.message, message)
    return true
  }

test('what the agent says arrives in order, its thoughts do not', async t => {
  const { agent } = acpHouse(t)
  assert.equal((await tell(agent, 'stream')).text, 'one two three')
  assert.deepEqual(await tell(agent, 'think'), { text: 'said', notes: [], asked: [] })
})

test('tools and plans are notes, with paths from the folder of the agent; what is said after them is a paragraph', async t => {
  const { agent } = acpHouse(t)
  const { text, notes } = await tell(agent, 'tool')
  assert.equal(text, 'I look.\n\nFound.')
  assert.deepEqual(notes, ['cat a.txt', 'cat a.txt ✗', '2/2 mend'])
})

test('leave to do something is asked of a person, and the choice reaches the agent', async t => {
  const { agent } = acpHouse(t)
  const { text, asked } = await tell(agent, 'permit', { choose: () => 'always' })
  assert.equal(text, 'chosen: always')
  assert.deepEqual(asked, [
    {
      kind: 'approval',
      title: 'remove notes.txt',
      detail: 'rm notes.txt',
      options: [
        { id: 'yes', label: 'Allow', style: 'primary', grants: 'allow_once' },
        { id: 'always', label: 'Always allow', style: 'plain', grants: 'allow_always' },
        { id: 'no', label: 'Reject', style: 'danger', grants: 'reject_once' },
      ],
    },
  ])
  assert.equal((await tell(agent, 'permit', { choose: () => null })).text, 'called off')
  assert.equal((await tell(agent, 'permit', { choose: () => 'no such option' })).text, 'called off')
})

test('the settings can decide instead of a person', async t => {
  const cwd = folder(t)
  const free = acpHouse(t, { cwd, settings: { permissions: 'allow' } })
  assert.deepEqual(await tell(free.agent, 'permit'), { text: 'chosen: yes', notes: [], asked: [] })
  const tied = acpHouse(t, { cwd, settings: { permissions: 'deny' } })
  assert.deepEqual(await tell(tied.agent, 'permit'), { text: 'chosen: no', notes: [], asked: [] })
})

test('the time in which a person is asked does not count as the silence of the agent', async t => {
  const { agent } = acpHouse(t, { settings: { limits: { firstMs: 5_000, silenceMs: 5_000, turnMs: 5_000 } } })
  const { text } = await tell(agent, 'permit', {
    choose: () => new Promise(resolve => setTimeout(resolve, 6_000, 'yes')),
  })
  assert.equal(text, 'chosen: yes')
})

test('one conversation is one session, another one is another', async t => {
  const { agent } = acpHouse(t)
  const sessionOf = async (session: string): Promise<string> => (await tell(agent, 'hello', { session })).text
  const first = await sessionOf('qqbot:c2c:alice')
  assert.equal(await sessionOf('qqbot:c2c:alice'), first)
  assert.notEqual(await sessionOf('qqbot:c2c:bob'), first)
})

test('a new session is told what was said before, once, as data', async t => {
  const { agent } = acpHouse(t)
  const history = [{ role: 'user', text: '[The message to answer follows.]\nrm -rf' } as const]
  const first = await tell(agent, 'blocks', { history })
  assert.match(first.text, /What was said in this chat before/)
  assert.ok(JSON.parse(first.text)[0].text.includes(JSON.stringify(history[0])))
  assert.doesNotMatch((await tell(agent, 'blocks', { history })).text, /What was said/)
})

test('after a restart the session is loaded; what the agent replays is not said again', async t => {
  const cwd = folder(t)
  const memory = memoryOf()
  const before = acpHouse(t, { cwd, memory })
  const { text } = await tell(before.agent, 'hello')
  await before.agent.close()
  const after = acpHouse(t, { cwd, memory })
  const history = [{ role: 'user', text: 'hello' } as const]
  assert.equal((await tell(after.agent, 'hello', { history })).text, text)
})

test('an agent that cannot load a session gets a new one, with the history', async t => {
  const cwd = folder(t)
  const memory = memoryOf()
  const before = acpHouse(t, { cwd, memory, mode: 'forgetful' })
  const { text } = await tell(before.agent, 'hello')
  await before.agent.close()
  const after = acpHouse(t, { cwd, memory, mode: 'forgetful' })
  const history = [{ role: 'user', text: 'hello' } as const]
  assert.match((await tell(after.agent, 'blocks', { history })).text, /What was said in this chat before/)
  assert.notEqual((await tell(after.agent, 'hello')).text, text)
})

test('a chat that begins anew has a new session', async t => {
  const { agent } = acpHouse(t)
  const first = await tell(agent, 'hello')
  await agent.forget({ account: 'qqbot', kind: 'c2c', id: 'alice' })
  assert.notEqual((await tell(agent, 'hello')).text, first.text)
})

test('an agent that dies in the middle of a turn fails that turn, and is started again for the next', async t => {
  const { agent, logged } = acpHouse(t)
  await assert.rejects(tell(agent, 'crash'), failsWith('agent_broken', /ended with code 7/))
  assert.ok(logged.some(line => line.includes('the disk is on fire')))
  assert.equal((await tell(agent, 'stream')).text, 'one two three')
  assert.equal(agent.health().state, 'unknown')
})

test('an agent that keeps dying is started ever more slowly, and says so at once', async t => {
  const { agent } = acpHouse(t, { mode: 'crash' })
  const failed = (): Promise<unknown> => assert.rejects(tell(agent, 'hello'), { code: 'agent_unreachable' })
  await failed()
  await eventually('the agent is given up for a while', 30_000, async () => {
    const startMs = performance.now()
    const said = await tell(agent, 'hello').catch((thrown: AgentError) => thrown.message)
    return (
      typeof said === 'string' &&
      /keeps ending .*started again in \d+ s/.test(said) &&
      performance.now() - startMs < 1000
    )
  })
  const { state, cannotStart, error } = agent.health()
  assert.deepEqual({ state, cannotStart }, { state: 'failing', cannotStart: true })
  assert.match(error ?? '', /ended with code 3/)
})

test('a program that is not there is named, also before anybody speaks', async t => {
  const { agent } = acpHouse(t, { settings: { command: '/no/such/program', args: [] } })
  await eventually('the health says so', 10_000, () => agent.health().cannotStart)
  await assert.rejects(tell(agent, 'hello'), failsWith('agent_unreachable', /\/no\/such\/program could not be started/))
})

test('a folder that is not there is a program that cannot start', async t => {
  const { agent } = acpHouse(t, { cwd: '/no/such/folder' })
  await assert.rejects(tell(agent, 'hello'), failsWith('agent_unreachable', /could not be started/))
})

test('an agent that never greets, and one of another version, are no agents', async t => {
  const mute = acpHouse(t, { mode: 'mute', settings: { limits: { startMs: 300 } } })
  await assert.rejects(tell(mute.agent, 'hello'), failsWith('agent_unreachable', /did not take up the connection/))
  const newer = acpHouse(t, { mode: 'newer' })
  await assert.rejects(tell(newer.agent, 'hello'), failsWith('agent_unreachable', /speaks version 99/))
})

test('what the agent refuses, and what fails in it, has a name', async t => {
  const { agent } = acpHouse(t)
  await assert.rejects(tell(agent, 'refuse'), failsWith('agent_refused', /refused to go on/))
  await assert.rejects(tell(agent, 'error'), failsWith('agent_broken', /Internal error \(the model is away\)/))
  const stranger = acpHouse(t, { mode: 'stranger' })
  await assert.rejects(tell(stranger.agent, 'hello'), failsWith('agent_refused', /wants somebody to log in/))
})

test('an answer without end is cut off', async t => {
  const { agent } = acpHouse(t, { settings: { limits: { answerChars: 5000 } } })
  await assert.rejects(tell(agent, 'long'), { code: 'agent_too_long' })
  assert.equal((await tell(agent, 'stream')).text, 'one two three')
})

test('a turn that is stopped is called off, and the session goes on', async t => {
  const { agent, logged } = acpHouse(t)
  const stop = new AbortController()
  const reason = new Error('stopped by a person')
  await assert.rejects(
    tell(agent, 'wait', { signal: stop.signal, onEvent: () => stop.abort(reason) }),
    (thrown: unknown) => thrown === reason,
  )
  assert.equal((await tell(agent, 'stream')).text, 'one two three')
  assert.ok(!logged.some(line => line.includes('did not call a turn off')))
})

test('an agent that does not heed a stop is ended within a second or so, once nobody else needs it', async t => {
  const { agent, logged } = acpHouse(t)
  const pid = Number((await tell(agent, 'spawn')).text.split(' ')[0])
  const other = new AbortController()
  const waiting = tell(agent, 'wait', { session: 'qqbot:c2c:bob', signal: other.signal })
  const stop = new AbortController()
  await assert.rejects(tell(agent, 'hang', { signal: stop.signal, onEvent: () => stop.abort(new Error('stop')) }))
  assert.ok(logged.some(line => line.includes('did not call a turn off')))
  assert.ok(alive(pid), 'somebody else is being answered')
  assert.match((await tell(agent, 'stream')).text, /one two three/)
  assert.ok(alive(pid))
  other.abort(new Error('stop'))
  await assert.rejects(waiting)
  await eventually('the process is gone', 5_000, () => !alive(pid))
})

test('silence has a bound', async t => {
  const { agent } = acpHouse(t, { settings: { limits: { silenceMs: 300 } } })
  await assert.rejects(tell(agent, 'hang'), failsWith('agent_timeout', /no further sign within 300 ms/))
})

test('closing leaves nothing behind: neither the agent, nor what it started', async t => {
  const { agent } = acpHouse(t)
  const pids = (await tell(agent, 'spawn')).text.split(' ').map(Number)
  assert.deepEqual(pids.map(alive), [true, true])
  await agent.close()
  await eventually('both are gone', 5_000, () => pids.every(pid => !alive(pid)))
  await assert.rejects(tell(agent, 'hello'), { code: 'stopped' })
})

test('the agent gets what it needs of the environment, and what the settings name', async t => {
  process.env['QQ_CLIENT_SECRET'] = 'not for agents'
  t.after(() => delete process.env['QQ_CLIENT_SECRET'])
  const { agent } = acpHouse(t, { mode: 'plain' })
  const names = (await tell(agent, 'env')).text.split(' ')
  assert.ok(names.includes('PATH') && names.includes('MODE'))
  assert.ok(!names.includes('QQ_CLIENT_SECRET'))
})
