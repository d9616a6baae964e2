/** The platform's REST answers with any status and any body: a send ends under an outcome, and nothing is taken for accepted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gatewayOf } from '../../src/platforms/qqbot/link/bot/gateway-answer.ts'
import { type Answer, readAnswer } from '../../src/platforms/qqbot/rest/answer.ts'
import { lifetimeMs, tokenFailure } from '../../src/platforms/qqbot/rest/token-answer.ts'
import { adapterFor } from '../support/qq-house.ts'
import { sandboxFor } from '../support/sandbox.ts'
import { anyText } from './arbitraries.ts'

const code = fc.oneof(
  fc.constantFrom(0, 11244, 22009, 304023, 304061, 40034128, 40054005, 40034105, 100001, '100001', null, 'x'),
  fc.integer(),
)
const told = fc.record(
  { code, err_code: code, message: fc.oneof(anyText(40), fc.integer()), trace_id: fc.oneof(anyText(8), fc.integer()) },
  { requiredKeys: [] },
)
const body = fc.oneof(
  told.map(record => JSON.stringify(record)),
  told.map(record => JSON.stringify({ ...record, id: 7, url: 'https://example.invalid/x', expires_in: '-1' })),
  fc.json(),
  fc.constantFrom('', '<html>502</html>', 'null', '[]', '{"id":', '{"id":""}', '{"id":null}', '\u0000'),
  anyText(60),
)
const statuses = fc.oneof(
  fc.constantFrom(200, 201, 202, 204, 301, 400, 401, 403, 404, 413, 429, 500, 502, 504),
  fc.integer({ min: 200, max: 599 }),
)
const headers = fc.record(
  {
    'retry-after': fc.oneof(
      fc.constantFrom('', '0', '-5', '1e99', 'soon', 'Wed, 21 Oct 2065 07:28:00 GMT'),
      fc.integer().map(String),
    ),
    'x-tps-trace-id': fc.constantFrom('', 'trace'),
  },
  { requiredKeys: [] },
)

function answerOf(status: number, text: string, given: Readonly<Record<string, string>>): Answer {
  return readAnswer({ status, headers: given, body: text }, Date.UTC(2026, 0, 1))
}

test('an answer says nothing that was not in it, and no pause is longer than an hour', () => {
  fc.assert(
    fc.property(statuses, body, headers, (status, text, given) => {
      const answer = answerOf(status, text, given as Record<string, string>)
      assert.equal(answer.status, status)
      assert.ok(answer.code === undefined || (Number.isSafeInteger(answer.code) && answer.code !== 0))
      const { retryAfterMs } = answer
      assert.ok(retryAfterMs === undefined || (retryAfterMs >= 0 && retryAfterMs <= 3_600_000))
      const failure = tokenFailure(answer)
      assert.ok(failure.code.startsWith('qq_') && failure.message !== '')
      const found = gatewayOf({ kind: 'answered', token: 't', ...answer })
      if ('url' in found) assert.match(found.url, /^wss?:/)
    }),
    { numRuns: 1000 },
  )
})

test('the life of a token is between nothing and two hours, whatever is said of it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.double().map(String), fc.double()), given => {
      const lifeMs = lifetimeMs(given)
      assert.ok(lifeMs >= 0 && lifeMs <= 7_200_000, String(lifeMs))
    }),
    { numRuns: 1000 },
  )
})

test('over the wire: any answer to a send is an outcome, and accepted only where the platform named a message or an audit', async t => {
  const box = await sandboxFor(t)
  const { adapter } = adapterFor(box)
  const said = box.say({ person: 'Alice', text: 'hi' })
  const chat = { account: 'qqbot', kind: 'c2c', id: said.chat.openid } as const
  const audited = new Set([304023, 304024])
  await fc.assert(
    fc.asyncProperty(statuses, body, async (status, text) => {
      const fault = box.fault({ kind: 'http', route: 'send', answer: { status, body: text } })
      const outcome = await adapter
        .send(
          { chat, text: 'hello', form: 'plain', reply: { via: 'msg_id', id: said.id, seq: 1 } },
          AbortSignal.timeout(10_000),
        )
        .finally(() => fault.off())
      const { json, code: told } = answerOf(status, text, {})
      if (outcome.kind !== 'accepted') return
      const named = json?.['id'] !== undefined && json['id'] !== null
      assert.ok(
        named || status === 202 || (told !== undefined && audited.has(told)),
        JSON.stringify({ status, text, outcome }),
      )
    }),
    { numRuns: 150 },
  )
})
