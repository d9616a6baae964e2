/** Faults of the HTTP side, as a client meets them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultSpec } from '../../src/sandbox/sandbox.ts'
import { sandboxFor, TEST_BOT, until, untilAnswers } from '../support/sandbox.ts'
import { call, dataOf, dial, gatewayUrl, greeted, login, ready } from './raw-bot.ts'

const credentials = { appId: TEST_BOT.appId, clientSecret: TEST_BOT.secret }

test('the token call in all its moods', async t => {
  const box = await sandboxFor(t)
  const ask = (): ReturnType<typeof call> => call(box, 'POST', '/app/getAppAccessToken', credentials)
  const moods = [
    ['token_500', 500, 500],
    ['token_429', 429, 100001],
    ['token_100016', 200, 100016],
    ['token_100007', 200, 100007],
    ['token_10004', 200, 10004],
    ['token_100001', 200, 100001],
  ] as const
  for (const [name, status, code] of moods) {
    box.fault(name, { times: 1 })
    const answer = await ask()
    assert.deepEqual([answer.status, answer.json['code']], [status, code], name)
  }
  box.fault('token_html', { times: 1 })
  assert.match((await ask()).text, /^<html>/)
  box.fault('token_429', { times: 1 })
  assert.equal((await ask()).headers.get('retry-after'), '5')
  box.fault('token_reset', { times: 1 })
  await assert.rejects(ask())
  for (const value of ['0', 0, '7', null, 'soon']) {
    box.fault({ kind: 'expires_in', value, times: 1 })
    assert.deepEqual((await ask()).json['expires_in'], value)
  }
  box.fault('no_expires_in', { times: 1 })
  assert.deepEqual(Object.keys((await ask()).json), ['access_token'])
  box.fault('token_slow', { times: 1, delayMs: 80 })
  const started = performance.now()
  assert.equal((await ask()).status, 200)
  assert.ok(performance.now() - started >= 75)
})

test('GET /gateway in its moods', async t => {
  const box = await sandboxFor(t)
  const auth = `QQBot ${await login(box)}`
  const ask = (): ReturnType<typeof call> => call(box, 'GET', '/gateway', undefined, auth)
  box.fault('gateway_500', { times: 1 })
  assert.equal((await ask()).status, 500)
  box.fault('gateway_no_url', { times: 1 })
  assert.deepEqual((await ask()).json, {})
  box.fault('gateway_bad_url', { times: 1 })
  assert.equal((await ask()).json['url'], 'not a url')
  box.fault({ kind: 'http', route: 'websocket', answer: { status: 503 }, times: 1 })
  assert.equal((await dial(gatewayUrl(box)).closed).code, 1006)
  box.fault({ kind: 'http', route: 'websocket', answer: 'silence', times: 1 })
  const silent = dial(gatewayUrl(box))
  await assert.rejects(silent.next(60), /no frame/)
  silent.end()
  const works = await greeted(box)
  works.end()
})

test('sends that fail: refused before they are stored, or shown and the answer lost', async t => {
  const box = await sandboxFor(t)
  const auth = `QQBot ${await login(box)}`
  const said = box.say({ person: 'Alice', text: 'hi' })
  const send = (seq: number, body: object = {}): ReturnType<typeof call> =>
    call(
      box,
      'POST',
      `/v2/users/${said.chat.openid}/messages`,
      { content: `n${seq}`, msg_id: said.id, msg_seq: seq, ...body },
      auth,
    )
  const shown = (): string[] => box.answers({ person: 'Alice' }).map(({ text }) => text)

  for (const [name, status] of [
    ['send_500', 500],
    ['send_502_html', 502],
    ['send_429', 429],
    ['send_200_code', 200],
  ] as const) {
    box.fault(name, { times: 1 })
    assert.equal((await send(1)).status, status, name)
  }
  box.fault('send_429_retry_after', { times: 1 })
  assert.equal((await send(1)).headers.get('retry-after'), '2')
  box.fault('send_reset', { times: 1 })
  await assert.rejects(send(1))
  assert.deepEqual(shown(), [])

  box.fault('lost_answer')
  await assert.rejects(send(1))
  assert.deepEqual(shown(), ['n1'])
  assert.equal((await send(1)).json['err_code'], 40054005)
  box.fault('send_204', { times: 1 })
  assert.deepEqual([(await send(2)).status, shown()], [204, ['n1', 'n2']])
  for (const [name, body, code] of [
    ['markdown_refused', { msg_type: 2, content: '', markdown: { content: '**x**' } }, 40034012],
    ['template_refused', { msg_type: 2, content: '', markdown: { content: '**x**' } }, 304014],
    ['link_refused', { content: 'run 1.sh now' }, 304003],
    ['content_refused', {}, 40034006],
    ['msg_id_expired', {}, 40034005],
    ['quota_used_up', {}, 40034128],
    ['proactive_refused', { msg_id: undefined }, 40034102],
  ] as const) {
    box.fault(name, { times: 1 })
    assert.equal((await send(3, body)).json['err_code'], code, name)
  }
  box.fault('link_refused', { times: 1 })
  assert.equal((await send(3, { content: 'no link here. None.' })).status, 200)
  assert.equal(box.replies(said.id)?.places, 3)
})

test('a message under audit is shown when it passes, and the verdict is an event', async t => {
  const box = await sandboxFor(t)
  const { link, auth } = await ready(box, { intents: (1 << 25) | (1 << 27) })
  const said = box.say({ person: 'Alice', text: 'hi' })
  await link.next()
  const path = `/v2/users/${said.chat.openid}/messages`
  box.fault({ kind: 'audit', verdictAfterMs: 20, times: 1 })
  const held = await call(box, 'POST', path, { content: 'checked', msg_id: said.id }, auth)
  assert.deepEqual([held.status, held.json['code']], [202, 304024])
  assert.equal(box.answers({ person: 'Alice' }).length, 0)
  const verdict = await link.next()
  assert.equal(verdict.t, 'MESSAGE_AUDIT_PASS')
  const audit = held.json['data'] as { message_audit: { audit_id: string } }
  assert.equal(dataOf(verdict)['audit_id'], audit.message_audit.audit_id)
  await untilAnswers(box, { person: 'Alice' }, 1)
  box.fault({ kind: 'audit', verdict: 'reject', verdictAfterMs: 1, times: 1 })
  await call(box, 'POST', path, { content: 'bad', msg_id: said.id, msg_seq: 2 }, auth)
  assert.equal((await link.next()).t, 'MESSAGE_AUDIT_REJECT')
  assert.equal(box.answers({ person: 'Alice' }).length, 1)
  link.end()
})

test('a fault is limited to a number of times, to a span, to a bot, and may begin later', async t => {
  const other = { appId: '102000002', secret: 'sandbox-secret-2' }
  const box = await sandboxFor(t, { bots: [TEST_BOT, other] })
  const statusFor = async (bot: { appId: string; secret: string }): Promise<number> =>
    (await call(box, 'POST', '/app/getAppAccessToken', { appId: bot.appId, clientSecret: bot.secret })).status
  box.fault('token_500', { appId: other.appId, times: 2 })
  assert.deepEqual(
    [await statusFor(TEST_BOT), await statusFor(other), await statusFor(other), await statusFor(other)],
    [200, 500, 500, 200],
  )
  box.fault('token_500', { afterMs: 60, forMs: 60 })
  assert.equal(await statusFor(TEST_BOT), 200)
  const changes: string[] = []
  box.on(
    entry => {
      if (entry.kind === 'fault') changes.push(entry.change)
    },
    ['fault'],
  )
  await until(box, 'the beginning', () => changes.includes('on'))
  assert.equal(await statusFor(TEST_BOT), 500)
  await until(box, 'the end', () => changes.includes('off'))
  assert.equal(await statusFor(TEST_BOT), 200)
  assert.throws(() => box.fault({ kind: 'gateway', on: 'never' } as unknown as FaultSpec))
})
