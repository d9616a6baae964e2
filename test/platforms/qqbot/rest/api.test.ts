import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../../src/lib/clock.ts'
import { readAnswer } from '../../../../src/platforms/qqbot/rest/answer.ts'
import { type ApiReply, isTokenRefusal } from '../../../../src/platforms/qqbot/rest/api.ts'
import { startHalfOpenProxy } from '../../../../src/sandbox/half-open-proxy.ts'
import { sandboxFor } from '../../../support/sandbox.ts'
import { callsTo } from '../calls.ts'

const NOW_MS = Date.UTC(2026, 0, 1)

function answered(status: number, code?: number): ApiReply {
  const nothing = { json: undefined, message: undefined, traceId: undefined, retryAfterMs: undefined }
  return { kind: 'answered', token: 'token', status, code, ...nothing }
}

test('a call carries the token and comes back with what the platform said', async t => {
  const { box, api, tokens } = await callsTo(t)
  const reply = await api.call({ method: 'GET', path: '/gateway' })
  assert.ok(reply.kind === 'answered')
  assert.equal(reply.status, 200)
  assert.match(String(reply.json?.['url']), /^ws:/)
  assert.equal(reply.code, undefined)
  assert.match(reply.traceId ?? '', /^[0-9a-f]{32}$/)
  assert.equal(reply.token, await tokens.get())
  assert.ok(
    box.log.entries({ kinds: ['request'] }).some(entry => entry.kind === 'request' && entry.path === '/gateway'),
  )
})

test('a refusal comes back with its code, its words and its trace id', async t => {
  const { box, api } = await callsTo(t)
  const openid = box.person('Alice')
  const body = { msg_type: 99, content: 'hi', msg_id: 'nobody', msg_seq: 1 }
  const reply = await api.call({ method: 'POST', path: `/v2/users/${openid}/messages`, body })
  assert.ok(reply.kind === 'answered')
  assert.equal(reply.status, 400)
  assert.ok(reply.code !== undefined && reply.code > 0)
  assert.ok(reply.message)
  assert.match(reply.traceId ?? '', /^[0-9a-f]{32}$/)
})

test('HTML, an empty 204, a JSON array: an answer without an object', async t => {
  const { box, api } = await callsTo(t)
  for (const answer of [
    { status: 502, body: '<html>bad gateway</html>' },
    { status: 204 },
    { status: 200, body: [1] },
  ]) {
    const fault = box.fault({ kind: 'http', route: 'gateway', answer })
    const reply = await api.call({ method: 'GET', path: '/gateway' })
    assert.ok(reply.kind === 'answered')
    assert.equal(reply.status, answer.status)
    assert.equal(reply.json, undefined)
    assert.equal(reply.code, undefined)
    fault.off()
  }
})

test('nothing was written: no token, nobody there, called off before', async t => {
  const noToken = await callsTo(t)
  noToken.box.fault('token_100016')
  const refused = await noToken.api.call({ method: 'GET', path: '/gateway' })
  assert.ok(refused.kind === 'not_sent')
  assert.equal(refused.failure?.verdict, 'final')
  assert.equal(noToken.box.counters().gatewayCalls, 0)

  const nobody = await callsTo(t, { apiBase: 'http://127.0.0.1:1' })
  const unreachable = await nobody.api.call({ method: 'GET', path: '/gateway' })
  assert.ok(unreachable.kind === 'not_sent')
  assert.equal(unreachable.failure, undefined)

  const calledOff = await noToken.api.call({ method: 'GET', path: '/gateway' }, AbortSignal.abort(new Error('stop')))
  assert.equal(calledOff.kind, 'not_sent')
})

test('written, and no answer: reset, silence, called off meanwhile', async t => {
  const { box, api, tokens } = await callsTo(t)
  await tokens.get()
  for (const answer of ['reset', 'silence'] as const) {
    const fault = box.fault({ kind: 'http', route: 'gateway', answer, processed: true })
    assert.equal((await api.call({ method: 'GET', path: '/gateway', timeoutMs: 300 })).kind, 'unanswered', answer)
    fault.off()
  }
  box.fault({ kind: 'http', route: 'gateway', answer: 'silence', processed: true })
  const stop = new AbortController()
  const off = box.on(entry => {
    if (entry.kind === 'request' && entry.path === '/gateway') stop.abort(new Error('stop'))
  })
  assert.equal((await api.call({ method: 'GET', path: '/gateway' }, stop.signal)).kind, 'unanswered')
  off()
})

test('a connection that goes nowhere is unanswered within its bound', async t => {
  const box = await sandboxFor(t)
  const proxy = await startHalfOpenProxy({ port: box.port })
  t.after(() => proxy.stop())
  const { api, tokens } = await callsTo(t, { apiBase: proxy.url, tokenUrl: box.tokenUrl })
  await tokens.get()
  proxy.blackHole()
  const startMs = systemClock.monotonicMs()
  const reply = await api.call({ method: 'GET', path: '/gateway', timeoutMs: 200 })
  assert.equal(reply.kind, 'unanswered')
  assert.ok(systemClock.monotonicMs() - startMs < 5_000)
})

test('err_code is judged before code, 0 is no code, and texts that are numbers are numbers', () => {
  const codeOf = (body: unknown): number | undefined =>
    readAnswer({ status: 400, headers: {}, body: JSON.stringify(body) }, NOW_MS).code
  assert.equal(codeOf({ code: 11298, err_code: 40023002 }), 40023002)
  assert.equal(codeOf({ code: 11298 }), 11298)
  assert.equal(codeOf({ code: 304023, err_code: 0 }), 304023)
  assert.equal(codeOf({ code: 0, err_code: 0 }), undefined)
  assert.equal(codeOf({ code: '11244' }), 11244)
  assert.equal(codeOf({ code: 'none', err_code: null }), undefined)
  assert.equal(codeOf([{ code: 1 }]), undefined)
})

test('Retry-After in seconds, as a date, as nonsense; never negative, never absurd', () => {
  const waitOf = (header: string): number | undefined =>
    readAnswer({ status: 429, headers: { 'retry-after': header }, body: '' }, NOW_MS).retryAfterMs
  assert.equal(waitOf('5'), 5_000)
  assert.equal(waitOf('0.5'), 500)
  assert.equal(waitOf(new Date(NOW_MS + 30_000).toUTCString()), 30_000)
  assert.equal(waitOf(new Date(NOW_MS - 30_000).toUTCString()), 0)
  assert.equal(waitOf('-5'), 0)
  assert.equal(waitOf('99999999'), 3_600_000)
  assert.equal(waitOf('soon'), undefined)
  assert.equal(waitOf(' '), undefined)
})

test('the trace id is in the header, or else in the body', () => {
  const body = JSON.stringify({ trace_id: 'of the body' })
  assert.equal(
    readAnswer({ status: 500, headers: { 'x-tps-trace-id': 'of the header' }, body }, NOW_MS).traceId,
    'of the header',
  )
  assert.equal(readAnswer({ status: 500, headers: {}, body }, NOW_MS).traceId, 'of the body')
})

test('which refusals mean the token, and not the address of this machine', () => {
  for (const code of [11241, 11242, 11243, 11244]) assert.ok(isTokenRefusal(answered(500, code)), String(code))
  assert.ok(isTokenRefusal(answered(401)))
  assert.ok(!isTokenRefusal(answered(500)))
  assert.ok(!isTokenRefusal(answered(400, 40034102)))
  assert.ok(!isTokenRefusal({ kind: 'unanswered', message: '' }))
  for (const code of [11298, 40023002]) assert.ok(!isTokenRefusal(answered(401, code)))
})
