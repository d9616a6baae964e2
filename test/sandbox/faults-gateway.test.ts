/** Faults of the host and of the gateway, as a client meets them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultSpec, Sandbox } from '../../src/sandbox/sandbox.ts'
import { sandboxFor, until } from '../support/sandbox.ts'
import { call, dataOf, dial, gatewayUrl, greeted, identify, login, type RawLink, ready, resume } from './raw-bot.ts'

/** `reset`, or `no answer` after the patience is over. */
async function failureOf(box: Sandbox, path: string, patienceMs = 300): Promise<string> {
  try {
    const response = await fetch(new URL(path, box.url), { signal: AbortSignal.timeout(patienceMs) })
    return String(response.status)
  } catch (thrown) {
    const { name, cause } = thrown as Error & { cause?: { code?: string } }
    return name === 'TimeoutError' ? 'no answer' : (cause?.code ?? name)
  }
}

test('host down by refusal: the port is closed, open links are cut; the control address stays; then all is back', async t => {
  const box = await sandboxFor(t)
  const { link } = await ready(box)
  const fault = box.fault('host_down')
  assert.equal((await link.closed).code, 1006)
  assert.equal(await failureOf(box, '/gateway'), 'ECONNREFUSED')
  const failed = dial(gatewayUrl(box))
  assert.equal((await failed.closed).code, 1006)
  const state = await fetch(`${box.controlUrl}/sandbox/state`)
  assert.equal(((await state.json()) as { host: string }).host, 'refuse')
  assert.ok(fault.off())
  await until(box, 'the port', () => box.platform.hostMode === 'up')
  const again = await eventually(() => ready(box))
  again.link.end()
})

/** The port comes back a moment after the fault is gone. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 5_000
  for (;;) {
    try {
      return await attempt()
    } catch (thrown) {
      if (performance.now() > deadline) throw thrown
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}

test('host down by reset: requests and upgrades are reset; it ends by itself', async t => {
  const box = await sandboxFor(t)
  const { link } = await ready(box)
  box.fault('host_reset', { forMs: 150 })
  assert.equal((await link.closed).code, 1006)
  assert.match(await failureOf(box, '/gateway'), /ECONNRESET|UND_ERR_SOCKET/)
  assert.equal((await dial(gatewayUrl(box)).closed).code, 1006)
  await until(box, 'the end of the fault', () => box.faults().length === 0)
  assert.equal(await failureOf(box, '/gateway'), '401')
})

test('a frozen host: nothing is read, written or closed; what waited goes on afterwards', async t => {
  const box = await sandboxFor(t, { options: { heartbeatIntervalMs: 100 } })
  const { link, auth } = await ready(box)
  const said = box.say({ person: 'Alice', text: 'before' })
  await link.next()
  const fault = box.fault('freeze')
  link.send({ op: 1, d: 2 })
  box.say({ person: 'Alice', text: 'meanwhile' })
  const waiting = call(box, 'POST', `/v2/users/${said.chat.openid}/messages`, { content: 'x', msg_id: said.id }, auth)
  const dialled = dial(gatewayUrl(box))
  assert.equal(await failureOf(box, '/gateway'), 'no answer')
  assert.deepEqual([link.waiting, dialled.waiting, link.ws.readyState], [0, 0, link.ws.OPEN])
  assert.equal(box.answers({ person: 'Alice' }).length, 0)
  fault.off()
  const frames = [await link.next(), await link.next()]
  assert.deepEqual(
    frames.map(frame => frame.t ?? frame.op),
    ['C2C_MESSAGE_CREATE', 11],
  )
  assert.equal((await waiting).status, 200)
  assert.equal((await dialled.next()).op, 10)
  for (const each of [link, dialled]) each.end()
})

test('frozen links: the old one is silent, a new one works', async t => {
  const box = await sandboxFor(t)
  const { link, token, sessionId } = await ready(box)
  box.fault('freeze_links')
  link.send({ op: 1, d: 1 })
  box.say({ person: 'Alice', text: 'hi' })
  const other = await greeted(box)
  other.send(resume(token, sessionId, 1))
  assert.deepEqual([(await other.next()).t, (await other.next()).t], ['C2C_MESSAGE_CREATE', 'RESUMED'])
  assert.equal(link.waiting, 0)
  assert.equal(link.ws.readyState, link.ws.OPEN)
  box.clearFaults()
  assert.equal((await link.closed).code, 4009)
  other.end()
})

test('frames that never come: HELLO, READY, RESUMED, ACK, events', async t => {
  const box = await sandboxFor(t)
  const quiet = async (link: RawLink): Promise<void> => {
    await assert.rejects(link.next(60), /no frame/)
    link.end()
  }
  box.fault('no_hello', { times: 1 })
  await quiet(dial(gatewayUrl(box)))

  box.fault('no_ready', { times: 1 })
  const token = await login(box)
  const unanswered = await greeted(box)
  unanswered.send(identify(token))
  await quiet(unanswered)

  const { link, sessionId } = await ready(box)
  box.fault('no_ack', { times: 1 })
  link.send({ op: 1, d: 1 })
  await assert.rejects(link.next(60), /no frame/)
  link.send({ op: 1, d: 1 })
  assert.equal((await link.next()).op, 11)
  box.fault('no_events', { times: 1 })
  box.say({ person: 'Alice', text: 'unheard' })
  await quiet(link)

  box.fault('no_resumed', { times: 1 })
  const resumed = await greeted(box)
  resumed.send(resume(token, sessionId, 1))
  assert.equal(dataOf(await resumed.next())['content'], 'unheard')
  await quiet(resumed)
})

test('a late ACK is late, and comes', async t => {
  const box = await sandboxFor(t)
  const { link } = await ready(box)
  box.fault({ kind: 'slow', what: 'ack', delayMs: 80 })
  const started = performance.now()
  link.send({ op: 1, d: 1 })
  assert.equal((await link.next()).op, 11)
  assert.ok(performance.now() - started >= 75)
  link.end()
})

test('closes with any code or none: now, later, and at each point of a link', async t => {
  const box = await sandboxFor(t)
  for (const code of [1000, 1001, 4000, 4008, 4009, 4913, 4914, 4999]) {
    const { link } = await ready(box)
    box.fault({ kind: 'gateway', on: 'now', do: 'close', code, reason: 'because' })
    assert.deepEqual(await link.closed, { code, reason: 'because' })
  }
  const bare = await ready(box)
  box.fault('close_no_code')
  assert.equal((await bare.link.closed).code, 1005)
  const later = await ready(box)
  box.fault({ kind: 'gateway', on: 'now', do: 'destroy', delayMs: 50 })
  later.link.send({ op: 1, d: 1 })
  assert.equal((await later.link.next()).op, 11)
  assert.equal((await later.link.closed).code, 1006)

  const token = await login(box)
  const once = (spec: FaultSpec): void => {
    box.fault({ ...spec, times: 1 })
  }
  once({ kind: 'gateway', on: 'open', do: 'destroy' })
  assert.equal((await dial(gatewayUrl(box)).closed).code, 1006)
  once({ kind: 'gateway', on: 'hello', do: 'close', code: 4900 })
  assert.equal((await (await greeted(box)).closed).code, 4900)
  once({ kind: 'gateway', on: 'identify', do: 'close', code: 4004 })
  const identified = await greeted(box)
  identified.send(identify(token))
  assert.equal((await identified.closed).code, 4004)
  once({ kind: 'gateway', on: 'ready', do: 'destroy' })
  const brief = await ready(box)
  assert.equal((await brief.link.closed).code, 1006)
  once({ kind: 'gateway', on: 'resume', do: 'destroy' })
  const resuming = await greeted(box)
  resuming.send(resume(token, brief.sessionId, 1))
  assert.equal((await resuming.closed).code, 1006)
  once({ kind: 'gateway', on: 'resumed', do: 'close', code: 4009 })
  const resumed = await greeted(box)
  resumed.send(resume(token, brief.sessionId, 1))
  assert.equal((await resumed.next()).t, 'RESUMED')
  assert.equal((await resumed.closed).code, 4009)
})

test('after 4006 the session is gone, after 4009 it can be resumed', async t => {
  const box = await sandboxFor(t)
  for (const [fault, answer] of [
    ['close_4009', 'RESUMED'],
    ['close_4006', undefined],
  ] as const) {
    const { link, token, sessionId } = await ready(box)
    box.fault(fault)
    await link.closed
    const next = await greeted(box)
    next.send(resume(token, sessionId, 1))
    assert.equal((await next.next()).t, answer)
    next.end()
  }
})

test('op 7 and op 9, on the spot and in place of an answer', async t => {
  const box = await sandboxFor(t)
  const { link, token } = await ready(box)
  box.fault('op7')
  box.fault('op9_true')
  box.fault('op9_false')
  assert.deepEqual(
    [await link.next(), await link.next(), await link.next()],
    [{ op: 7 }, { op: 9, d: true }, { op: 9, d: false }],
  )
  box.fault('op7_on_identify')
  const other = await greeted(box)
  other.send(identify(token))
  assert.deepEqual(await other.next(), { op: 7 })
  box.fault('op9_on_resume')
  other.send(resume(token, 'any', 1))
  assert.deepEqual(await other.next(), { op: 9, d: false })
  for (const each of [link, other]) each.end()
})

test('heartbeat intervals of any kind', async t => {
  const box = await sandboxFor(t)
  for (const [fault, d] of [
    ['no_heartbeat_interval', {}],
    ['zero_heartbeat_interval', { heartbeat_interval: 0 }],
    ['huge_heartbeat_interval', { heartbeat_interval: 1e12 }],
  ] as const) {
    box.fault(fault, { times: 1 })
    const link = dial(gatewayUrl(box))
    assert.deepEqual((await link.next()).d, d)
    link.end()
  }
})

test('events twice, in the wrong order, with repeated, skipped and restarted numbers', async t => {
  const box = await sandboxFor(t)
  const { link } = await ready(box)
  const heard = async (count: number): Promise<unknown[]> => {
    const seen: unknown[] = []
    for (let at = 0; at < count; at += 1) {
      const frame = await link.next()
      seen.push([frame.s, dataOf(frame)['content']])
    }
    return seen
  }
  const say = (text: string): void => {
    box.say({ person: 'Alice', text })
  }
  box.fault('duplicate_events', { times: 1 })
  say('a')
  assert.deepEqual(await heard(2), [
    [2, 'a'],
    [3, 'a'],
  ])
  box.fault('swap_events')
  say('b')
  say('c')
  assert.deepEqual(await heard(2), [
    [5, 'c'],
    [4, 'b'],
  ])
  box.fault('repeat_seq')
  say('d')
  box.fault('skip_seq')
  say('e')
  box.fault('reset_seq')
  say('f')
  assert.deepEqual(await heard(3), [
    [5, 'd'],
    [7, 'e'],
    [1, 'f'],
  ])
  link.end()
})

test('broken frames reach the client as they are', async t => {
  const box = await sandboxFor(t)
  const { link } = await ready(box)
  box.fault('broken_json')
  box.fault('array_frame')
  box.fault({ kind: 'gateway', on: 'now', do: 'raw', frame: { text: '{"op":11,"extra":1}' } })
  assert.deepEqual(
    [await link.nextText(), await link.nextText(), await link.nextText()],
    ['{"op":0,"s":', '[{"op":11}]', '{"op":11,"extra":1}'],
  )
  const binary = new Promise(resolve => link.ws.once('message', (_, isBinary) => resolve(isBinary)))
  box.fault('binary_frame')
  assert.equal(await binary, true)
  await link.nextText()
  box.fault('huge_frame')
  assert.ok((await link.nextText()).length > 10 * 1024 * 1024)
  box.fault('half_frame')
  box.say({ person: 'Alice', text: 'swallowed' })
  await assert.rejects(link.next(60), /no frame/)
  link.end()
})

test('forgotten sessions and revoked tokens', async t => {
  const box = await sandboxFor(t)
  const { link, token, sessionId, auth } = await ready(box)
  box.fault('forget_sessions')
  box.fault('cut')
  await link.closed
  const other = await greeted(box)
  other.send(resume(token, sessionId, 1))
  assert.equal((await other.next()).op, 9)
  box.fault('revoke_token')
  assert.equal((await call(box, 'GET', '/users/@me', undefined, auth)).json['err_code'], 11244)
  const refused = await greeted(box)
  refused.send(identify(token))
  assert.equal((await refused.next()).op, 9)
})
