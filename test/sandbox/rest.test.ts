/** The REST side: tokens with their overlap, who may call, and the checks of a send in their order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { sandboxFor, TEST_BOT } from '../support/sandbox.ts'
import { type Answer, call, login, ready } from './raw-bot.ts'

const MINUTE_MS = 60_000
const credentials = { appId: TEST_BOT.appId, clientSecret: TEST_BOT.secret }

test('a token stays the same until its last minute; then two are good for a minute', async t => {
  const box = await sandboxFor(t)
  const first = await login(box)
  box.advance(7_000_000)
  const later = await call(box, 'POST', '/app/getAppAccessToken', credentials)
  assert.equal(later.json['access_token'], first)
  // Real milliseconds pass besides.
  assert.match(String(later.json['expires_in']), /^(199|200)$/)
  box.advance(150_000)
  const second = await login(box)
  assert.notEqual(second, first)
  const status = async (token: string): Promise<unknown[]> => {
    const answer = await call(box, 'GET', '/users/@me', undefined, `QQBot ${token}`)
    return [answer.status, answer.json['err_code']]
  }
  assert.deepEqual(await status(first), [200, undefined])
  assert.deepEqual(await status(second), [200, undefined])
  box.advance(MINUTE_MS)
  assert.deepEqual(await status(first), [500, 11244])
  assert.deepEqual(await status(second), [200, undefined])
})

test('the token call fails under HTTP 200 with code and message', async t => {
  const box = await sandboxFor(t)
  const codeOf = async (body: unknown): Promise<unknown[]> => {
    const answer = await call(box, 'POST', '/app/getAppAccessToken', body)
    return [answer.status, answer.json['code'], answer.json['access_token']]
  }
  assert.deepEqual(await codeOf({ ...credentials, clientSecret: 'wrong-secret' }), [200, 100016, undefined])
  assert.deepEqual(await codeOf({ appId: '999999999', clientSecret: 'x' }), [200, 100016, undefined])
  assert.deepEqual(await codeOf({ appId: 'abc', clientSecret: 'x' }), [200, 100007, undefined])
  assert.deepEqual(await codeOf({}), [200, 100007, undefined])
  box.setOptions({ expiresInType: 'number' })
  assert.equal((await call(box, 'POST', '/app/getAppAccessToken', credentials)).json['expires_in'], 7200)
})

test('who may call, and where: 11241, 11243, 11244, 11245, 404, 405, each with its trace', async t => {
  const box = await sandboxFor(t)
  const token = await login(box)
  const rows: [string, string, string | undefined, number, number][] = [
    ['GET', '/users/@me', undefined, 401, 11241],
    ['GET', '/users/@me', 'QQBot nonsense', 500, 11243],
    ['GET', '/users/@me', `Bot ${TEST_BOT.appId}.${TEST_BOT.secret}`, 500, 11245],
    ['GET', '/v2/nothing', `QQBot ${token}`, 404, 404],
    ['DELETE', '/users/@me', `QQBot ${token}`, 405, 405],
  ]
  for (const [method, path, authorization, status, code] of rows) {
    const answer = await call(box, method, path, undefined, authorization)
    assert.deepEqual([answer.status, answer.json['err_code']], [status, code], `${method} ${path} ${code}`)
    assert.equal(answer.headers.get('x-tps-trace-id'), answer.json['trace_id'])
  }
  box.fault('revoke_token')
  assert.equal((await call(box, 'GET', '/gateway', undefined, `QQBot ${token}`)).json['err_code'], 11244)
  box.setOptions({ tokenErrorStatus: 401, errorMembers: 'err_code' })
  const documented = await call(box, 'GET', '/gateway', undefined, `QQBot ${token}`)
  assert.equal(documented.status, 401)
  assert.equal(documented.json['code'], undefined)
  assert.notEqual(await login(box), token)
})

interface Desk {
  readonly box: Sandbox
  readonly auth: string
  send(body: unknown, chat?: { kind: string; openid: string }): Promise<Answer>
  code(body: unknown, chat?: { kind: string; openid: string }): Promise<unknown>
}

/** A bot that sends to Alice, unless told where. */
async function desk(
  t: { after(fn: () => Promise<void>): void },
  options: Parameters<typeof startSandbox>[0]['options'] = {},
): Promise<Desk> {
  const box = await sandboxFor(t, { options })
  const auth = `QQBot ${await login(box)}`
  const alice = { kind: 'c2c', openid: box.person('Alice') }
  const send: Desk['send'] = (body, chat = alice) =>
    call(box, 'POST', `/v2/${chat.kind === 'group' ? 'groups' : 'users'}/${chat.openid}/messages`, body, auth)
  return { box, auth, send, code: async (body, chat) => (await send(body, chat)).json['err_code'] }
}

test('passive replies: four in an hour in private, five in five minutes in a group, and only there', async t => {
  const { box, code } = await desk(t)
  const said = box.say({ person: 'Alice', text: 'hi' })
  for (let seq = 1; seq <= 4; seq += 1)
    assert.equal(await code({ content: 'x', msg_id: said.id, msg_seq: seq }), undefined)
  assert.equal(await code({ content: 'x', msg_id: said.id, msg_seq: 5 }), 40034128)

  const asked = box.say({ group: 'Family', person: 'Bob', text: 'hey' })
  for (let seq = 1; seq <= 5; seq += 1)
    assert.equal(await code({ content: 'x', msg_id: asked.id, msg_seq: seq }, asked.chat), undefined)
  assert.equal(await code({ content: 'x', msg_id: asked.id, msg_seq: 6 }, asked.chat), 40034128)
  assert.equal(await code({ content: 'x', msg_id: asked.id, msg_seq: 1 }), 40034024)
  assert.equal(await code({ content: 'x', msg_id: 'ROBOT1.0_nobody', msg_seq: 1 }), 40034024)

  const old = box.say({ person: 'Alice', text: 'later' })
  const oldGroup = box.say({ group: 'Family', person: 'Bob', text: 'later' })
  box.advance(5 * MINUTE_MS + 1)
  assert.equal(await code({ content: 'x', msg_id: oldGroup.id, msg_seq: 1 }, oldGroup.chat), 40034005)
  assert.equal(await code({ content: 'x', msg_id: old.id, msg_seq: 1 }), undefined)
  box.advance(55 * MINUTE_MS)
  assert.equal(await code({ content: 'x', msg_id: old.id, msg_seq: 2 }), 40034005)
})

test('msg_seq: absent is 1, and each is used once per message; a refused send uses up nothing', async t => {
  const { box, code } = await desk(t)
  const said = box.say({ person: 'Alice', text: 'hi' })
  assert.equal(await code({ content: ' ', msg_id: said.id }), 50006)
  assert.equal(await code({ content: 'x', msg_id: said.id }), undefined)
  assert.equal(await code({ content: 'y', msg_id: said.id }), 40054005)
  assert.equal(await code({ content: 'y', msg_id: said.id, msg_seq: 1 }), 40054005)
  assert.equal(await code({ content: 'y', msg_id: said.id, msg_seq: 7 }), undefined)
  const other = box.say({ person: 'Alice', text: 'again' })
  assert.equal(await code({ content: 'z', msg_id: other.id, msg_seq: 1 }), undefined)
  assert.deepEqual(
    box.answers({ person: 'Alice' }).map(({ text }) => text),
    ['x', 'y', 'z'],
  )
})

test('the order of the checks: relation, type, message, quota, number, content, permission', async t => {
  const { box, code, auth } = await desk(t)
  const said = box.say({ person: 'Alice', text: 'hi' })
  const bad = { msg_type: 99, msg_id: 'unknown', content: '' }
  box.person('Alice', { friend: false })
  assert.equal(await code(bad), 40054004)
  box.person('Alice', { friend: true, blocked: true })
  assert.equal(await code(bad), 40054013)
  box.person('Alice', { blocked: false })
  assert.equal(await code(bad), 340069)
  assert.equal(await code({ ...bad, msg_type: 2 }), 22006)
  assert.equal(await code({ ...bad, msg_type: 0 }), 40034024)
  assert.equal(await code({ msg_id: said.id, content: 'x'.repeat(5001) }), 40054007)
  for (let seq = 1; seq <= 3; seq += 1) await code({ content: 'x', msg_id: said.id, msg_seq: seq })
  assert.equal(await code({ msg_id: said.id, msg_seq: 3, content: '' }), 40054005)
  await code({ content: 'x', msg_id: said.id, msg_seq: 4 })
  assert.equal(await code({ msg_id: said.id, msg_seq: 3, content: '' }), 40034128)
  const rows = [{ buttons: Array.from({ length: 6 }, (_, at) => ({ id: `${at}` })) }]
  assert.equal(await code({ msg_type: 2, markdown: { content: 'x' }, keyboard: { content: { rows } } }), 40034029)
  box.changeBot({ appId: TEST_BOT.appId, allowedHosts: ['example.org'], markdown: false })
  assert.equal(await code({ content: 'see 1.sh' }), 304003)
  assert.equal(await code({ content: 'see https://example.org/x?y' }), undefined)
  assert.equal(await code({ msg_type: 2, markdown: { content: 'x' } }), 40034012)
  const notJson = await call(box, 'POST', `/v2/users/${said.chat.openid}/messages`, '{', auth)
  assert.equal(notJson.json['err_code'], 12002)
})

test('groups: not in it, muted, and proactive messages only where the owner lets the bot', async t => {
  const { box, code } = await desk(t)
  const family = { kind: 'group', openid: box.group('Family', { members: ['Bob'] }) }
  assert.equal(await code({ content: 'hello all' }, family), 40034102)
  box.group('Family', { proactive: true })
  assert.equal(await code({ content: 'hello all' }, family), undefined)
  box.group('Family', { muted: true })
  assert.equal(await code({ content: 'hello all' }, family), 40054002)
  box.group('Family', { muted: false, botIn: false })
  assert.equal(await code({ content: 'hello all' }, family), 40034101)
  assert.equal(await code({ content: 'x' }, { kind: 'group', openid: 'F'.repeat(32) }), 40034101)
})

test('proactive messages have rates, and a person can switch them off', async t => {
  const { box, code } = await desk(t, {
    proactive: {
      c2c: { perBotPerMinute: 600, perChatPerMinute: 2, perChatPerDay: 3 },
    },
  })
  for (const expected of [undefined, undefined, 40034100]) assert.equal(await code({ content: 'psst' }), expected)
  box.advance(MINUTE_MS)
  assert.equal(await code({ content: 'psst' }), undefined)
  box.advance(MINUTE_MS)
  assert.equal(await code({ content: 'psst' }), 40034100)
  box.person('Alice', { proactive: false })
  assert.equal(await code({ content: 'psst' }), 40054013)
  box.changeBot({ appId: TEST_BOT.appId, proactive: false })
  assert.equal(await code({ content: 'psst' }), 40034102)
})

test('events can be answered by their outer id: the right kinds, in their window', async t => {
  const { box, code } = await desk(t)
  const { link } = await ready(box)
  box.person('Alice', { friend: false })
  const gone = await link.next()
  box.person('Alice', { friend: true })
  const back = await link.next()
  assert.deepEqual([gone.t, back.t], ['FRIEND_DEL', 'FRIEND_ADD'])
  assert.equal(await code({ content: 'welcome', event_id: back.id }), undefined)
  assert.equal(await code({ content: 'welcome', event_id: back.id }), 40054005)
  assert.equal(await code({ content: 'farewell', event_id: gone.id }), 40034027)
  assert.equal(await code({ content: 'x', event_id: 'FRIEND_ADD:unknown' }), 40034025)
  box.advance(61 * MINUTE_MS)
  assert.equal(await code({ content: 'late', event_id: back.id, msg_seq: 2 }), 40034026)
  link.end()
})

test("recall: the bot's own message, within two minutes", async t => {
  const { box, auth, send } = await desk(t)
  const alice = box.person('Alice')
  const sent = await send({ content: 'oops' })
  const recall = (id: unknown): Promise<Answer> =>
    call(box, 'DELETE', `/v2/users/${alice}/messages/${encodeURIComponent(String(id))}`, undefined, auth)
  const done = await recall(sent.json['id'])
  assert.deepEqual([done.status, done.text], [200, '{}'])
  assert.equal(box.answers({ person: 'Alice' })[0]?.recalled, true)
  assert.equal((await recall('ROBOT1.0_other')).json['err_code'], 40061002)
  const late = await send({ content: 'too late' })
  box.advance(2 * MINUTE_MS + 1)
  assert.equal((await recall(late.json['id'])).json['err_code'], 40064004)
})

test('media: uploaded for one scene, good until its time is up', async t => {
  const { box, auth, code } = await desk(t)
  const alice = box.person('Alice')
  const family = { kind: 'group', openid: box.group('Family', { proactive: true }) }
  const upload = await call(
    box,
    'POST',
    `/v2/users/${alice}/files`,
    { file_type: 1, file_data: 'aGk=', file_name: 'a.png' },
    auth,
  )
  assert.equal(upload.json['ttl'], 300)
  const media = { msg_type: 7, content: ' ', media: { file_info: upload.json['file_info'] } }
  assert.equal(await code(media), undefined)
  assert.equal(await code(media, family), 304080)
  box.advance(301_000)
  assert.equal(await code(media), 304080)
  box.setOptions({ inlineUploadLimitBytes: 1_000 })
  const large = await call(
    box,
    'POST',
    `/v2/users/${alice}/files`,
    { file_type: 1, file_data: 'x'.repeat(2_000) },
    auth,
  )
  assert.equal(large.status, 413)
  assert.match(large.text, /^<html>/)
})

test('quoting works both ways', async t => {
  const { box, send } = await desk(t)
  const { link } = await ready(box)
  const said = box.say({ person: 'Alice', text: 'original' })
  await link.next()
  const sent = await send({ content: 'about that', msg_id: said.id, message_reference: { message_id: said.refIdx } })
  assert.deepEqual(box.answers({ person: 'Alice' })[0]?.quote, { refIdx: said.refIdx, text: 'original' })
  const ref = (sent.json['ext_info'] as { ref_idx: string }).ref_idx
  box.say({ person: 'Alice', text: 'what?', quote: ref })
  const { d } = await link.next()
  assert.partialDeepStrictEqual(d, {
    message_type: 103,
    msg_elements: [{ msg_idx: ref, content: 'about that' }],
    message_scene: { ext: [`ref_msg_idx=${ref}`] },
  })
  link.end()
})

test('the rates of sends and gateway queries can be limited', async t => {
  const { box, auth, send } = await desk(t, { sendsPerSecond: 2, gatewayQueriesPerMinute: 2 })
  const answers = [await send({ content: 'a' }), await send({ content: 'b' }), await send({ content: 'c' })]
  assert.deepEqual(
    answers.map(answer => answer.status),
    [200, 200, 429],
  )
  box.setOptions({ rateLimitBody: 'html' })
  assert.match((await send({ content: 'd' })).text, /^<html>/)
  const gateway = (): Promise<Answer> => call(box, 'GET', '/gateway', undefined, auth)
  assert.deepEqual([(await gateway()).status, (await gateway()).status, (await gateway()).status], [200, 200, 429])
})
