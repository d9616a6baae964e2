/** The gateway's rules over real WebSockets: what it accepts, what it closes with, what it counts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRecord } from '../../src/lib/json.ts'
import { sandboxFor, TEST_BOT, until, untilLogged } from '../support/sandbox.ts'
import { call, dataOf, dial, GROUP_AND_C2C, gatewayUrl, greeted, identify, login, ready, resume } from './raw-bot.ts'

test('frames out of place are closed with their codes', async t => {
  const box = await sandboxFor(t)
  const rows: [unknown, number][] = [
    [{ op: 0, d: {} }, 4003],
    [{ op: 10 }, 4003],
    [{ op: 99 }, 4001],
    [{ d: {} }, 4001],
    ['{"op":', 4002],
    ['[1]', 4002],
    [{ op: 2, d: { intents: 1 } }, 4002],
  ]
  for (const [frame, code] of rows) {
    const link = await greeted(box)
    link.send(frame)
    assert.equal((await link.closed).code, code, JSON.stringify(frame))
  }
  const binary = await greeted(box)
  binary.ws.send(Buffer.from([1, 2, 3]))
  assert.equal((await binary.closed).code, 4002)
})

test('a heartbeat before IDENTIFY is answered; a second IDENTIFY closes with 4005; an unknown op with 4001', async t => {
  const box = await sandboxFor(t)
  const token = await login(box)
  const early = await greeted(box)
  early.send({ op: 1, d: null })
  assert.deepEqual(await early.next(), { op: 11 })
  early.end()

  const { link } = await ready(box)
  link.send(identify(token))
  assert.equal((await link.closed).code, 4005)
  const other = await ready(box)
  other.link.send({ op: 5 })
  assert.equal((await other.link.closed).code, 4001)
})

test('a bad token at IDENTIFY: op 9 and 4903, or 4004 as documented; the bare and the fixed token by option', async t => {
  const box = await sandboxFor(t)
  const token = await login(box)
  const live = await greeted(box)
  live.send(identify('nonsense'))
  assert.deepEqual(await live.next(), { op: 9, d: false })
  assert.equal((await live.closed).code, 4903)

  box.setOptions({ badIdentify: 'documented' })
  const documented = await greeted(box)
  documented.send(identify('nonsense'))
  assert.equal((await documented.closed).code, 4004)

  const bare = { op: 2, d: { token, intents: GROUP_AND_C2C } }
  const refused = await greeted(box)
  refused.send(bare)
  assert.equal((await refused.closed).code, 4004)
  box.setOptions({ bareTokenInIdentify: true })
  const accepted = await greeted(box)
  accepted.send(bare)
  const frame = await accepted.next()
  assert.equal(frame.t, 'READY')
  assert.deepEqual(dataOf(frame)['shard'], [0, 1])
  accepted.end()

  box.setOptions({ legacyFixedToken: true })
  const legacy = await greeted(box)
  legacy.send({ op: 2, d: { token: `Bot ${TEST_BOT.appId}.${TEST_BOT.secret}`, intents: GROUP_AND_C2C } })
  assert.equal((await legacy.next()).t, 'READY')
  legacy.end()
})

test('intents, shards and the state of the bot decide at IDENTIFY', async t => {
  const box = await sandboxFor(t, { options: { badIdentify: 'documented' } })
  const token = await login(box)
  const closesWith = async (over: Record<string, unknown>): Promise<number> => {
    const link = await greeted(box)
    link.send(identify(token, over))
    return (await link.closed).code
  }
  assert.equal(await closesWith({ intents: 1 << 5 }), 4013)
  assert.equal(await closesWith({ intents: 'all' }), 4013)
  assert.equal(await closesWith({ shard: [1, 1] }), 4010)
  assert.equal(await closesWith({ shard: 'no' }), 4010)
  box.changeBot({ appId: TEST_BOT.appId, grantedIntents: GROUP_AND_C2C })
  assert.equal(await closesWith({ intents: GROUP_AND_C2C | (1 << 28) }), 4014)
  box.changeBot({ appId: TEST_BOT.appId, status: 'delisted' })
  assert.equal(await closesWith({}), 4914)
  box.changeBot({ appId: TEST_BOT.appId, status: 'banned' })
  assert.equal(await closesWith({}), 4915)
})

test("only events of the session's intents are counted and sent; shard 0 has the chats", async t => {
  const box = await sandboxFor(t)
  const chats = await ready(box)
  const guilds = await ready(box, { intents: 1 << 30 })
  const second = await ready(box, { shard: [1, 2] })
  box.say({ person: 'Alice', text: 'hi' })
  box.push({ type: 'AT_MESSAGE_CREATE', d: { id: 'g1' } })
  box.push({ type: 'SOMETHING_NEW', d: {} })
  assert.deepEqual([(await chats.link.next()).t, (await chats.link.next()).t], ['C2C_MESSAGE_CREATE', 'SOMETHING_NEW'])
  const frames = [await guilds.link.next(), await guilds.link.next()]
  assert.deepEqual(
    frames.map(({ s, t: type }) => [s, type]),
    [
      [2, 'AT_MESSAGE_CREATE'],
      [3, 'SOMETHING_NEW'],
    ],
  )
  assert.equal(second.link.waiting, 0)
  for (const { link } of [chats, guilds, second]) link.end()
})

test('an event that no session is there for is undelivered, and says so', async t => {
  const box = await sandboxFor(t)
  box.say({ person: 'Alice', text: 'anybody?' })
  const [entry] = box.log.entries({ kinds: ['undelivered'] })
  assert.equal(entry?.kind === 'undelivered' && entry.type, 'C2C_MESSAGE_CREATE')
})

test('RESUME is refused for unknown and forgotten sessions, for numbers never reached, and after too long', async t => {
  const box = await sandboxFor(t)
  const first = await ready(box)
  box.fault('cut')
  assert.equal((await first.link.closed).code, 1006)
  const refusal = async (frame: object): Promise<unknown[]> => {
    const link = await greeted(box)
    link.send(frame)
    const answer = await link.next()
    return [answer.op, answer.d, (await link.closed).code]
  }
  assert.deepEqual(await refusal(resume(first.token, 'unknown', 1)), [9, false, 4902])
  assert.deepEqual(await refusal(resume(first.token, first.sessionId, 99)), [9, false, 4902])
  box.advance(11 * 60_000)
  const token = await login(box)
  assert.deepEqual(await refusal(resume(token, first.sessionId, 1)), [9, false, 4902])

  box.setOptions({ badResume: 'documented' })
  const link = await greeted(box)
  link.send(resume(token, 'unknown', 1))
  assert.equal((await link.closed).code, 4006)
})

test('RESUME takes the token bare or prefixed; RESUMED may come first, and with an object', async t => {
  const box = await sandboxFor(t, { options: { resumeOrder: 'resumed_first', resumedData: 'object' } })
  const first = await ready(box)
  box.fault('cut')
  await first.link.closed
  box.say({ person: 'Alice', text: 'missed' })
  const link = await greeted(box)
  link.send({ op: 6, d: { token: first.token, session_id: first.sessionId, seq: 1 } })
  const told = await link.next()
  assert.deepEqual([told.t, told.d], ['RESUMED', {}])
  assert.equal((await link.next()).t, 'C2C_MESSAGE_CREATE')
  link.end()
})

test('a session that is resumed elsewhere leaves its old link', async t => {
  const box = await sandboxFor(t)
  const first = await ready(box)
  const link = await greeted(box)
  link.send(resume(first.token, first.sessionId, 1))
  assert.equal((await link.next()).t, 'RESUMED')
  assert.equal((await first.link.closed).code, 4009)
  assert.equal(box.counters().liveLinks, 1)
  assert.equal(box.counters().maxSockets, 2)
  link.end()
})

test('a link without heartbeats is closed after two and a half intervals, one with them is not', async t => {
  const box = await sandboxFor(t, { options: { heartbeatIntervalMs: 60 } })
  const dead = await ready(box)
  const alive = await ready(box)
  const beating = setInterval(() => alive.link.send({ op: 1, d: 1 }), 40)
  t.after(() => clearInterval(beating))
  const started = performance.now()
  assert.equal((await dead.link.closed).code, 4009)
  assert.ok(performance.now() - started >= 100)
  assert.equal((await alive.link.next()).op, 11)
  assert.equal(alive.link.ws.readyState, alive.link.ws.OPEN)
  clearInterval(beating)
  alive.link.end()
})

test('session starts are counted down, and refused when there are none left', async t => {
  const box = await sandboxFor(t, {
    options: { sessionStarts: { total: 2, windowMs: 86_400_000, maxConcurrency: 1, enforceConcurrency: false } },
  })
  const one = await ready(box)
  const { json } = await call(box, 'GET', '/gateway/bot', undefined, one.auth)
  assert.deepEqual(json['session_start_limit'], { total: 2, remaining: 1, reset_after: 86_400_000, max_concurrency: 1 })
  assert.equal(json['shards'], 1)
  const two = await ready(box)
  const third = await greeted(box)
  third.send(identify(one.token))
  assert.equal((await third.next()).op, 9)
  box.advance(86_400_000)
  const four = await ready(box)
  for (const { link } of [one, two, four]) link.end()
})

test('two bots have their own tokens, sessions and people', async t => {
  const other = { appId: '102000002', secret: 'sandbox-secret-2' }
  const box = await sandboxFor(t, { bots: [TEST_BOT, other] })
  const first = await ready(box)
  const token = await login(box, other)
  const link = await greeted(box)
  link.send(identify(token))
  await link.next()
  assert.throws(() => box.say({ person: 'Alice', text: 'to whom?' }), /say which bot/)
  const mine = box.say({ appId: TEST_BOT.appId, person: 'Alice', text: 'to one' })
  const theirs = box.say({ appId: other.appId, person: 'Alice', text: 'to two' })
  assert.notEqual(mine.chat.openid, theirs.chat.openid)
  assert.equal(dataOf(await first.link.next())['content'], 'to one')
  assert.equal(dataOf(await link.next())['content'], 'to two')
  const foreign = await call(box, 'POST', `/v2/users/${theirs.chat.openid}/messages`, { content: 'x' }, first.auth)
  assert.deepEqual([foreign.status, foreign.json['code']], [500, 11255])
  const stolen = await greeted(box)
  stolen.send(resume(token, first.sessionId, 1))
  assert.equal((await stolen.next()).op, 9)
  for (const each of [first.link, link]) each.end()
})

test('the record has frames and requests with times, and no secret', async t => {
  const box = await sandboxFor(t)
  const { link, token } = await ready(box)
  const wrong = await greeted(box)
  wrong.send(identify('another-secret-value'))
  await wrong.closed
  await call(box, 'POST', '/app/getAppAccessToken', { appId: TEST_BOT.appId, clientSecret: 'a-wrong-secret-value' })
  const text = JSON.stringify(box.log.entries())
  for (const secret of [token, TEST_BOT.secret, 'another-secret-value', 'a-wrong-secret-value'])
    assert.ok(!text.includes(secret), secret)
  const frames = box.log.entries({ kinds: ['frame'] })
  assert.ok(frames.every(entry => entry.atMs > 0 && entry.n > 0))
  assert.ok(frames.some(entry => entry.kind === 'frame' && entry.direction === 'in' && entry.text.includes('"op":2')))
  link.end()
  await untilLogged(
    box,
    'the end of the link',
    entry => entry.kind === 'connection' && entry.state === 'closed' && entry.connection === 1,
  )
  assert.equal(box.counters().openSockets, 0)
})

test('stopping leaves no socket behind', async t => {
  const box = await sandboxFor(t)
  const { link } = await ready(box)
  const silent = dial(gatewayUrl(box))
  await silent.next()
  box.fault({ kind: 'http', route: 'token', answer: 'silence' })
  const hanging = call(box, 'POST', '/app/getAppAccessToken', {}).then(
    () => 'answered',
    () => 'gone',
  )
  await until(box, 'the request', () =>
    box.log.entries({ kinds: ['request'] }).some(entry => entry.kind === 'request' && entry.outcome === 'silence'),
  )
  await box.stop()
  assert.equal(await hanging, 'gone')
  assert.equal((await link.closed).code, 1006)
  assert.equal((await silent.closed).code, 1006)
  assert.ok(isRecord(box.counters()))
})
