/** The minimal exchanges of the protocol, word by word, over real HTTP and a real WebSocket. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sandboxFor, TEST_BOT } from '../support/sandbox.ts'
import { call, dataOf, dial, greeted, identify, login, ready, resume } from './raw-bot.ts'

test('one private exchange, from the token to the refused repeat', async t => {
  const box = await sandboxFor(t)
  const granted = await call(box, 'POST', '/app/getAppAccessToken', {
    appId: TEST_BOT.appId,
    clientSecret: TEST_BOT.secret,
  })
  assert.equal(granted.status, 200)
  assert.equal(granted.json['expires_in'], '7200')
  const auth = `QQBot ${granted.json['access_token']}`

  const where = await call(box, 'GET', '/gateway', undefined, auth)
  const link = dial(String(where.json['url']))
  assert.deepEqual(await link.next(), { op: 10, d: { heartbeat_interval: 45_000 } })
  link.send(identify(String(granted.json['access_token'])))
  const frame = await link.next()
  assert.equal(frame.s, 1)
  assert.equal(frame.t, 'READY')
  const { session_id: sessionId, user, shard, version } = dataOf(frame)
  assert.match(String(sessionId), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.deepEqual({ shard, version }, { shard: [0, 1], version: 1 })
  assert.deepEqual(user, { id: (user as { id: string }).id, username: 'Testbot', bot: true, status: 1 })
  link.send({ op: 1, d: 1 })
  assert.equal(await link.nextText(), '{"op":11}')

  const said = box.say({ person: 'Alice', text: 'hi' })
  const event = await link.next()
  assert.equal(event.s, 2)
  assert.equal(event.t, 'C2C_MESSAGE_CREATE')
  assert.match(String(event.id), /^C2C_MESSAGE_CREATE:[0-9a-z]+$/)
  const { timestamp, ...d } = dataOf(event)
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/)
  const openid = said.chat.openid
  assert.match(openid, /^[0-9A-F]{32}$/)
  assert.deepEqual(d, {
    id: said.id,
    author: { id: openid, user_openid: openid, union_openid: '', username: '', bot: false },
    content: 'hi',
    message_type: 0,
    message_scene: { source: 'default', ext: [`msg_idx=${said.refIdx}`] },
  })

  const path = `/v2/users/${openid}/messages`
  const typing = await call(
    box,
    'POST',
    path,
    { msg_type: 6, input_notify: { input_type: 1, input_second: 30 }, msg_id: said.id, msg_seq: 1 },
    auth,
  )
  assert.equal(typing.status, 200)
  const reply = { msg_type: 0, content: 'hello', msg_id: said.id, msg_seq: 2 }
  const sent = await call(box, 'POST', path, reply, auth)
  assert.equal(sent.status, 200)
  assert.match(String(sent.json['id']), /^ROBOT1\.0_/)
  assert.deepEqual(Object.keys(sent.json), ['id', 'timestamp', 'ext_info'])
  const again = await call(box, 'POST', path, reply, auth)
  assert.equal(again.status, 400)
  const { trace_id: trace, ...refusal } = again.json
  assert.deepEqual(refusal, { message: '消息被去重，请检查请求msgseq', code: 40054005, err_code: 40054005 })
  assert.match(String(trace), /^[0-9a-f]{32}$/)
  assert.equal(again.headers.get('x-tps-trace-id'), trace)
  assert.deepEqual(
    box.answers({ person: 'Alice' }).map(message => message.text),
    ['hello'],
  )
  assert.deepEqual(box.replies(said.id), { places: 2, seqs: [1, 2], posts: 3 })
  link.end()
})

test('a reconnect: 4009, RESUME, what was missed in its order and with its numbers, RESUMED', async t => {
  const box = await sandboxFor(t)
  const first = await ready(box)
  box.say({ person: 'Alice', text: 'one' })
  assert.equal((await first.link.next()).s, 2)
  box.fault('close_4009')
  assert.equal((await first.link.closed).code, 4009)
  for (const text of ['two', 'three']) box.say({ person: 'Alice', text })

  const link = await greeted(box)
  link.send(resume(first.token, first.sessionId, 2))
  const frames = [await link.next(), await link.next(), await link.next()]
  assert.deepEqual(
    frames.map(frame => [frame.s, frame.t]),
    [
      [3, 'C2C_MESSAGE_CREATE'],
      [4, 'C2C_MESSAGE_CREATE'],
      [5, 'RESUMED'],
    ],
  )
  assert.equal(frames[2]?.d, '')
  assert.deepEqual(
    frames.slice(0, 2).map(frame => dataOf(frame)['content']),
    ['two', 'three'],
  )
  box.say({ person: 'Alice', text: 'four' })
  assert.equal((await link.next()).s, 6)
  link.end()
})

test('a button: sent, pressed, acknowledged once, answered by its event id', async t => {
  const box = await sandboxFor(t)
  const { link, auth } = await ready(box)
  const said = box.say({ person: 'Alice', text: 'may I?' })
  await link.next()
  const path = `/v2/users/${said.chat.openid}/messages`
  const keyboard = {
    content: {
      rows: [
        {
          buttons: [
            {
              id: 'ok',
              render_data: { label: 'OK', visited_label: 'done', style: 1 },
              action: { type: 1, permission: { type: 2 }, data: 'approve:7' },
            },
          ],
        },
      ],
    },
  }
  const sent = await call(
    box,
    'POST',
    path,
    { msg_type: 2, markdown: { content: 'Allow?' }, keyboard, msg_id: said.id, msg_seq: 3 },
    auth,
  )
  assert.equal(sent.status, 200)
  const press = box.click({ message: String(sent.json['id']), button: 'ok' })

  const event = await link.next()
  assert.equal(event.t, 'INTERACTION_CREATE')
  assert.equal(event.id, press.eventId)
  const { timestamp, ...d } = dataOf(event)
  assert.equal(typeof timestamp, 'string')
  assert.deepEqual(d, {
    id: press.id,
    application_id: TEST_BOT.appId,
    type: 11,
    scene: 'c2c',
    chat_type: 2,
    user_openid: said.chat.openid,
    version: 1,
    data: { type: 11, resolved: { button_data: 'approve:7', button_id: 'ok' } },
  })
  const ack = await call(box, 'PUT', `/interactions/${press.id}`, { code: 0 }, auth)
  assert.deepEqual([ack.status, ack.text], [200, '{}'])
  assert.deepEqual(box.interaction(press.id)?.ack, { code: 0 })
  const twice = await call(box, 'PUT', `/interactions/${press.id}`, { code: 0 }, auth)
  assert.equal(twice.json['err_code'], 630001)
  const followUp = await call(
    box,
    'POST',
    path,
    { msg_type: 0, content: 'ok', event_id: press.eventId, msg_seq: 1 },
    auth,
  )
  assert.equal(followUp.status, 200)
  link.end()
})

test('a stream grows in one message, by its rules, as one reply', async t => {
  const box = await sandboxFor(t, { options: { streamPaceMs: 0 } })
  const auth = `QQBot ${await login(box)}`
  const said = box.say({ person: 'Alice', text: 'tell me' })
  const path = `/v2/users/${said.chat.openid}/stream_messages`
  const frame = { input_mode: 'replace', input_state: 1, content_type: 'markdown', msg_id: said.id, msg_seq: 1 }
  const opened = await call(box, 'POST', path, { ...frame, index: 0, content_raw: 'Once' }, auth)
  const streamId = opened.json['id']
  const more = { ...frame, stream_msg_id: streamId }
  assert.equal((await call(box, 'POST', path, { ...more, index: 1, content_raw: 'Once upon' }, auth)).status, 200)
  const stale = await call(box, 'POST', path, { ...more, index: 1, content_raw: 'Once upon a' }, auth)
  assert.deepEqual([stale.status, stale.json['err_code']], [404, 40006])
  const other = await call(box, 'POST', path, { ...more, index: 2, content_raw: 'Twice' }, auth)
  assert.deepEqual([other.status, other.json['err_code']], [404, 40007])
  await call(box, 'POST', path, { ...more, index: 3, content_raw: 'Once upon a time', input_state: 10 }, auth)
  const [message] = box.answers({ person: 'Alice' })
  assert.deepEqual([message?.text, message?.growing], ['Once upon a time', false])
  assert.equal(box.replies(said.id)?.places, 1)
})

test('a fault that ends a stream ends it for good', async t => {
  const box = await sandboxFor(t, { options: { streamPaceMs: 0 } })
  const auth = `QQBot ${await login(box)}`
  const said = box.say({ person: 'Alice', text: 'tell me' })
  const path = `/v2/users/${said.chat.openid}/stream_messages`
  const frame = { input_mode: 'replace', input_state: 1, content_type: 'markdown', msg_id: said.id, msg_seq: 1 }
  const opened = await call(box, 'POST', path, { ...frame, index: 0, content_raw: 'Once' }, auth)
  const more = { ...frame, stream_msg_id: opened.json['id'] }
  box.fault({ kind: 'send', when: 'stream_frame', code: 40006, times: 1 })
  for (const index of [1, 2]) {
    const refused = await call(box, 'POST', path, { ...more, index, content_raw: 'Once upon' }, auth)
    assert.equal(refused.json['err_code'], 40006)
  }
  const [message] = box.answers({ person: 'Alice' })
  assert.deepEqual([message?.text, message?.growing], ['Once', false])
})

test('frames that come too fast are refused, and so are streams that are not granted; a recall takes a stream back', async t => {
  const box = await sandboxFor(t, { options: { streamPaceMs: 60_000 } })
  const auth = `QQBot ${await login(box)}`
  const said = box.say({ person: 'Alice', text: 'tell me' })
  const path = `/v2/users/${said.chat.openid}/stream_messages`
  const frame = { input_mode: 'replace', input_state: 1, content_type: 'markdown', msg_id: said.id, msg_seq: 1 }
  const opened = await call(box, 'POST', path, { ...frame, index: 0, content_raw: 'Once' }, auth)
  const more = { ...frame, stream_msg_id: opened.json['id'] }
  const hasty = await call(box, 'POST', path, { ...more, index: 1, content_raw: 'Once upon' }, auth)
  assert.deepEqual([hasty.status, hasty.json['err_code']], [429, 50002])
  const unnamed = await call(box, 'POST', path, { ...frame, index: 1, content_raw: 'Once upon' }, auth)
  assert.deepEqual([unnamed.status, unnamed.json['err_code']], [400, 40054005])
  box.setOptions({ streams: false })
  const refused = await call(box, 'POST', path, { ...frame, msg_seq: 2, index: 0, content_raw: 'Again' }, auth)
  assert.equal(refused.json['err_code'], 11253)
  const recalled = await call(
    box,
    'DELETE',
    `/v2/users/${said.chat.openid}/messages/${opened.json['id']}`,
    undefined,
    auth,
  )
  assert.equal(recalled.status, 200)
  assert.equal(box.answers({ person: 'Alice' })[0]?.recalled, true)
})
