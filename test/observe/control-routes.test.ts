/** The verbs over a real control socket, from the client that the commands use. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serveControl } from '../../src/gateway/control/control.ts'
import { callControl } from '../../src/gateway/control/control-client.ts'
import { isStatusDocument } from '../../src/gateway/status/status-check.ts'
import type { DeadEntry } from '../../src/journal/journal.ts'
import type { Json } from '../../src/lib/json.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createRedactor } from '../../src/lib/redact.ts'
import { createControlHandler, type GatewayVerbs } from '../../src/observe/control-routes.ts'
import { createLogLevels } from '../../src/observe/log-levels.ts'
import { sampleAccount, sampleDocument, tempHome } from '../gateway/programs.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'

const entry = (id: string): DeadEntry => ({
  id,
  chat: { account: 'qqbot', kind: 'c2c', id: 'alice' },
  end: 'dead: agent',
  detail: 'E1',
  text: 'hi',
  atMs: 1,
})

/** A gateway with two accounts and a dead list, whose content of `in:qqbot/cleared` is gone. */
function gateway(over: Partial<GatewayVerbs> = {}): { verbs: GatewayVerbs; told: string[] } {
  const told: string[] = []
  let dead = ['in:qqbot/1', 'in:qqbot/cleared', 'out:7']
  const move = (verb: string) => async (id: string) => {
    if (!dead.includes(id) || (verb === 'retry' && id === 'in:qqbot/cleared')) return false
    dead = dead.filter(other => other !== id)
    told.push(`${verb} ${id}`)
    return true
  }
  const steer = (verb: string) => (account: string) => {
    if (account !== 'qqbot' && account !== 'qqbot:work') return false
    told.push(`${verb} ${account}`)
    return true
  }
  return {
    told,
    verbs: {
      status: () => sampleDocument(),
      trace: async id => (id === 'm 1/ä' ? { inbox: null, outbox: [] } : undefined),
      said: async (chat, member) => (chat === 'qqbot:c2c:a' ? [{ role: 'user', text: `hi ${member}` }] : undefined),
      history: async () => [],
      dead: async () => dead.map(entry),
      retry: move('retry'),
      drop: move('drop'),
      pause: steer('pause'),
      resume: steer('resume'),
      restart: steer('restart'),
      pairing: {
        list: async () => [{ account: 'qqbot', people: [], pending: [] }],
        approve: async (code, account = 'qqbot') =>
          code === 'GOOD' ? { kind: 'done', account, id: 'sam' } : { kind: 'refused', why: 'no such code' },
        revoke: async (id, account = 'qqbot') => ({ kind: 'done', account, id }),
        block: async (id, account = 'qqbot') => ({ kind: 'done', account, id }),
        owner: async (account = 'qqbot') => ({ kind: 'code', account, code: 'ABCD' }),
      },
      accounts: () => ['qqbot', 'qqbot:work'],
      reload: async by => ({ ok: true, by }),
      beginAgain: () => {},
      levels: createLogLevels({ level: 'info', rooms: {} }),
      send: async () => ({ refused: 'no_chat' }),
      ...over,
    },
  }
}

async function socketOf(t: CleanUp, verbs: GatewayVerbs, redact = (text: string) => text) {
  const home = tempHome(t)
  const server = await serveControl(home, createControlHandler(verbs, redact), silentLogger)
  cleanUp(t, () => server.close())
  return async (method: string, path: string, body?: Json): Promise<readonly [number, unknown]> => {
    const reply = await callControl(home, method, path, body, 10_000)
    assert.equal(reply.kind, 'answer')
    return reply.kind === 'answer' ? [reply.status, reply.body] : [0, undefined]
  }
}

test('G82 status is a whole document, and never holds a secret', async t => {
  const redactor = createRedactor()
  redactor.add('the-secret')
  // A secret of digits is also found in numbers: in a pid, in a time.
  redactor.add('424242')
  const platforms = { qqbot: sampleAccount({ error_message: 'refused the-secret', attempt: 424242 }) }
  const status = () => sampleDocument({ pid: 4242421, platforms })
  const call = await socketOf(t, gateway({ status }).verbs, text => redactor.redact(text))
  const [code, document] = await call('GET', '/status')
  assert.equal(code, 200)
  assert.ok(isStatusDocument(document))
  assert.equal(document.platforms['qqbot']?.error_message, 'refused [redacted]')
  assert.deepEqual([document.pid, document.platforms['qqbot']?.attempt], [4242421, 424242])
})

test('trace: found, not found, not asked for properly', async t => {
  const call = await socketOf(t, gateway().verbs)
  assert.deepEqual(await call('GET', `/trace?id=${encodeURIComponent('m 1/ä')}`), [200, { inbox: null, outbox: [] }])
  assert.deepEqual(await call('GET', '/trace?id=x'), [
    404,
    { error: 'no message x is known; keys are kept for 7 days' },
  ])
  for (const path of ['/trace', '/trace?id=', `/trace?id=${'x'.repeat(501)}`])
    assert.equal((await call('GET', path))[0], 400, path)
})

test('the dead list: shown, one moved, all moved that can be', async t => {
  const { verbs, told } = gateway()
  const call = await socketOf(t, verbs)
  assert.deepEqual((await call('GET', '/dead'))[1], {
    entries: ['in:qqbot/1', 'in:qqbot/cleared', 'out:7'].map(entry),
  })
  assert.deepEqual(await call('POST', '/dead/retry', { id: 'out:7' }), [200, { moved: ['out:7'] }])
  assert.equal((await call('POST', '/dead/retry', { id: 'out:7' }))[0], 404, 'it is not there a second time')
  assert.equal((await call('POST', '/dead/retry', { id: 'in:qqbot/cleared' }))[0], 404)
  assert.deepEqual(await call('POST', '/dead/retry', { all: true }), [200, { moved: ['in:qqbot/1'] }])
  assert.deepEqual(await call('POST', '/dead/drop', { all: true }), [200, { moved: ['in:qqbot/cleared'] }])
  assert.deepEqual(told, ['retry out:7', 'retry in:qqbot/1', 'drop in:qqbot/cleared'])
})

test('what was said in a chat', async t => {
  const call = await socketOf(t, gateway().verbs)
  assert.deepEqual(await call('GET', '/said?chat=qqbot%3Ac2c%3Aa&member=eve'), [
    200,
    { entries: [{ role: 'user', text: 'hi eve' }] },
  ])
  assert.equal((await call('GET', '/said'))[0], 400)
})

test('pairing: listed, approved, refused with the reason, never without a code', async t => {
  const call = await socketOf(t, gateway().verbs)
  assert.deepEqual(await call('GET', '/pairing'), [200, { accounts: [{ account: 'qqbot', people: [], pending: [] }] }])
  const approve = (body: Json) => call('POST', '/pairing/approve', body)
  assert.deepEqual(await approve({ subject: 'GOOD' }), [200, { kind: 'done', account: 'qqbot', id: 'sam' }])
  assert.deepEqual(await approve({ subject: 'BAD' }), [409, { error: 'no such code' }])
  for (const body of [
    {},
    { subject: '' },
    { subject: 7 },
    { subject: 'x'.repeat(501) },
    { subject: 'GOOD', account: 7 },
  ])
    assert.equal((await approve(body))[0], 400, JSON.stringify(body))
  assert.deepEqual(await call('POST', '/pairing/revoke', { subject: 'sam', account: 'qqbot:work' }), [
    200,
    { kind: 'done', account: 'qqbot:work', id: 'sam' },
  ])
  assert.deepEqual(await call('POST', '/pairing/block', { subject: 'eve' }), [
    200,
    { kind: 'done', account: 'qqbot', id: 'eve' },
  ])
  assert.deepEqual(await call('POST', '/pairing/owner', {}), [200, { kind: 'code', account: 'qqbot', code: 'ABCD' }])
})

test('one account is paused, resumed, restarted; an unknown one is answered with those there are', async t => {
  const { verbs, told } = gateway()
  const call = await socketOf(t, verbs)
  for (const verb of ['pause', 'resume', 'restart'])
    assert.deepEqual(await call('POST', `/${verb}`, { account: 'qqbot:work' }), [200, { account: 'qqbot:work' }])
  assert.deepEqual(told, ['pause qqbot:work', 'resume qqbot:work', 'restart qqbot:work'])
  assert.deepEqual(await call('POST', '/pause', { account: 'qqbot:wrok' }), [
    404,
    { error: 'no account qqbot:wrok; there are: qqbot, qqbot:work' },
  ])
})

test('what is not understood changes nothing', async t => {
  const { verbs, told } = gateway()
  const call = await socketOf(t, verbs)
  for (const body of [undefined, null, 'qqbot', [], {}, { account: 7 }, { account: ['qqbot'] }])
    for (const verb of ['pause', 'resume', 'restart'])
      assert.equal((await call('POST', `/${verb}`, body))[0], 400, `${verb} ${JSON.stringify(body)}`)
  for (const body of [
    undefined,
    null,
    [],
    {},
    { id: '' },
    { id: 7 },
    { all: 'true' },
    { all: 1 },
    { id: 'x'.repeat(501) },
  ])
    for (const verb of ['retry', 'drop'])
      assert.equal((await call('POST', `/dead/${verb}`, body))[0], 400, `${verb} ${JSON.stringify(body)}`)
  for (const [method, path, status] of [
    ['POST', '/status', 405],
    ['GET', '/pause', 405],
    ['DELETE', '/dead', 405],
    ['GET', '/', 404],
    ['GET', '/nothing', 404],
    ['GET', '/toString', 404],
    ['GET', '/constructor', 404],
    ['GET', '//[', 400],
  ] as const)
    assert.equal((await call(method, path))[0], status, `${method} ${path}`)
  assert.deepEqual(told, [])
})

test('a verb that fails is a 500 that says why, and the socket goes on', async t => {
  const dead = async (): Promise<readonly DeadEntry[]> => {
    throw new Error('the disk is full')
  }
  const call = await socketOf(t, gateway({ dead }).verbs)
  assert.deepEqual(await call('GET', '/dead'), [500, { error: 'the disk is full' }])
  assert.equal((await call('GET', '/status'))[0], 200)
})
