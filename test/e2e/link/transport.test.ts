/** An account goes over from WebSocket to webhook and back while people write: nothing is lost, nothing is said twice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxHere } from '../../../scripts/survival/boxes.ts'
import { createWorld } from '../../../scripts/survival/world.ts'
import type { StatusDocument } from '../../../src/gateway/status/status-document.ts'
import { eventually } from '../../support/eventually.ts'
import { SOURCES } from '../../support/herald.ts'
import { freePort } from '../../support/reverse-proxy.ts'

const EVERY_MS = 25
const BOUND_MS = 30_000
const isWell = (state = ''): boolean => ['connected', 'unverified'].includes(state)

test('websocket → webhook → websocket by reload, with messages under way', async t => {
  const scene = await createWorld(t, SOURCES, boxHere).scene({}, { callbackRetryMs: 1_000 })
  const { box, configure, command } = scene
  const { appId } = box.bot
  const webhook = { host: '127.0.0.1', port: await freePort(), path: '/qq' }
  const url = `http://127.0.0.1:${webhook.port}/qq`
  const herald = scene.start()
  await herald.connected()

  const said: string[] = []
  /** Many people, so that no chat's queue is ever full. */
  const people = Array.from({ length: 8 }, (_, at) => ({ appId, person: `Person ${at}` }))
  const answered = async (): Promise<readonly string[]> =>
    (await Promise.all(people.map(person => box.answers(person)))).flat().map(({ text }) => text)
  /** What is to be done between two messages. */
  let errand: (() => Promise<void>) | undefined
  /** Somebody goes on writing for as long as `deed` takes, and a little longer. */
  const whileTalking = async (deed: () => Promise<unknown>): Promise<void> => {
    let over = false
    const talk = async (): Promise<void> => {
      for (let left = 3; left > 0; left -= over ? 1 : 0) {
        const text = `message ${said.length}`
        said.push(text)
        await box.say({ appId, person: `Person ${said.length % people.length}`, text })
        await errand?.()
        await new Promise(resolve => setTimeout(resolve, EVERY_MS))
      }
    }
    await Promise.all([talk(), deed().finally(() => (over = true))])
  }
  const haveAnswers = (texts: readonly string[]): Promise<unknown> =>
    eventually('every message to have its answer', BOUND_MS, async () => {
      const there = await answered()
      return texts.every(text => there.includes(`echo: ${text}`))
    })
  const allAnswered = async (): Promise<void> => {
    await haveAnswers(said)
    assert.deepEqual([...(await answered())].sort(), said.map(text => `echo: ${text}`).sort())
  }
  /** The console first: from then on the platform uses the other way, whether anybody is there or not. */
  const move = async (to: 'websocket' | 'webhook'): Promise<void> => {
    const before = await new Promise<readonly string[]>((resolve, reject) => {
      errand = async () => {
        errand = undefined
        await box.changeBot({ appId, webhook: to === 'webhook' ? url : null }).then(() => resolve([...said]), reject)
      }
    })
    // Nobody but the platform knows of what it has sent the old way and nobody has read.
    await haveAnswers(before)
    configure(to === 'webhook' ? { bot: { transport: 'webhook', webhook } } : {})
  }

  await whileTalking(async () => {
    await move('webhook')
    herald.kill('SIGHUP')
    await herald.until('up by webhook', ({ state, generation }) => generation === 2 && isWell(state))
  })
  await allAnswered()
  assert.equal((await box.state()).connections.length, 0, 'the socket is closed')
  const { platforms }: StatusDocument = JSON.parse((await herald.get('/status')).text)
  const { state, evidence } = platforms['qqbot'] ?? assert.fail()
  assert.ok(String(evidence.last_event_at) > String(evidence.ready_at), 'the last event came by webhook')
  assert.equal(state, 'connected', 'what has just come in proves that the next one would')
  assert.equal((await command('status')).code, 0)

  await whileTalking(async () => {
    await move('websocket')
    const told = await command('reload', '--json')
    assert.deepEqual(JSON.parse(told.stdout).changes.restarted, ['qqbot'], told.stderr)
    await herald.connected()
  })
  await allAnswered()
  await assert.rejects(fetch(url, { method: 'POST' }), 'the address is free again')
  const states = herald.changes('qqbot').map(({ to }) => to)
  const rises = states.filter((to, at) => isWell(to) && !isWell(states[at - 1]))
  assert.equal(rises.length, 3, states.join())
  assert.ok(!states.includes('fatal'), states.join())
})

test('a reload before the console knows: what was written to the session that was left comes when the account is back', async t => {
  const scene = await createWorld(t, SOURCES, boxHere).scene({}, { callbackRetryMs: 500 })
  const { box, configure } = scene
  const alice = { appId: box.bot.appId, person: 'Alice' }
  const webhook = { host: '127.0.0.1', port: await freePort(), path: '/qq' }
  const herald = scene.start()
  const answer = (text: string): Promise<unknown> =>
    eventually(text, BOUND_MS, async () => (await box.answers(alice)).some(shown => shown.text === `echo: ${text}`))
  await herald.connected()
  await box.say({ ...alice, text: 'before' })
  await answer('before')

  configure({ bot: { transport: 'webhook', webhook } })
  herald.kill('SIGHUP')
  await herald.until('unverified', ({ state }) => state === 'unverified')
  await box.say({ ...alice, text: 'between' })
  await box.changeBot({ appId: box.bot.appId, webhook: `http://127.0.0.1:${webhook.port}/qq` })
  await box.say({ ...alice, text: 'by webhook' })
  await answer('by webhook')

  await box.changeBot({ appId: box.bot.appId, webhook: null })
  configure({})
  herald.kill('SIGHUP')
  await herald.connected()
  await answer('between')
  const { identifies, resumes } = await box.counters()
  assert.deepEqual([identifies, resumes], [1, 1])
  assert.deepEqual(
    (await box.answers(alice)).map(({ text }) => text),
    ['echo: before', 'echo: by webhook', 'echo: between'],
  )
})
