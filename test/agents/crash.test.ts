/** Killed in the middle of a turn that uses tools: the next process goes on with it once, and says what may be done already. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { boxHere } from '../../scripts/survival/boxes.ts'
import { ledgerOf } from '../../scripts/survival/steps.ts'
import { configFor, createWorld } from '../../scripts/survival/world.ts'
import { cleanUp } from '../support/clean-up.ts'
import { eventually } from '../support/eventually.ts'
import { SOURCES } from '../support/herald.ts'
import { startOpenAiServer } from '../support/openai-server.ts'
import { ACP_AGENT, alive } from './acp/house.ts'
import { calling, resultsIn, TOOL_SERVER } from './tools/house.ts'

const BOUND_MS = 60_000

async function modelScene(t: Parameters<typeof createWorld>[0], tools: 'allow' | 'ask') {
  const model = await startOpenAiServer({ reply: () => 'heard: it is written' })
  cleanUp(t, () => model.stop())
  const world = createWorld(t, SOURCES, boxHere)
  const scene = await world.scene()
  const settings = configFor(scene.box, { agent: { type: 'openai', base_url: model.baseUrl, model: 'm' } })
  const box = { command: process.execPath, args: [TOOL_SERVER], tools }
  scene.write(JSON.stringify({ ...settings, mcp_servers: { box } }))
  return { model, scene, path: join(world.folder(), 'out') }
}

test('I95 kill -9 between a tool and the answer: answered once, and the model knows what was called', async t => {
  const { model, scene, path } = await modelScene(t, 'allow')
  model.script(calling(['box__write', { path, line: 'paid' }]), () => {})
  const first = scene.start()
  await first.connected(BOUND_MS)
  const ledger = ledgerOf(scene.box, 'heard: ')
  await scene.box.say({ person: 'Alice', text: 'pay the bill' })
  await model.received(2)
  first.kill('SIGKILL')
  await first.ended
  assert.equal(readFileSync(path, 'utf8'), 'paid\n')

  await scene.start().connected(BOUND_MS)
  await ledger.say({ person: 'Alice', text: 'it is written' })
  const question = (await model.received(3)).messages.at(-1)?.content ?? ''
  assert.match(question, /restarted while you worked on this message/)
  assert.match(question, /box: write .*paid/)
  assert.match(question, /look before you do anything a second time/)
  assert.ok(question.endsWith('pay the bill'))
  const answers = await eventually('both are answered', BOUND_MS, async () => {
    const all = await scene.box.answers({ person: 'Alice' })
    return all.length >= 2 && all
  })
  assert.deepEqual(
    answers.map(({ text }) => text),
    ['heard: it is written', 'heard: it is written'],
  )
  assert.equal(model.requests.length, 4, 'one continuation, and the next message')
  assert.equal(readFileSync(path, 'utf8'), 'paid\n', 'nothing was done twice')
})

test('I95 kill -9 in the middle of a tool: the tool dies too, and the turn goes on once', async t => {
  const { model, scene, path } = await modelScene(t, 'allow')
  model.script(calling(['box__hang', { path }]))
  const first = scene.start()
  await first.connected(BOUND_MS)
  await scene.box.say({ person: 'Alice', text: 'try it' })
  const pids = await eventually('the tool hangs', BOUND_MS, () => {
    const told = existsSync(path) ? readFileSync(path, 'utf8') : ''
    return told.includes('\n') && told.trim().split(' ').map(Number)
  })
  first.kill('SIGKILL')
  await first.ended
  await eventually('all of it is gone', BOUND_MS, () => !pids.some(alive))
  await scene.start().connected(BOUND_MS)
  assert.match((await model.received(2)).messages.at(-1)?.content ?? '', /box: hang /)
  await eventually('an answer', BOUND_MS, async () => (await scene.box.answers({ person: 'Alice' })).length === 1)
})

test('kill -9 while a tool waits for leave: nothing was done, and the question that stands there decides', async t => {
  const { model, scene, path } = await modelScene(t, 'ask')
  const write = calling(['box__write', { path, line: 'x' }])
  model.script(write)
  const first = scene.start()
  await first.connected(BOUND_MS)
  await scene.box.say({ person: 'Alice', text: 'write it' })
  const shown = async (): Promise<readonly string[]> =>
    (await scene.box.answers({ person: 'Alice' })).map(({ text }) => text)
  const questions = async (): Promise<number> => (await shown()).filter(text => text.includes('box: write')).length
  await eventually('the question', BOUND_MS, async () => (await questions()) === 1)
  first.kill('SIGKILL')
  await first.ended
  assert.ok(!existsSync(path), 'nobody allowed it')
  model.script(write)
  await scene.start().connected(BOUND_MS)
  await eventually('the turn runs again', BOUND_MS, () => model.requests.length === 2)
  assert.equal(model.requests[1]?.messages.at(-1)?.content, 'write it', 'no tool had been called')
  await scene.box.say({ person: 'Alice', text: '1' })
  await eventually('the answer', BOUND_MS, async () => (await shown()).includes('heard: it is written'))
  assert.equal(await questions(), 1, 'the chat is not asked twice')
  assert.deepEqual(resultsIn(model, 3), ['written'])
  assert.equal(readFileSync(path, 'utf8'), 'x\n')
})

test('kill -9 in the middle of a turn of an ACP agent: answered once, and the agent is told', async t => {
  const world = createWorld(t, SOURCES, boxHere)
  const agent = { type: 'acp', command: process.execPath, args: [ACP_AGENT] }
  const scene = await world.scene({ agent })
  const first = scene.start()
  await first.connected(BOUND_MS)
  await scene.box.say({ person: 'Alice', text: 'work' })
  await eventually('the agent works', BOUND_MS, () => first.file()?.active_agents === 1)
  first.kill('SIGKILL')
  await first.ended
  const second = scene.start()
  await second.connected(BOUND_MS)
  const answers = await eventually('an answer', BOUND_MS, async () => {
    const all = await scene.box.answers({ person: 'Alice' })
    return all.length > 0 && all
  })
  assert.match(answers[0]?.text ?? '', /^continued in /)
  assert.equal(answers.length, 1)
})
