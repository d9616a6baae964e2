import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallError } from '../../../../src/platforms/qqbot/link/failure.ts'
import type { Failure } from '../../../../src/platforms/qqbot/link/session-types.ts'
import { DEFAULT_LIMITS } from '../../../../src/platforms/qqbot/settings.ts'
import { type Calls, callsTo, inTime, seen } from '../calls.ts'

const { tokenSpacingMs, slowDownMs } = DEFAULT_LIMITS

function asked({ box }: Calls): number {
  return seen(box, '/app/getAppAccessToken')
}

async function failureFrom(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise
  } catch (thrown) {
    assert.ok(thrown instanceof CallError, String(thrown))
    return thrown.failure
  }
  throw new assert.AssertionError({ message: 'no failure' })
}

test('one token serves all until its last minute, then another, and the old one is never handed out when it is over', async t => {
  const calls = await callsTo(t)
  const first = await calls.tokens.get()
  await calls.clock.advance(7_000_000)
  assert.equal(await calls.tokens.get(), first)
  assert.equal(asked(calls), 1)
  await calls.clock.advance(160_000)
  const second = await calls.tokens.get()
  assert.notEqual(second, first)
  assert.equal(asked(calls), 2)
})

test('many who ask at once share one call; one that stops waiting leaves the others theirs', async t => {
  const calls = await callsTo(t)
  calls.box.fault({ kind: 'http', route: 'token', answer: 'normal', delayMs: 1 })
  const leaver = new AbortController()
  const left = assert.rejects(calls.tokens.get(leaver.signal), /not interested/)
  const others = [calls.tokens.get(), calls.tokens.get(new AbortController().signal), calls.tokens.get()]
  leaver.abort(new Error('not interested'))
  await left
  const got = await inTime(calls, Promise.all(others))
  assert.equal(new Set(got).size, 1)
  assert.equal(asked(calls), 1)
})

test('when nobody waits any more the call is called off, and the next one keeps its distance', async t => {
  const calls = await callsTo(t)
  const fault = calls.box.fault('token_silent')
  const only = new AbortController()
  const waiting = assert.rejects(calls.tokens.get(only.signal), /enough/)
  only.abort(new Error('enough'))
  await waiting
  fault.off()
  let got: string | undefined
  const next = calls.tokens.get().then(token => {
    got = token
  })
  await calls.clock.advance(tokenSpacingMs - 1)
  assert.equal(got, undefined)
  await inTime(calls, next)
  assert.ok(got)
})

test('A4 expires_in as text or number, missing, 0, tiny, negative, absurd: asked at most once in five seconds', async t => {
  for (const value of ['7200', 7200, undefined, '0', 0, 1, '0.5', -20, 'soon', null, {}, 1e12]) {
    await t.test(`expires_in ${JSON.stringify(value)}`, async sub => {
      const calls = await callsTo(sub)
      calls.box.fault({ kind: 'expires_in', value })
      let gets = 0
      for (let atMs = 0; atMs < 60_000; atMs += 500) {
        assert.ok(await inTime(calls, calls.tokens.get()))
        gets += 1
        await calls.clock.advance(500)
      }
      assert.ok(gets >= 100)
      assert.ok(asked(calls) >= 1 && asked(calls) <= 60_000 / tokenSpacingMs + 1, `asked ${asked(calls)} times`)
      if (value === '7200' || value === 7200 || value === undefined || value === 1e12) assert.equal(asked(calls), 1)
    })
  }
})

test('A4 a token that lives shortly is renewed before it ends', async t => {
  const calls = await callsTo(t)
  calls.box.setOptions({ tokenLifeSeconds: 100, tokenOverlapSeconds: 60 })
  for (let atMs = 0; atMs < 600_000; atMs += 1_000) {
    const token = await calls.tokens.get()
    const reply = await calls.api.call({ method: 'GET', path: '/gateway' })
    assert.equal(reply.kind === 'answered' && reply.status, 200, `${token} at ${atMs}`)
    await calls.clock.advance(1_000)
  }
  assert.ok(asked(calls) < 30, `asked ${asked(calls)} times`)
})

test('A2 wrong credentials under HTTP 200: final, with a hint, and at most two calls a minute', async t => {
  for (const name of ['token_100016', 'token_100007', 'token_10004'] as const) {
    await t.test(name, async sub => {
      const calls = await callsTo(sub)
      calls.box.fault(name)
      for (let atMs = 0; atMs < 5 * 60_000; atMs += 1_000) {
        const failure = await failureFrom(calls.tokens.get())
        assert.equal(failure.verdict, 'final')
        assert.equal(failure.code, 'qq_credentials_rejected')
        assert.match(failure.hint ?? '', /q\.qq\.com/)
        assert.doesNotMatch(failure.message, /sandbox-secret/)
        await calls.clock.advance(1_000)
      }
      assert.ok(asked(calls) <= 10, `asked ${asked(calls)} times in five minutes`)
    })
  }
})

test('A3 100001 and 429: busy, Retry-After is kept, and nobody hammers', async t => {
  const calls = await callsTo(t)
  const fault = calls.box.fault('token_100001')
  assert.deepEqual(pick(await failureFrom(calls.tokens.get())), { verdict: 'busy', code: 'qq_token_busy' })
  await calls.clock.advance(slowDownMs - 1_000)
  const waiting = await failureFrom(calls.tokens.get())
  assert.equal(waiting.verdict, 'busy')
  assert.ok((waiting.waitMs ?? 0) > 0 && (waiting.waitMs ?? 0) <= 1_001, `${waiting.waitMs}`)
  assert.equal(asked(calls), 1)
  fault.off()
  calls.box.fault({
    kind: 'http',
    route: 'token',
    times: 1,
    answer: { status: 429, headers: { 'retry-after': '120' }, body: '<html>slow down</html>' },
  })
  await calls.clock.advance(2_000)
  assert.equal((await failureFrom(calls.tokens.get())).waitMs, 120_000)
  await calls.clock.advance(119_000)
  assert.equal((await failureFrom(calls.tokens.get())).verdict, 'busy')
  assert.equal(asked(calls), 2)
  await calls.clock.advance(1_001)
  assert.ok(await calls.tokens.get())
})

function pick({ verdict, code }: Failure): Pick<Failure, 'verdict' | 'code'> {
  return { verdict, code }
}

test('A1 refused, DNS, 500, HTML, reset, silence: each passes, has a name, and the next try gets a token', async t => {
  const refused = { tokenUrl: 'http://127.0.0.1:1/app/getAppAccessToken' }
  const unknownHost = { tokenUrl: 'http://no-such-host.invalid/app/getAppAccessToken' }
  for (const changes of [refused, unknownHost]) {
    const failure = await failureFrom((await callsTo(t, changes)).tokens.get())
    assert.deepEqual(pick(failure), { verdict: 'passing', code: 'qq_token_unreachable' })
  }
  const names = {
    token_500: 'qq_token_failed',
    token_html: 'qq_token_failed',
    token_reset: 'qq_token_unreachable',
    token_silent: 'qq_token_timeout',
  } as const
  for (const name of ['token_500', 'token_html', 'token_reset', 'token_silent'] as const) {
    const calls = await callsTo(t, { limits: { tokenMs: 300 } })
    const fault = calls.box.fault(name)
    const failure = await failureFrom(calls.tokens.get())
    assert.deepEqual(pick(failure), { verdict: 'passing', code: names[name] })
    fault.off()
    assert.ok(await inTime(calls, calls.tokens.get()), name)
  }
})

test('what the platform sends as a token must fit into a header', async t => {
  for (const access_token of ['', 7, null, 'two words', 'line\nbreak', '密']) {
    const calls = await callsTo(t)
    calls.box.fault({
      kind: 'http',
      route: 'token',
      answer: { status: 200, body: { access_token, expires_in: '7200' } },
    })
    assert.equal((await failureFrom(calls.tokens.get())).code, 'qq_token_failed', JSON.stringify(access_token))
  }
})

test('in its last minute the old token stays in use while no other can be had', async t => {
  const calls = await callsTo(t)
  const first = await calls.tokens.get()
  await calls.clock.advance(7_160_000)
  calls.box.fault('token_500')
  assert.equal(await calls.tokens.get(), first)
  assert.equal(await calls.tokens.get(), first)
  assert.equal(asked(calls), 2)
  await calls.clock.advance(10_000)
  calls.box.clearFaults()
  calls.box.fault('token_429')
  assert.equal(await calls.tokens.get(), first)
  await calls.clock.advance(31_000)
  assert.equal((await failureFrom(calls.tokens.get())).code, 'qq_token_busy')
})

test('while the old token is in use it is said that there is no new one, once, and that there is one again', async t => {
  const calls = await callsTo(t)
  const words = (): (string | null)[] =>
    calls.observed.flatMap(one => (one.kind === 'limited' && one.what === 'token' ? [one.message] : []))
  await calls.tokens.get()
  await calls.clock.advance(7_160_000)
  const fault = calls.box.fault('token_100016')
  await calls.tokens.get()
  assert.equal(words().length, 1)
  assert.match(words()[0] ?? '', /^no new access token: .*app id or its secret/)
  fault.off()
  await calls.clock.advance(slowDownMs)
  await calls.tokens.get()
  assert.deepEqual(words().slice(1), [null])
})

test('a token that was dropped is not used again; one that is newer is not dropped by word of the old one', async t => {
  const calls = await callsTo(t)
  const first = await calls.tokens.get()
  calls.box.fault('revoke_token')
  calls.tokens.drop(first)
  const second = await inTime(calls, calls.tokens.get())
  assert.notEqual(second, first)
  calls.tokens.drop(first)
  assert.equal(await calls.tokens.get(), second)
  calls.tokens.drop(undefined)
  await inTime(calls, calls.tokens.get())
  assert.equal(asked(calls), 3)
})

test('dropped again and again, it is asked for once in five seconds', async t => {
  const calls = await callsTo(t)
  const startMs = calls.clock.monotonicMs()
  for (let i = 0; i < 20; i += 1) calls.tokens.drop(await inTime(calls, calls.tokens.get()))
  assert.ok(calls.clock.monotonicMs() - startMs >= 19 * tokenSpacingMs)
  assert.equal(asked(calls), 20)
})

test('a machine that has slept past the end of the token asks for another, though one of its clocks stood still', async t => {
  const calls = await callsTo(t)
  const first = await calls.tokens.get()
  await calls.clock.advance(tokenSpacingMs)
  calls.clock.jumpWall(3 * 3_600_000)
  calls.box.advance(3 * 3_600_000)
  assert.notEqual(await calls.tokens.get(), first)
})

test('each token is a secret from the moment it is there', async t => {
  const calls = await callsTo(t)
  const token = await calls.tokens.get()
  assert.doesNotMatch(calls.redactor.redact(`the token is ${token}.`), new RegExp(token))
})

test('of the tokens of a day those that may still be good are looked for, and no others', async t => {
  const calls = await callsTo(t)
  const tokens: string[] = []
  for (let hours = 0; hours < 24; hours += 2) {
    tokens.push(await calls.tokens.get())
    await calls.clock.advance(7_200_000)
  }
  const isMasked = (token: string): boolean => !calls.redactor.redact(`the token is ${token}.`).includes(token)
  assert.equal(new Set(tokens).size, 12)
  assert.deepEqual(tokens.map(isMasked), [...Array(10).fill(false), true, true])
})

test('a failure does not tell the secret, also where the platform repeats it', async t => {
  const calls = await callsTo(t)
  calls.redactor.add(calls.settings.clientSecret)
  calls.box.fault({
    kind: 'http',
    route: 'token',
    answer: { status: 200, body: { code: 100016, message: `wrong secret ${calls.settings.clientSecret}` } },
  })
  const failure = await failureFrom(calls.tokens.get())
  assert.doesNotMatch(calls.redactor.redact(failure.message), /sandbox-secret/)
})
