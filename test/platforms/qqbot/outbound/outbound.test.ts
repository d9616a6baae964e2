/** One try at a time, against the platform over real sockets: where it goes, what is in it, what its answer means. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { isRecord, parseJson } from '../../../../src/lib/json.ts'
import type { ChatAddress, Observation, Outgoing, SendOutcome } from '../../../../src/platforms/platform.ts'
import type { FaultName, FaultSpec, LogEntry, Sandbox } from '../../../../src/sandbox/sandbox.ts'
import { adapterFor, type HouseOptions } from '../../../support/qq-house.ts'
import { sandboxFor } from '../../../support/sandbox.ts'

type Post = Extract<LogEntry, { readonly kind: 'request' }>

interface World {
  readonly box: Sandbox
  readonly observed: readonly Observation[]
  readonly alice: ChatAddress
  send(outgoing: Outgoing, signal?: AbortSignal): Promise<SendOutcome>
  /** A reply to a new message of Alice's. */
  reply(over?: Partial<Outgoing>, seq?: number): Outgoing
  posts(): readonly Post[]
}

async function worldFor(t: TestContext, options: HouseOptions = {}): Promise<World> {
  const box = await sandboxFor(t)
  const { adapter, observed } = adapterFor(box, options)
  const said = box.say({ person: 'Alice', text: 'hi' })
  const alice: ChatAddress = { account: 'qqbot', kind: 'c2c', id: said.chat.openid }
  return {
    box,
    observed,
    alice,
    send: (outgoing, signal = new AbortController().signal) => adapter.send(outgoing, signal),
    reply(over = {}, seq = 1) {
      const { id } = box.say({ person: 'Alice', text: 'hi' })
      return { chat: alice, text: 'hello', form: 'plain', reply: { via: 'msg_id', id, seq }, ...over }
    },
    posts: () => box.log.entries({ kinds: ['request'] }).filter(isPost),
  }
}

function isPost(entry: LogEntry): entry is Post {
  return entry.kind === 'request' && entry.method === 'POST' && entry.path.endsWith('/messages')
}

function bodyOf(post: Post | undefined): Readonly<Record<string, unknown>> {
  const body = parseJson(post?.request ?? '')
  assert.ok(isRecord(body), post?.request ?? 'there was no post')
  return body
}

function tokenCalls(box: Sandbox): number {
  return box.log.entries({ kinds: ['request'] }).filter(one => one.kind === 'request' && one.route === 'token').length
}

const refusal = (code: number, status?: number): FaultSpec => ({
  kind: 'send',
  when: 'any',
  code,
  ...(status === undefined ? {} : { status }),
})
const answerWith = (status: number, body: unknown, headers: Record<string, string> = {}): FaultSpec => ({
  kind: 'http',
  route: 'send',
  answer: { status, body, headers },
})

test('a reply, shown once, with the message that it answers and its number', async t => {
  const { box, send, reply, posts, observed } = await worldFor(t)
  const outgoing = reply({}, 3)
  const outcome = await send(outgoing)
  const [shown] = box.answers({ person: 'Alice' })
  assert.equal(outcome.kind, 'accepted')
  assert.equal(outcome.kind === 'accepted' && outcome.platformId, shown?.id)
  assert.equal(outcome.status, 200)
  assert.match(outcome.traceId ?? '', /^[0-9a-f]{32}$/)
  assert.deepEqual([shown?.text, shown?.answers, shown?.seq], ['hello', outgoing.reply?.id, 3])
  assert.deepEqual(bodyOf(posts()[0]), { msg_type: 0, content: 'hello', msg_id: outgoing.reply?.id, msg_seq: 3 })
  assert.deepEqual(observed, [{ kind: 'send_accepted' }])
})

test('the body of each form and target', async t => {
  const { box, send, reply, posts, alice } = await worldFor(t)
  const outgoing = reply({ form: 'markdown', text: '**a** <b> & c' })
  assert.equal((await send(outgoing)).kind, 'accepted')
  assert.equal((await send({ chat: alice, text: '1[.]sh', form: 'disarmed' })).kind, 'accepted')
  box.person('Alice', { friend: false })
  box.person('Alice', { friend: true })
  const event = { via: 'event_id', id: 'FRIEND_ADD:nobody', seq: 1 } as const
  await send({ chat: alice, text: 'welcome', form: 'plain', reply: event })
  assert.deepEqual(posts().map(bodyOf), [
    { msg_type: 2, markdown: { content: '**a** <b> & c' }, msg_id: outgoing.reply?.id, msg_seq: 1 },
    { msg_type: 0, content: '1[.]sh' },
    { msg_type: 0, content: 'welcome', event_id: 'FRIEND_ADD:nobody', msg_seq: 1 },
  ])
})

test('E66 each kind of chat has its own address, and guilds a body of their own', async t => {
  const { box, send, posts } = await worldFor(t)
  const group = box.say({ person: 'Bob', group: 'Family', text: 'hi' })
  const channel = box.say({ person: 'Bob', channel: 'general', text: 'hi' })
  const direct = box.say({ person: 'Bob', channel: '@Bob', text: 'hi' })
  const to = (kind: ChatAddress['kind'], id: string, replyTo: string, form: Outgoing['form']): Outgoing => ({
    chat: { account: 'qqbot', kind, id },
    text: 'a <b> & c',
    form,
    reply: { via: 'msg_id', id: replyTo, seq: 2 },
  })
  const outcomes = [
    await send(to('group', group.chat.openid, group.id, 'plain')),
    await send(to('channel', channel.chat.openid, channel.id, 'plain')),
    await send(to('channel', channel.chat.openid, channel.id, 'markdown')),
    await send(to('dm', direct.chat.openid, direct.id, 'plain')),
  ]
  assert.deepEqual(
    outcomes.map(outcome => outcome.kind),
    ['accepted', 'accepted', 'accepted', 'accepted'],
  )
  assert.deepEqual(
    posts().map(post => [post.path, bodyOf(post)]),
    [
      [`/v2/groups/${group.chat.openid}/messages`, { msg_type: 0, content: 'a <b> & c', msg_id: group.id, msg_seq: 2 }],
      [`/channels/${channel.chat.openid}/messages`, { content: 'a &lt;b&gt; &amp; c', msg_id: channel.id }],
      [`/channels/${channel.chat.openid}/messages`, { markdown: { content: 'a <b> & c' }, msg_id: channel.id }],
      [`/dms/${direct.chat.openid}/messages`, { content: 'a &lt;b&gt; &amp; c', msg_id: direct.id }],
    ],
  )
})

test('E66 in a channel people read what was meant, and a message may have many replies', async t => {
  const { box, send } = await worldFor(t)
  const { id, chat } = box.say({ person: 'Bob', channel: 'general', text: 'hi' })
  const texts = ['a <b> & c', '&lt;', '1 < 2 && 3 > 2']
  for (const text of texts) {
    const reply = { via: 'msg_id', id, seq: 1 } as const
    const address: ChatAddress = { account: 'qqbot', kind: 'channel', id: chat.openid }
    assert.equal((await send({ chat: address, text, form: 'plain', reply })).kind, 'accepted')
  }
  assert.deepEqual(
    box.answers({ channel: 'general' }).map(one => one.text),
    texts,
  )
})

test('E66 an id never leaves its place in the address', async t => {
  const { send, posts, alice } = await worldFor(t)
  await send({ chat: { ...alice, id: 'a/../b?c#d !%' }, text: 'x', form: 'plain' })
  assert.equal(posts()[0]?.path, '/v2/users/a%2F..%2Fb%3Fc%23d%20!%25/messages')
})

interface Case {
  readonly fault: FaultName | FaultSpec
  readonly expected: Partial<SendOutcome> & { readonly part?: string; readonly known?: boolean }
  readonly proactive?: true
  readonly text?: string
  readonly form?: Outgoing['form']
}

const CASES: Readonly<Record<string, Case>> = {
  'E55 msg_id expired': { fault: 'msg_id_expired', expected: { kind: 'window_closed', status: 400, code: '40034005' } },
  'E55 quota used up': { fault: 'quota_used_up', expected: { kind: 'window_closed', code: '40034128' } },
  'E55 22009': { fault: refusal(22009), expected: { kind: 'window_closed', code: '22009' } },
  'E55 304103': { fault: refusal(304103), expected: { kind: 'window_closed', code: '304103' } },
  'E56 40034102': {
    fault: 'proactive_refused',
    proactive: true,
    expected: { kind: 'no_right', status: 400, code: '40034102' },
  },
  'E56 40034105': { fault: refusal(40034105), proactive: true, expected: { kind: 'no_right', code: '40034105' } },
  'E56 40034122': {
    fault: refusal(40034122),
    proactive: true,
    expected: { kind: 'quota_spent', soon: false, code: '40034122' },
  },
  'E57 40034012': {
    fault: 'markdown_refused',
    form: 'markdown',
    expected: { kind: 'form_refused', part: 'markdown', code: '40034012' },
  },
  'E57 304014': {
    fault: 'template_refused',
    form: 'markdown',
    expected: { kind: 'form_refused', part: 'markdown', code: '304014' },
  },
  'E58 304003 for 1.sh': {
    fault: 'link_refused',
    text: 'run 1.sh',
    expected: { kind: 'form_refused', part: 'link', code: '304003' },
  },
  'E58 none for 1[.]sh': { fault: 'link_refused', text: 'run 1[.]sh', expected: { kind: 'accepted' } },
  'E59 304024, a reply': { fault: 'send_audit', expected: { kind: 'accepted', status: 202, code: '304024' } },
  'E59 304023, unasked': {
    fault: 'send_audit',
    proactive: true,
    expected: { kind: 'accepted', status: 202, code: '304023' },
  },
  'E59 202 without a code': { fault: answerWith(202, {}), expected: { kind: 'accepted', status: 202 } },
  'E61 429': { fault: 'send_429', expected: { kind: 'busy', status: 429, code: '100017' } },
  'E61 429 with Retry-After': {
    fault: 'send_429_retry_after',
    expected: { kind: 'busy', status: 429, retryAfterMs: 2_000 },
  },
  'E61 429 in HTML': { fault: answerWith(429, '<html></html>'), expected: { kind: 'busy', status: 429 } },
  'E61 500 with a passing code': { fault: 'send_500', expected: { kind: 'busy', status: 500, code: '50055001' } },
  'E61 500 with a lasting code': { fault: refusal(11255, 500), expected: { kind: 'refused', known: true } },
  'E61 500 with the content refused': { fault: refusal(40034006, 500), expected: { kind: 'content_refused' } },
  'E61 500 with an unknown code': {
    fault: answerWith(500, { code: 987654 }),
    expected: { kind: 'busy', status: 500, code: '987654' },
  },
  'E61 502 in HTML': { fault: 'send_502_html', expected: { kind: 'busy', status: 502 } },
  'E61 503 with Retry-After': {
    fault: answerWith(503, '<html></html>', { 'retry-after': '7' }),
    expected: { kind: 'busy', status: 503, retryAfterMs: 7_000 },
  },
  'E61 403 in HTML, from the edge': {
    fault: answerWith(403, '<html></html>'),
    expected: { kind: 'busy', status: 403 },
  },
  'E61 413 in HTML': { fault: answerWith(413, '<html></html>'), expected: { kind: 'form_refused', part: 'length' } },
  'E61 204, empty': { fault: 'send_204', expected: { kind: 'unknown', status: 204 } },
  'E61 200, HTML': { fault: answerWith(200, '<html></html>'), expected: { kind: 'unknown', status: 200 } },
  'E61 200, neither id nor code': { fault: answerWith(200, { ok: 1 }), expected: { kind: 'unknown', status: 200 } },
  'E61 200 with an error code': {
    fault: 'send_200_code',
    expected: { kind: 'content_refused', status: 200, code: '40034006' },
  },
  'E61 200 with an unknown code': {
    fault: answerWith(200, { code: 987654 }),
    expected: { kind: 'refused', known: false, code: '987654' },
  },
  'E61 200 with code 0 and an id': {
    fault: answerWith(200, { code: 0, err_code: 0, id: 'x' }),
    expected: { kind: 'accepted', platformId: 'x' },
  },
  'E61 400 with an unknown code': {
    fault: refusal(987654),
    expected: { kind: 'refused', known: false, status: 400, code: '987654' },
  },
  'E61 400 with no code': { fault: answerWith(400, { oops: 1 }), expected: { kind: 'refused', known: false } },
  'E61 content refused': { fault: 'content_refused', expected: { kind: 'content_refused', status: 400 } },
  'E61 11298, with 401 and not the token’s fault': {
    fault: answerWith(401, { code: 11298, err_code: 40023002, message: 'ip' }),
    expected: { kind: 'refused', known: true, status: 401 },
  },
}

for (const [name, { fault, expected, proactive, text = 'hello', form = 'plain' }] of Object.entries(CASES)) {
  test(`${name}: ${expected.kind}`, async t => {
    const { box, send, reply, posts, alice, observed } = await worldFor(t)
    box.fault(fault)
    const outcome = await send(proactive ? { chat: alice, text, form } : reply({ text, form }))
    const relevant = Object.fromEntries(Object.entries(outcome).filter(([key]) => Object.hasOwn(expected, key)))
    assert.deepEqual(relevant, expected)
    assert.equal(posts().length, 1, 'one try is one post')
    assert.match(outcome.traceId ?? '', /^[0-9a-f]{32}$/)
    if (outcome.kind !== 'accepted') assert.ok(outcome.message, 'a person can read why')
    if (outcome.kind === 'accepted' && outcome.status === 202 && outcome.code) assert.match(outcome.auditId ?? '', /-/)
    const unknown = observed.filter(one => one.kind === 'unknown').map(one => `${one.what} ${one.name}`)
    const isNew = outcome.code === '987654' || (outcome.kind === 'refused' && !outcome.known)
    assert.deepEqual(unknown, isNew ? [`error_code ${outcome.code ?? 'http_400'}`] : [])
    assert.equal(
      observed.some(one => one.kind === 'send_accepted'),
      outcome.kind === 'accepted',
    )
  })
}

test('E61 what the platform says is kept, and not more of it than a line', async t => {
  const { box, send, reply } = await worldFor(t)
  box.fault(answerWith(400, { code: 40034006, message: '😀'.repeat(999), trace_id: 'ignored: the header has it' }))
  const outcome = await send(reply())
  assert.equal(outcome.message, '😀'.repeat(200))
})

for (const status of [500, 401]) {
  test(`E60 an expired token, HTTP ${status}: dropped, and the same post goes through with a new one`, async t => {
    const { box, send, reply, posts } = await worldFor(t)
    box.setOptions({ tokenErrorStatus: status })
    await send(reply())
    box.fault('revoke_token')
    const outgoing = reply()
    const first = await send(outgoing)
    assert.deepEqual([first.kind, first.status], ['token_refused', status])
    assert.equal((await send(outgoing)).kind, 'accepted')
    const [, refused, repeated] = posts()
    assert.deepEqual(bodyOf(repeated), bodyOf(refused))
    assert.equal(tokenCalls(box), 2)
    assert.equal(box.answers({ person: 'Alice' }).length, 2)
  })
}

test('E60 a 401 without any code is the token’s fault, and one drop serves all sends at once', async t => {
  const { box, send, reply } = await worldFor(t)
  await send(reply())
  box.fault(answerWith(401, '<html></html>'), { times: 3 })
  const outgoing = [reply(), reply(), reply()]
  const refused = await Promise.all(outgoing.map(one => send(one)))
  assert.deepEqual(
    refused.map(one => one.kind),
    ['token_refused', 'token_refused', 'token_refused'],
  )
  const again = await Promise.all(outgoing.map(one => send(one)))
  assert.ok(again.every(one => one.kind === 'accepted'))
  assert.equal(tokenCalls(box), 2)
})

test('E62 no answer in time: no verdict; under the same number the platform knows it again', async t => {
  const { box, send, reply, observed } = await worldFor(t, { limits: { restMs: 1_000 } })
  await send(reply())
  box.fault('no_answer')
  const outgoing = reply()
  assert.equal((await send(outgoing)).kind, 'unknown')
  const again = await send(outgoing)
  assert.deepEqual([again.kind, again.code, again.status], ['duplicate', '40054005', 400])
  assert.equal(box.answers({ person: 'Alice' }).length, 2)
  assert.equal(observed.filter(one => one.kind === 'send_accepted').length, 1)
})

test('E62 the connection breaks after the request was written: no verdict', async t => {
  const { box, send, reply } = await worldFor(t)
  await send(reply())
  for (const fault of ['lost_answer', 'send_reset'] as const) {
    const broken = box.fault(fault)
    const outcome = await send(reply())
    assert.equal(outcome.kind, 'unknown', fault)
    assert.ok(outcome.message)
    broken.off()
  }
})

test('E64 nobody listens: certainly not sent, with the reason', async t => {
  const { box, send, reply } = await worldFor(t)
  await send(reply())
  const down = box.fault('host_down')
  // Over a connection that was kept alive nobody can tell; it is gone after that.
  const first = await send(reply())
  assert.ok(first.kind === 'unknown' || first.kind === 'not_sent', first.kind)
  const outcome = await send(reply())
  assert.equal(outcome.kind, 'not_sent')
  assert.match(outcome.message ?? '', /refused|reset/i)
  down.off()
  assert.equal((await send(reply())).kind, 'accepted')
})

test('E64 a bot that is known to be bad: not sent, at once, with the true reason, and without asking again', async t => {
  const { box, send, reply } = await worldFor(t, { limits: { slowDownMs: 60_000 } })
  box.fault('token_100016')
  const calls = (): number => box.log.entries({ kinds: ['request'] }).length
  const first = await send(reply())
  assert.deepEqual([first.kind, first.code], ['not_sent', 'qq_credentials_rejected'])
  assert.match(first.message ?? '', /100016/)
  const before = calls()
  const startedMs = performance.now()
  const second = await send(reply())
  assert.deepEqual([second.kind, second.code], ['not_sent', 'qq_credentials_rejected'])
  assert.ok(performance.now() - startedMs < 2_000)
  assert.equal(calls(), before)
})

test('called off: before it was written not sent, after that no verdict; never an error', async t => {
  const { box, send, reply } = await worldFor(t)
  assert.equal((await send(reply(), AbortSignal.abort())).kind, 'not_sent')
  await send(reply())
  box.fault('send_silent')
  const cut = new AbortController()
  box.on(entry => {
    if (entry.kind === 'request' && isPost(entry) && entry.outcome === 'silence') cut.abort()
  })
  assert.equal((await send(reply(), cut.signal)).kind, 'unknown')
})
