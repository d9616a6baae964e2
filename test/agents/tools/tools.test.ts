import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AgentEvent, AgentQuestion } from '../../../src/agents/agent.ts'
import { functionName } from '../../../src/agents/tools/names.ts'
import type { Json } from '../../../src/lib/json.ts'
import { startProxy } from '../../lib/net/http-proxy.ts'
import { eventually } from '../../support/eventually.ts'
import { alive, memoryOf, tell } from '../acp/house.ts'
import { calling, resultsIn, startToolHttp, toolHouse } from './house.ts'

const ADD = ['box__add', { a: 2, b: 3 }] as const
const BOUND_MS = 60_000

for (const mode of [undefined, 'legacy', 'modern', 'noisy']) {
  test(`a model uses a tool of a program and answers with what it gave (${mode ?? 'both ages'})`, async t => {
    const { agent, server } = await toolHouse(t, mode === undefined ? {} : { mode })
    server.script(exchange => {
      exchange.delta('Let me count.')
      return calling(ADD)(exchange)
    })
    const { text, notes } = await tell(agent, 'how much?')
    assert.equal(text, 'Let me count.\n\ndone')
    assert.deepEqual(notes, ['box: add'])
    const [first, second] = server.requests
    const shown = JSON.stringify(first?.body['tools'])
    assert.match(shown, /"name":"box__add","description":"Adds two numbers"/)
    assert.match(shown, /"a":\{"type":"number"\}/)
    assert.match(first?.messages[0]?.content ?? '', /is data/)
    assert.deepEqual(resultsIn(server, 2), ['5'])
    assert.deepEqual(second?.body['messages'], [
      ...(first?.messages ?? []),
      {
        role: 'assistant',
        content: 'Let me count.',
        tool_calls: [{ id: 'c0', type: 'function', function: { name: 'box__add', arguments: '{"a":2,"b":3}' } }],
      },
      { role: 'tool', tool_call_id: 'c0', content: '5' },
    ])
  })
}

test('a model uses tools of a server over HTTP, which is sent its key', async t => {
  const { url, keys } = await startToolHttp(t)
  const { agent, server } = await toolHouse(t, { reach: { url, headers: { 'x-key': 'sesame' } } })
  server.script(calling(ADD, ['box__rich', {}]))
  assert.equal((await tell(agent, 'go')).text, 'done')
  assert.deepEqual(resultsIn(server, 2), [
    '5',
    'a picture:\n[image: image/png, 3 bytes]\n[a page: https://example.org/a]',
  ])
  assert.deepEqual(new Set(keys), new Set(['sesame']))
})

test('a server of tools is asked through the proxy of the environment, like everything that is not on this machine', async t => {
  const proxy = await startProxy(t)
  // Not among the addresses that are spared.
  const { url } = await startToolHttp(t, '127.0.0.2')
  const { agent, server } = await toolHouse(t, {
    reach: { url, headers: { 'x-key': 'sesame' } },
    env: { HTTP_PROXY: `http://${proxy.host}` },
  })
  server.script(calling(ADD))
  assert.equal((await tell(agent, 'go')).text, 'done')
  assert.deepEqual(resultsIn(server, 2), ['5'])
  assert.deepEqual(new Set(proxy.asked), new Set([`POST ${url}`]))
})

test('what a person writes while tools are used reaches the model after them, once; and the model that was chosen is asked', async t => {
  const { agent, server } = await toolHouse(t)
  server.script(calling(ADD))
  server.script(calling(ADD))
  const waiting = ['and quickly', 'please']
  const meanwhile = async () => waiting.splice(0)
  assert.equal((await tell(agent, 'go', { meanwhile, model: 'large' })).text, 'done')
  const shape = (request: number) =>
    server.requests[request]?.messages.slice(-3).map(({ role, content }) => `${role}: ${content}`)
  assert.deepEqual(shape(1), ['tool: 5', 'user: and quickly', 'user: please'])
  assert.deepEqual(shape(2)?.slice(-2), ['assistant: null', 'tool: 5'])
  assert.deepEqual(
    server.requests.map(({ body }) => body['model']),
    ['large', 'large', 'large'],
  )
  assert.equal(agent.model, 'small')
})

test('what goes wrong with a tool is data for the model, which answers all the same', async t => {
  const { agent, server } = await toolHouse(t)
  server.script(
    calling(
      ['box__fail', {}],
      ['box__nothing', {}],
      ['box__add', '{"a":'],
      ['box__add', '[1]'],
      ['box__add', { a: 'x' }],
    ),
    calling(['box__crash', {}]),
    calling(ADD),
  )
  const { text, notes } = await tell(agent, 'go')
  assert.equal(text, 'done')
  const [failed, unknown, broken, list, wrong] = resultsIn(server, 2)
  assert.equal(failed, '{"error":"no such thing"}')
  assert.match(unknown ?? '', /there is no tool of this name/)
  for (const one of [broken, list]) assert.match(one ?? '', /no JSON object/)
  assert.match(wrong ?? '', /error.*(expected|Invalid)/)
  assert.match(resultsIn(server, 3).join(), /ended in the middle/)
  assert.deepEqual(resultsIn(server, 4), ['5'], 'a server that ended is started again')
  assert.ok(notes.includes('box: fail ✗'))
  assert.equal(agent.health().state, 'ok')
})

test('a result is cut to its bound, and says so', async t => {
  const { agent, server } = await toolHouse(t, { settings: { toolLimits: { patienceMs: BOUND_MS, resultChars: 100 } } })
  server.script(calling(['box__flood', {}]))
  await tell(agent, 'go')
  assert.equal(resultsIn(server, 2)[0], `${'x'.repeat(100)}\n[cut here: 100 of 100000 characters]`)
})

test('rounds and calls are bounded; in the last round the model has to answer', async t => {
  const { agent, server } = await toolHouse(t, {
    settings: { toolLimits: { patienceMs: BOUND_MS, rounds: 3, callsPerRound: 2 } },
  })
  server.script(calling(ADD, ADD, ADD), calling(ADD))
  assert.equal((await tell(agent, 'go')).text, 'done')
  assert.deepEqual(resultsIn(server, 2), ['5', '5', '{"error":"too many calls at once"}'])
  assert.deepEqual(
    server.requests.map(({ body }) => body['tool_choice']),
    [undefined, undefined, 'none'],
  )
  server.script(calling(ADD), calling(ADD), calling(ADD))
  await assert.rejects(tell(agent, 'for ever'), { code: 'agent_broken', message: /instead of answering/ })
})

test('a person is asked before a tool is used; once, for always, and no', async t => {
  const values = new Map<string, Json>()
  const { agent, server, cwd } = await toolHouse(t, {
    tools: { leave: 'ask', leaves: { add: 'allow' } },
    memory: memoryOf(values),
  })
  const path = join(cwd, 'out')
  const write = (line: string) => calling(['box__write', { path, line }])
  const asked: AgentQuestion[] = []
  const ask = async (line: string, option: string | null, who = 'alice'): Promise<string> => {
    server.script(write(line))
    const { asked: questions } = await tell(agent, 'go', { choose: () => option, sender: { id: who } })
    asked.push(...questions)
    return resultsIn(server, server.requests.length).join()
  }
  assert.equal(await ask('one', 'allow_once'), 'written')
  assert.match(await ask('two', 'reject_once'), /did not allow/)
  assert.match(await ask('three', null), /nobody allowed this in time/)
  assert.equal(await ask('four', 'allow_always'), 'written')
  assert.equal(asked.length, 4)
  assert.equal(asked[0]?.title, 'box: write')
  assert.match(asked[0]?.detail ?? '', /"line":"one"/)
  assert.equal(await ask('five', 'reject_once'), 'written', 'it was allowed for always')
  assert.match(await ask('six', 'reject_once', 'bob'), /did not allow/, 'to somebody else')
  assert.equal(asked.length, 5)
  server.script(calling(ADD))
  assert.equal((await tell(agent, 'go')).asked.length, 0, 'the settings allow this one')
  await agent.forget({ account: 'qqbot', kind: 'c2c', id: 'alice' })
  assert.match(await ask('seven', 'reject_once'), /did not allow/, 'the chat began anew')
  assert.equal(readFileSync(path, 'utf8'), 'one\nfour\nfive\n')
})

test('a tool that is denied is not shown, and cannot be called', async t => {
  const { agent, server, cwd } = await toolHouse(t, { tools: { leaves: { write: 'deny' } } })
  server.script(calling(['box__write', { path: join(cwd, 'out'), line: 'x' }]))
  await tell(agent, 'go')
  assert.doesNotMatch(JSON.stringify(server.requests[0]?.body['tools']), /box__write/)
  assert.match(resultsIn(server, 2).join(), /no tool of this name/)
  assert.ok(!existsSync(join(cwd, 'out')))
})

test('a stop kills what a tool has started, and the next turn has its tools', async t => {
  const { agent, server, cwd } = await toolHouse(t)
  const path = join(cwd, 'pids')
  server.script(calling(['box__hang', { path }]))
  const stop = new AbortController()
  const failed = assert.rejects(tell(agent, 'go', { signal: stop.signal }), { message: 'enough' })
  const pids = await eventually('the tool hangs', BOUND_MS, () =>
    existsSync(path) && readFileSync(path, 'utf8').includes('\n')
      ? readFileSync(path, 'utf8').trim().split(' ').map(Number)
      : false,
  )
  assert.ok(pids.every(alive))
  stop.abort(new Error('enough'))
  await failed
  await eventually('all of it is gone', BOUND_MS, () => !pids.some(alive))
  server.script(calling(ADD))
  await tell(agent, 'again')
  assert.deepEqual(resultsIn(server, server.requests.length), ['5'])
})

test('a stop does not cut off what another chat has under way', async t => {
  const { agent, server, cwd } = await toolHouse(t)
  const path = join(cwd, 'pids')
  const there = join(cwd, 'there')
  server.script(calling(['box__hang', { path }]))
  const stop = new AbortController()
  const stopped = assert.rejects(tell(agent, 'go', { signal: stop.signal }), { message: 'enough' })
  await eventually('the tool hangs', BOUND_MS, () => existsSync(path) && readFileSync(path, 'utf8').includes('\n'))
  server.script(calling(['box__wait', { path: there }]))
  const called = Promise.withResolvers<void>()
  const onEvent = ({ kind }: AgentEvent): void => void (kind === 'note' && called.resolve())
  const other = tell(agent, 'go', { id: 'qqbot/m2', session: 'qqbot:c2c:bob', onEvent })
  await called.promise
  stop.abort(new Error('enough'))
  await stopped
  writeFileSync(there, '')
  assert.equal((await other).text, 'done')
  assert.deepEqual(resultsIn(server, 3), ['it is there'])
  const pids = readFileSync(path, 'utf8').trim().split(' ').map(Number)
  await eventually('then all of it is gone', BOUND_MS, () => !pids.some(alive))
})

test('a tool that takes too long is ended, and the model is told', async t => {
  const { agent, server, cwd } = await toolHouse(t, { tools: { callMs: 500 } })
  const path = join(cwd, 'pids')
  server.script(calling(['box__hang', { path }]))
  assert.equal((await tell(agent, 'go')).text, 'done')
  assert.match(resultsIn(server, 2).join(), /no result within/)
  const pids = readFileSync(path, 'utf8').trim().split(' ').map(Number)
  await eventually('all of it is gone', BOUND_MS, () => !pids.some(alive))
})

test('a server that is away costs its tools, not the answer, and health says what is lacking', async t => {
  const { agent, server } = await toolHouse(t, { mode: 'away', settings: { toolLimits: { patienceMs: 3000 } } })
  assert.equal((await tell(agent, 'go')).text, 'done')
  assert.equal(server.requests[0]?.body['tools'], undefined)
  assert.equal(agent.health().state, 'ok')
  assert.match(agent.health().lacks ?? '', /the tools of box/)
})

test('a tool that a server adds is shown from the next turn on', async t => {
  const { agent, server } = await toolHouse(t, { mode: 'legacy' })
  server.script(calling(['box__grow', {}]))
  await tell(agent, 'go')
  await eventually('the new tool is shown', BOUND_MS, async () => {
    await tell(agent, 'again')
    return JSON.stringify(server.requests.at(-1)?.body['tools']).includes('box__grown')
  })
})

test('no variable of this process reaches a tool server but those that every program needs', async t => {
  process.env['HERALD_TEST_SECRET'] = 'hush'
  t.after(() => delete process.env['HERALD_TEST_SECRET'])
  const { agent, server } = await toolHouse(t)
  server.script(calling(['box__env', {}]))
  await tell(agent, 'go')
  const [env = ''] = resultsIn(server, 2)
  assert.match(env, /"PATH"/)
  assert.doesNotMatch(env, /hush/)
})

test('a turn that runs again after a crash says which tools it had called, and only then', async t => {
  const values = new Map<string, Json>()
  const before = await toolHouse(t, { memory: memoryOf(values) })
  const path = join(before.cwd, 'out')
  before.server.script(calling(['box__write', { path, line: 'x' }]), exchange => exchange.die())
  await tell(before.agent, 'write it').catch(() => {})
  assert.equal(readFileSync(path, 'utf8'), 'x\n')

  const after = await toolHouse(t, { memory: memoryOf(values) })
  await tell(after.agent, 'write it', { repeated: true })
  const question = after.server.requests[0]?.messages.at(-1)?.content ?? ''
  assert.match(question, /restarted while you worked/)
  assert.match(question, /box: write.*\\"line\\":\\"x\\"/)
  assert.ok(question.endsWith('\nwrite it'))
  await tell(after.agent, 'something else', { repeated: true, id: 'qqbot/m2' })
  assert.equal(after.server.requests[1]?.messages.at(-1)?.content, 'something else')
})

test('names of tools are such as servers take, and each is another one', () => {
  const taken = new Set<string>()
  const tools = ['read', 'read file', 'read/file', 'x'.repeat(100), `${'x'.repeat(100)}y`, '读']
  for (const tool of tools) {
    const name = functionName('box', tool, taken)
    assert.match(name, /^[A-Za-z0-9_-]{1,64}$/)
    assert.ok(!taken.has(name), name)
    taken.add(name)
  }
  assert.equal(functionName('box', 'read', new Set()), 'box__read')
})
