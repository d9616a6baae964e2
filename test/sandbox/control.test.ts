/** The control interface, the event stream and the page's files, as a browser or another program uses them. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { silentLogger } from '../../src/lib/log.ts'
import { KEPT, readCallback } from '../../src/platforms/qqbot/webhook/callback.ts'
import { createWebhookListeners } from '../../src/platforms/qqbot/webhook/listeners.ts'
import { keysOf } from '../../src/platforms/qqbot/webhook/signature.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { freePort } from '../support/reverse-proxy.ts'
import { sandboxFor, TEST_BOT, untilLogged } from '../support/sandbox.ts'
import { call, ready } from './raw-bot.ts'

async function control(box: Sandbox, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await call(box, method, `/sandbox/${path}`, body)
  assert.equal(answer.status, 200, `${method} ${path}: ${answer.text}`)
  return JSON.parse(answer.text)
}

test('people speak, the bot answers, and what is seen can be asked for', async t => {
  const box = await sandboxFor(t)
  const { link, auth } = await ready(box)
  await control(box, 'POST', 'people', { name: 'Alice' })
  const said = await control(box, 'POST', 'say', { person: 'Alice', text: 'hello' })
  await link.next()
  const openid = (said['chat'] as { openid: string }).openid
  await call(box, 'POST', `/v2/users/${openid}/messages`, { content: 'hi there', msg_id: said['id'] }, auth)
  const chat = await control(box, 'GET', 'chat?person=Alice')
  assert.deepEqual(
    (chat['messages'] as { name: string; text: string }[]).map(({ name, text }) => [name, text]),
    [
      ['Alice', 'hello'],
      ['Testbot', 'hi there'],
    ],
  )
  const replies = await control(box, 'GET', `replies?id=${encodeURIComponent(String(said['id']))}`)
  assert.deepEqual(replies, { places: 1, seqs: [1], posts: 1 })
  const list = await control(box, 'POST', 'say', [
    { person: 'Bob', group: 'Family', text: 'one' },
    { person: 'Bob', group: 'Family', text: 'two' },
  ])
  assert.equal((list as unknown as unknown[]).length, 2)
  const state = await control(box, 'GET', 'state')
  const [bot] = state['bots'] as { people: { name: string }[]; groups: { members: unknown[] }[]; sessions: unknown[] }[]
  assert.deepEqual(
    bot?.people.map(({ name }) => name),
    ['Alice'],
  )
  assert.equal(bot?.groups[0]?.members.length, 2)
  assert.equal(bot?.sessions.length, 1)
  assert.ok(!JSON.stringify(state).includes(TEST_BOT.secret))
  link.end()
})

test('faults are listed, switched on by name or in full, and off', async t => {
  const box = await sandboxFor(t)
  const { id } = await control(box, 'POST', 'faults', { name: 'no_ack', times: 2 })
  await control(box, 'POST', 'faults', { kind: 'http', route: 'send', answer: { status: 503 } })
  const listed = await control(box, 'GET', 'faults')
  assert.equal((listed['active'] as unknown[]).length, 2)
  assert.ok((listed['presets'] as { name: string }[]).some(({ name }) => name === 'lost_answer'))
  await control(box, 'DELETE', `faults/${id}`)
  assert.equal(box.faults().length, 1)
  await control(box, 'DELETE', 'faults')
  assert.equal(box.faults().length, 0)
  const rows: [string, string, unknown, number][] = [
    ['POST', 'faults', { name: 'no_such_thing' }, 400],
    ['POST', 'faults', { kind: 'host', mode: 'sideways' }, 400],
    ['DELETE', 'faults/none', undefined, 404],
    ['POST', 'say', { text: 'who?' }, 400],
    ['POST', 'say', { person: 'Alice', colour: 'red' }, 400],
    ['POST', 'say', '{"person":', 400],
    ['GET', 'say', undefined, 405],
    ['GET', 'nothing', undefined, 404],
  ]
  for (const [method, path, body, status] of rows) {
    const answer = await call(box, method, `/sandbox/${path}`, body)
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`)
    assert.equal(typeof answer.json['error'], 'string')
  }
})

test('options, time, bots and a fresh start', async t => {
  const box = await sandboxFor(t)
  const { link } = await ready(box)
  await control(box, 'PUT', 'options', { textLimit: 10 })
  assert.equal((await control(box, 'GET', 'options'))['textLimit'], 10)
  await control(box, 'POST', 'bots', { appId: '102000002', secret: 'sandbox-secret-2', name: 'Second' })
  assert.equal((await call(box, 'POST', '/sandbox/bots', { appId: '102000002', secret: 'again' })).status, 400)
  await control(box, 'PUT', 'bots', { appId: '102000002', status: 'banned' })
  await control(box, 'POST', 'people', { appId: TEST_BOT.appId, name: 'Alice', friend: false })
  assert.equal((await link.next()).t, 'FRIEND_DEL')
  const before = box.now()
  await control(box, 'POST', 'advance', { ms: 60_000 })
  assert.ok(box.now() - before >= 60_000)
  await control(box, 'POST', 'reset', {})
  assert.equal((await link.closed).code, 1006)
  assert.deepEqual([box.sessions().length, box.counters(TEST_BOT.appId).identifies], [0, 0])
  const again = await ready(box)
  again.link.end()
})

test('another site can neither steer nor read', async t => {
  const box = await sandboxFor(t)
  const statusWith = (headers: Record<string, string>, method = 'POST'): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const url = new URL('/sandbox/say', box.url)
      const asked = request(url, { method, headers: { 'content-type': 'application/json', ...headers } }, response => {
        response.resume()
        resolve(response.statusCode)
      })
      asked.on('error', reject)
      asked.end('{"person":"Alice","text":"hi"}')
    })
  assert.equal(await statusWith({}), 200)
  assert.equal(await statusWith({ origin: box.url }), 200)
  assert.equal(await statusWith({ origin: 'http://evil.example' }), 403)
  assert.equal(await statusWith({ origin: 'null' }), 403)
  assert.equal(await statusWith({ host: 'evil.example' }), 403)
  assert.equal(await statusWith({ 'sec-fetch-site': 'cross-site' }), 403)
  assert.equal(await statusWith({ 'content-type': 'text/plain' }), 415)
  assert.equal(box.shown({ person: 'Alice' }).length, 2)
})

interface StreamedEvent {
  readonly event: string
  readonly data: { readonly n: number; readonly message?: { readonly id: string; readonly text: string } }
}

/** Reads server-sent events until `count` have come. */
async function readEvents(response: Response, count: number): Promise<StreamedEvent[]> {
  const events: StreamedEvent[] = []
  let buffered = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    buffered += decoder.decode(chunk, { stream: true })
    const blocks = buffered.split('\n\n')
    buffered = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1]
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (event && data) events.push({ event, data: JSON.parse(data) })
    }
    if (events.length >= count) return events
  }
  return events
}

test('what happens is streamed, by kind, and continued where a reader left', async t => {
  const box = await sandboxFor(t)
  const live = await fetch(`${box.url}/sandbox/events?kinds=message,fault`)
  assert.equal(live.headers.get('content-type'), 'text/event-stream')
  const first = box.say({ person: 'Alice', text: 'one' })
  box.fault('no_ack')
  const seen = await readEvents(live, 2)
  assert.deepEqual(
    seen.map(({ event }) => event),
    ['message', 'fault'],
  )
  assert.equal(seen[0]?.data.message?.id, first.id)
  box.say({ person: 'Alice', text: 'two' })
  const again = await fetch(`${box.url}/sandbox/events?kinds=message`, {
    headers: { 'last-event-id': String(seen[0]?.data.n) },
  })
  const [missed] = await readEvents(again, 1)
  assert.equal(missed?.data.message?.text, 'two')
})

test("the page's files come with a strict policy; nothing outside its folder does", async t => {
  const box = await sandboxFor(t)
  for (const base of [box.url, box.controlUrl]) {
    const page = await fetch(`${base}/css/style.css`)
    assert.equal(page.status, 200)
    assert.match(String(page.headers.get('content-security-policy')), /default-src 'none'.*frame-ancestors 'none'/)
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
    await page.text()
  }
  for (const path of ['/..%2fsandbox.ts', '/%2e%2e/sandbox.ts', '/page-files.ts', '/none.html'])
    assert.equal((await call(box, 'GET', path)).status, 404, path)
})

test('a bot that is called is asked for its answer to a challenge, and sent what it must refuse', async t => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/qq`
  const box = await sandboxFor(t, { bots: [{ ...TEST_BOT, webhook: url }] })
  assert.equal(((await control(box, 'GET', 'state'))['bots'] as { webhook: string }[])[0]?.webhook, url)
  const post = (what: string): Promise<Record<string, unknown>> => control(box, 'POST', 'callbacks', { what })
  assert.deepEqual(await post('validation'), { body: '', kept: false }, 'nobody listens yet')

  const keys = keysOf(TEST_BOT.secret)
  const listeners = createWebhookListeners(silentLogger)
  const release = await listeners.listen({ host: '127.0.0.1', port, path: '/qq' }, async ({ headers, body }) => {
    const [timestamp, signature] = [headers['x-signature-timestamp'], headers['x-signature-ed25519']].map(String)
    const reading = readCallback(keys, { timestamp, signature, body }, Date.now())
    return reading.kind === 'event' ? KEPT : reading.answer
  })
  t.after(release)
  assert.equal((await post('validation'))['kept'], true)
  for (const forgery of ['wrong_signature', 'unsigned', 'stale']) {
    const { status, kept } = await post(forgery)
    assert.deepEqual([forgery, status, kept], [forgery, 401, false])
  }
  const nothing = await call(box, 'POST', '/sandbox/callbacks', { what: 'replay' })
  assert.deepEqual([nothing.status, /has taken no event/.test(nothing.text)], [400, true])
  await control(box, 'POST', 'say', { person: 'Alice', text: 'hello' })
  const first = await untilLogged(box, 'taken', entry => entry.kind === 'callback' && entry.request.includes('hello'))
  assert.equal((await post('replay'))['status'], 200)
  const [again] = box.log.entries({ kinds: ['callback'] }).slice(-1)
  assert.ok(first.kind === 'callback' && again?.kind === 'callback')
  assert.deepEqual([again.request, again.spoilt], [first.request, 'replay'])
  assert.equal((await call(box, 'POST', '/sandbox/callbacks', { what: 'burglary' })).status, 400)
})
