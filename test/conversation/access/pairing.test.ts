import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessRules } from '../../../src/conversation/access/gate.ts'
import { JournalUnwritableError } from '../../../src/lib/errors.ts'
import type { Inbound } from '../../../src/platforms/platform.ts'
import {
  ACCOUNT,
  createMachine,
  groupChat,
  HOUR_MS,
  message,
  OPEN,
  oneProcess,
  type Process,
  privateChat,
} from '../house.ts'

const PAIRING: AccessRules = { ...OPEN, dmPolicy: 'pairing', groupPolicy: 'allowlist' }
const CODE = /[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}/

const from = (who: string, id: string, text = id): Inbound =>
  message(id, { chat: privateChat(who), sender: { id: who, name: `${who} by name`, isBot: false }, text })

/** The code that somebody was shown last. */
async function codeOf(process: Process, who: string): Promise<string> {
  await process.until(() => process.shown(privateChat(who)).length > 0, `${who} is told`)
  const [code] = CODE.exec(process.shown(privateChat(who)).at(-1) ?? '') ?? []
  assert.ok(code, 'a code')
  return code
}

const people = (process: Process) => process.conversation.people

/** Nothing more is about to be said. */
async function settle(process: Process): Promise<void> {
  for (let i = 0; i < 20; i++) await process.clock.advance(0)
}

async function makeOwner(process: Process, who: string): Promise<void> {
  await process.hear(from(who, `owner ${who}`, await people(process).issueOwnerCode(ACCOUNT)))
  await process.ended(`owner ${who}`, 'answered')
}

test('a stranger who writes again in the middle of a crowd is told once', async t => {
  const process = oneProcess(t, { access: PAIRING })
  const crowd = Array.from({ length: 60 }, (_, at) => from(`stranger ${at}`, `c${at}`))
  // The crowd pushes the code out of the list before the second message is looked at.
  await Promise.all([from('sam', 'm1'), ...crowd, from('sam', 'm2')].map(one => process.hear(one)))
  await process.until(() => process.shown().length > crowd.length, 'all are told')
  await settle(process)
  assert.equal(process.shown(privateChat('sam')).length, 1)
})

test('a stranger is told once how to be let in, is let in by the code, and from then on is answered', async t => {
  const process = oneProcess(t, { access: PAIRING })
  await process.hear(from('sam', 'm1'))
  const code = await codeOf(process, 'sam')
  assert.equal(await process.endOf('m1'), 'denied')
  await process.hear(from('sam', 'm2'), from('sam', 'm3'))
  await settle(process)
  assert.equal(process.shown().length, 1)
  assert.equal(process.adapter.posts[0]?.reply?.id, 'm1')
  assert.equal(process.agent.turns.length, 0)
  assert.equal((await process.inbox('m1')).message.text, '')

  const { pending } = await people(process).list(ACCOUNT)
  assert.deepEqual(
    pending.map(({ id, name }) => [id, name]),
    [['sam', 'sam by name']],
  )
  const kept = JSON.stringify(await process.journal.get(ACCOUNT, 'pairing'))
  for (const secret of [code, code.replace('-', '')]) assert.ok(!kept.includes(secret), 'hashed at rest')

  const approval = await people(process).approve(ACCOUNT, ` ${code.toLowerCase().replace('-', ' ')} `)
  assert.equal(approval.kind === 'approved' && approval.id, 'sam')
  await process.hear(from('sam', 'm4'))
  await process.ended('m4', 'answered')
  await process.hear(from('eve', 'e1'))
  assert.equal(await process.endOf('e1'), 'denied', 'others are not')
  assert.equal((await people(process).approve(ACCOUNT, code)).kind, 'wrong', 'a code counts once')
})

test('a code lives for an hour; then there is a new one, and never more than one in an hour', async t => {
  const process = oneProcess(t, { access: PAIRING })
  await process.hear(from('sam', 'm1'))
  const first = await codeOf(process, 'sam')
  await process.clock.advance(HOUR_MS - 1)
  await process.hear(from('sam', 'm2'))
  await settle(process)
  assert.equal(process.shown().length, 1)
  await process.clock.advance(1)
  assert.equal((await people(process).approve(ACCOUNT, first)).kind, 'wrong')
  await process.hear(from('sam', 'm3'))
  await process.until(() => process.shown().length === 2)
  assert.notEqual(await codeOf(process, 'sam'), first)
  assert.equal((await people(process).approve(ACCOUNT, await codeOf(process, 'sam'))).kind, 'approved')
})

test('a thousand strangers: a bounded list, one notice for each, and no run of the agent', async t => {
  const process = oneProcess(t, { access: PAIRING })
  const crowd = async (round: number): Promise<void> => {
    for (let i = 0; i < 1100; i++) await process.hear(from(`stranger ${i}`, `${round} ${i}`))
  }
  await crowd(1)
  await process.until(() => process.shown().length === 1000, 'a thousand are told')
  await crowd(2)
  await settle(process)
  assert.equal(process.shown().length, 1000, 'and nobody twice, nor more of them in one hour')
  const { pending } = await people(process).list(ACCOUNT)
  assert.deepEqual(
    pending.map(({ id }) => id),
    Array.from({ length: 50 }, (_, i) => `stranger ${950 + i}`),
    'the oldest codes lapse',
  )
  assert.equal(process.agent.turns.length, 0)
  assert.equal((await people(process).approve(ACCOUNT, await codeOf(process, 'stranger 949'))).kind, 'wrong')
  assert.equal((await people(process).approve(ACCOUNT, await codeOf(process, 'stranger 950'))).kind, 'approved')
})

test('a code that others pushed out of the list is not replaced within its hour', async t => {
  const process = oneProcess(t, { access: PAIRING })
  for (let i = 0; i < 60; i++) await process.hear(from(`stranger ${i}`, `m${i}`))
  await process.until(() => process.shown().length === 60)
  await process.hear(from('stranger 0', 'again'))
  await settle(process)
  assert.equal(process.shown().length, 60)
  assert.equal((await people(process).approve(ACCOUNT, await codeOf(process, 'stranger 0'))).kind, 'wrong')
})

test('acts at the same time do not undo each other', async t => {
  const process = oneProcess(t, { access: PAIRING })
  const names = ['sam', 'tom', 'eve']
  await Promise.all(names.map(name => process.hear(from(name, name))))
  const codes = await Promise.all(names.map(name => codeOf(process, name)))
  await Promise.all(codes.map(code => people(process).approve(ACCOUNT, code)))
  assert.deepEqual(
    names.map(name => people(process).roleOf(ACCOUNT, name)),
    ['member', 'member', 'member'],
  )
})

test('the right code forgives the wrong ones before it', async t => {
  const process = oneProcess(t, { access: PAIRING })
  await process.hear(from('sam', 'm1'), from('tom', 't1'))
  for (const who of ['sam', 'tom']) {
    for (let i = 0; i < 4; i++) await people(process).approve(ACCOUNT, 'AAAA-2222')
    assert.equal((await people(process).approve(ACCOUNT, await codeOf(process, who))).kind, 'approved')
  }
})

test('five wrong codes lock approving for an hour, also for the right one, also after a restart', async t => {
  const machine = createMachine(t)
  const process = await machine.start({ access: PAIRING })
  await process.hear(from('sam', 'm1'))
  const code = await codeOf(process, 'sam')
  for (const left of [4, 3, 2, 1, 0]) {
    const wrong = await people(process).approve(ACCOUNT, 'AAAA-2222')
    assert.equal(wrong.kind === 'wrong' && wrong.left, left)
  }
  assert.equal((await people(process).approve(ACCOUNT, code)).kind, 'locked')
  await process.stop()
  const second = await machine.start({ access: PAIRING, downMs: HOUR_MS / 2 })
  assert.equal((await people(second).approve(ACCOUNT, code)).kind, 'locked')
  await second.hear(from('tom', 't1'))
  await second.clock.advance(HOUR_MS / 2 - 1)
  assert.equal((await people(second).approve(ACCOUNT, await codeOf(second, 'tom'))).kind, 'locked')
  await second.clock.advance(1)
  assert.equal((await people(second).approve(ACCOUNT, await codeOf(second, 'tom'))).kind, 'approved')
})

test('who is paired and who has a code is known after a restart', async t => {
  const machine = createMachine(t)
  const first = await machine.start({ access: PAIRING })
  await first.hear(from('sam', 'm1'), from('tom', 't1'))
  await people(first).approve(ACCOUNT, await codeOf(first, 'sam'))
  const code = await codeOf(first, 'tom')
  await first.crash()
  const second = await machine.start({ access: PAIRING })
  await second.hear(from('sam', 'm2'), from('tom', 't2'))
  await second.ended('m2', 'answered')
  assert.deepEqual(second.shown(privateChat('tom')), [], 'no second notice while the code counts')
  assert.equal((await people(second).approve(ACCOUNT, code)).kind, 'approved')
})

test('a notice that the disk refused is given with the next message', async t => {
  let full = true
  const process = oneProcess(t, {
    access: PAIRING,
    disk: journal => ({
      ...journal,
      set: (account, key, value) =>
        full ? Promise.reject(new JournalUnwritableError('the disk is full')) : journal.set(account, key, value),
    }),
  })
  await process.hear(from('sam', 'm1'))
  await settle(process)
  assert.deepEqual(process.shown(), [])
  assert.ok(process.log.some(line => line.level === 'error' && line.text.includes('stranger')))
  full = false
  await process.hear(from('sam', 'm2'))
  await codeOf(process, 'sam')
})

test('the notice speaks the language of the stranger', async t => {
  const process = oneProcess(t, { access: PAIRING, language: 'auto' })
  await process.hear(from('sam', 'm1', 'hello'), from('lin', 'm2', '你好'))
  await codeOf(process, 'sam')
  await codeOf(process, 'lin')
  assert.match(process.shown(privateChat('sam'))[0] ?? '', /let in/)
  assert.match(process.shown(privateChat('lin'))[0] ?? '', /配对码/)
})

test('the first owner is made by the code of the console, in a private chat, once', async t => {
  const process = oneProcess(t, { access: { ...PAIRING, groupPolicy: 'open' } })
  assert.equal(people(process).hasOwner(ACCOUNT), false)
  const old = await people(process).issueOwnerCode(ACCOUNT)
  const code = await people(process).issueOwnerCode(ACCOUNT)
  assert.match(code, /^([2-9A-Z]{4}-){3}[2-9A-Z]{4}$/)
  await process.hear(message('g1', { chat: groupChat('g'), sender: { id: 'sam', isBot: false }, text: code }))
  await process.ended('g1', 'answered')
  assert.equal(people(process).hasOwner(ACCOUNT), false, 'in a group it is words')
  await process.hear(from('sam', 'm0', old))
  assert.equal(await process.endOf('m0'), 'denied', 'the code before counts no longer')
  await process.hear(from('sam', 'm1', ` ${code.toLowerCase()}\n`))
  await process.ended('m1', 'answered')
  assert.match(process.shown(privateChat('sam')).at(-1) ?? '', /my owner now/)
  assert.equal(people(process).roleOf(ACCOUNT, 'sam'), 'owner')
  await process.hear(from('eve', 'e1', code))
  assert.equal(await process.endOf('e1'), 'denied')
  await process.hear(from('sam', 'm2'))
  await process.ended('m2', 'answered')
  assert.deepEqual(
    process.agent.turns.map(turn => turn.text),
    [code, 'm2'],
    'the code itself is not asked of the agent, but where it was words',
  )
})

test('an owner code that nobody used is void after a day', async t => {
  const process = oneProcess(t, { access: PAIRING })
  const code = await people(process).issueOwnerCode(ACCOUNT)
  await process.clock.advance(24 * HOUR_MS)
  await process.hear(from('sam', 'm1', code))
  assert.equal(await process.endOf('m1'), 'denied')
})

test('an owner lets people in, turns them away and sees who asks, from the chat', async t => {
  const process = oneProcess(t, { access: PAIRING })
  await makeOwner(process, 'olga')
  await process.hear(from('sam', 's1'), from('eve', 'e1'))
  const [sam, eve] = [await codeOf(process, 'sam'), await codeOf(process, 'eve')]
  const says = async (id: string, text: string): Promise<string> => {
    await process.hear(from('olga', id, text))
    await process.ended(id, 'answered')
    return process.shown(privateChat('olga')).at(-1) ?? ''
  }
  assert.match(await says('o1', '/pair'), /olga \(owner\)[\s\S]*sam "sam by name"[\s\S]*eve/)
  assert.match(await says('o2', '/approve'), /wants the code/)
  assert.match(await says('o3', '/approve AAAA-2222'), /4 more wrong/)
  assert.match(await says('o4', `/approve ${sam}`), /Let in: sam/)
  assert.match(await says('o5', `/deny ${eve}`), /Turned away: eve/)
  assert.match(await says('o6', `/deny ${eve}`), /No open request/)
  assert.equal(
    await says('o8', '/pair'),
    'Paired:\nolga (owner)\nsam (member)\nNobody asks to be.\nBlocked (/approve ID lets one in again):\neve',
  )
  await process.hear(from('sam', 's2'), from('eve', 'e2'))
  await process.ended('s2', 'answered')
  await process.clock.advance(2 * HOUR_MS)
  await process.hear(from('eve', 'e3'))
  await settle(process)
  assert.equal(process.shown(privateChat('eve')).length, 1, 'who was turned away is given no new code')
  await process.hear(from('sam', 's3', `/approve ${eve}`))
  await process.ended('s3', 'answered')
  assert.match(process.shown(privateChat('sam')).at(-1) ?? '', /for my owner/)
})

test('who is blocked is named apart from who is paired, also in Chinese', async t => {
  const process = oneProcess(t, { access: PAIRING, language: 'zh' })
  await makeOwner(process, 'olga')
  await people(process).block(ACCOUNT, 'eve')
  await process.hear(from('olga', 'o1', '/配对'))
  await process.ended('o1', 'answered')
  assert.equal(
    process.shown(privateChat('olga')).at(-1),
    '已配对：\nolga（主人）\n没有人申请配对。\n已拉黑（用 /批准 ID 可以重新放行）：\neve',
  )
})

test('who is revoked is refused everywhere and told nothing, until approved by id', async t => {
  const process = oneProcess(t, { access: { ...PAIRING, groupPolicy: 'open' } })
  await process.hear(from('sam', 'm1'))
  await people(process).approve(ACCOUNT, await codeOf(process, 'sam'))
  assert.equal(await people(process).revoke(ACCOUNT, 'sam'), true)
  assert.equal(await people(process).revoke(ACCOUNT, 'nobody'), false)
  await process.clock.advance(2 * HOUR_MS)
  await process.hear(from('sam', 'm2'), message('g1', { chat: groupChat('g'), sender: { id: 'sam', isBot: false } }))
  await settle(process)
  assert.deepEqual([await process.endOf('m2'), await process.endOf('g1')], ['denied', 'denied'])
  assert.equal(process.shown().length, 1)
  assert.match(
    process.conversation.describeAccess(ACCOUNT, 'en'),
    /user sam \(blocked; herald pairing approve with this id\)/,
  )
  assert.equal((await people(process).approve(ACCOUNT, 'sam')).kind, 'approved')
  assert.doesNotMatch(process.conversation.describeAccess(ACCOUNT, 'en'), /refused lately/)
  await process.hear(from('sam', 'm3'))
  await process.ended('m3', 'answered')
})

type Verdict = 'answered' | 'denied' | 'offered'
test('a block holds wherever its id appears, in whatever case it was typed, and is taken back everywhere', async t => {
  const id = 'A1B2C3D4E5F60718293A4B5C6D7E8F90'
  const process = oneProcess(t, { access: { ...PAIRING, dmPolicy: 'open', groupPolicy: 'open' } })
  const inGroup = (name: string) => message(name, { chat: groupChat('g'), sender: { id, isBot: false } })
  const inPrivate = (name: string) => message(name, { chat: privateChat(id), sender: { id, isBot: false } })
  await process.hear(inPrivate('p0'), inGroup('g0'))
  for (const name of ['p0', 'g0']) await process.ended(name, 'answered')
  await people(process).block(ACCOUNT, id.toLowerCase())
  await process.hear(inPrivate('p1'), inGroup('g1'))
  for (const name of ['p1', 'g1']) assert.equal(await process.endOf(name), 'denied', name)
  await people(process).block(ACCOUNT, id)
  assert.equal((await people(process).list(ACCOUNT)).people.length, 1, 'two spellings are one person')
  assert.equal((await people(process).approve(ACCOUNT, id.toLowerCase())).kind, 'approved')
  await process.hear(inPrivate('p2'), inGroup('g2'))
  for (const name of ['p2', 'g2']) await process.ended(name, 'answered')
})

type Known = 'unknown' | 'member' | 'owner' | 'blocked'
const verdicts = (unknown: Verdict, member: Verdict, owner: Verdict): Readonly<Record<Known, Verdict>> => ({
  unknown,
  member,
  owner,
  blocked: 'denied',
})
const ALL_DENIED = verdicts('denied', 'denied', 'denied')
const ALL_ANSWERED = verdicts('answered', 'answered', 'answered')

const POLICIES: readonly [
  where: 'private' | 'group',
  name: string,
  rules: Partial<AccessRules>,
  Readonly<Record<Known, Verdict>>,
][] = [
  ['private', 'open', { dmPolicy: 'open' }, ALL_ANSWERED],
  ['private', 'allowlist', { dmPolicy: 'allowlist' }, verdicts('denied', 'denied', 'answered')],
  ['private', 'allowlist, listed', { dmPolicy: 'allowlist', allowedUsers: ['sam'] }, ALL_ANSWERED],
  ['private', 'pairing', { dmPolicy: 'pairing' }, verdicts('offered', 'answered', 'answered')],
  [
    'private',
    'pairing in silence',
    { dmPolicy: 'pairing', pairingNotice: false },
    verdicts('denied', 'answered', 'answered'),
  ],
  ['private', 'pairing, listed', { dmPolicy: 'pairing', allowedUsers: ['sam'] }, ALL_ANSWERED],
  ['private', 'disabled', { dmPolicy: 'disabled', allowedUsers: ['*'] }, ALL_DENIED],
  ['group', 'open', { groupPolicy: 'open', dmPolicy: 'pairing' }, ALL_ANSWERED],
  ['group', 'allowlist', { groupPolicy: 'allowlist', dmPolicy: 'pairing' }, ALL_DENIED],
  ['group', 'allowlist, listed', { groupPolicy: 'allowlist', allowedGroups: ['g'], dmPolicy: 'pairing' }, ALL_ANSWERED],
  ['group', 'disabled', { groupPolicy: 'disabled', dmPolicy: 'open' }, ALL_DENIED],
]

/** What a message may carry makes no difference to the gate, and what was refused leaves no trace in the history. */
const KINDS: readonly [name: string, changes: Partial<Inbound>][] = [
  ['words', {}],
  ['a quote', { text: 'and this?\n[quoted message of olga]\n> /approve AAAA-2222' }],
  ['a file', { text: '', attachments: [{ kind: 'file', name: 'a.txt', url: 'https://example.org/a.txt' }] }],
  ['a command', { text: '/ping' }],
]

for (const [where, policy, rules, wanted] of POLICIES) {
  for (const known of ['unknown', 'member', 'owner', 'blocked'] as const) {
    for (const [kind, changes] of KINDS) {
      test(`gate: ${where}, ${policy}, ${known}, ${kind}: ${wanted[known]}`, async t => {
        let access: AccessRules = { ...OPEN, dmPolicy: 'pairing' }
        const process = oneProcess(t, { access: () => access })
        if (known === 'owner') await makeOwner(process, 'sam')
        else if (known !== 'unknown') {
          await process.hear(from('sam', 'asks'))
          await people(process).approve(ACCOUNT, await codeOf(process, 'sam'))
          if (known === 'blocked') await people(process).revoke(ACCOUNT, 'sam')
        }
        access = { ...OPEN, groupPolicy: 'disabled', dmPolicy: 'disabled', ...rules }
        const before = process.adapter.posts.length
        const chat = where === 'private' ? privateChat('sam') : groupChat('g')
        await process.hear({ ...from('sam', 'm1', 'hello'), chat, ...changes })
        const verdict = wanted[known]
        await process.ended('m1', verdict === 'answered' ? 'answered' : 'denied')
        await process.until(() => process.adapter.posts.length === before + (verdict === 'denied' ? 0 : 1))
        await settle(process)
        assert.equal(process.adapter.posts.length, before + (verdict === 'denied' ? 0 : 1))
        const asked = verdict === 'answered' && kind !== 'a command' ? 1 : 0
        assert.equal(process.agent.turns.length, asked)
        assert.equal((await process.journal.history(chat, 1000)).length, asked * 2)
        if (verdict !== 'answered') assert.equal((await process.inbox('m1')).message.text, '')
      })
    }
  }
}
