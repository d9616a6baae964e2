import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccessRules, judge } from '../../../src/conversation/access/gate.ts'
import { describePolicy } from '../../../src/conversation/access/policy.ts'
import type { ChatKind, Inbound } from '../../../src/platforms/platform.ts'
import { ACCOUNT, groupChat, HOUR_MS, message, OPEN, oneProcess, privateChat } from '../house.ts'

const OPENID = 'E4F4AEA33253A2797FB897C50B81D7ED'
const GROUP_OPENID = 'C9F778FE6ADF9D1D1DBE395BF744A33A'

/** The ways in which a message may come; none of them is a bot's. */
const COMINGS: Readonly<Record<string, Inbound>> = {
  private: from('c2c', OPENID, true),
  'guild private': from('dm', OPENID, true),
  'group, bot mentioned': from('group', GROUP_OPENID, true),
  'group, nobody mentioned': from('group', GROUP_OPENID, false),
  'group, another member mentioned': { ...from('group', GROUP_OPENID, false), text: '<@OTHER> look' },
  'channel, bot mentioned': from('channel', GROUP_OPENID, true),
  'channel, nobody mentioned': from('channel', GROUP_OPENID, false),
}

function from(kind: ChatKind, id: string, addressed: boolean): Inbound {
  return message('m1', { chat: { account: ACCOUNT, kind, id }, sender: { id: OPENID, isBot: false }, addressed })
}

const LISTS: readonly [name: string, list: (id: string) => readonly string[], hit: boolean][] = [
  ['a hit', id => ['SOMEBODY', id], true],
  ['a miss', () => ['SOMEBODY', 'D'.repeat(32)], false],
  ['an empty list', () => [], false],
  ['a list of blanks', () => ['', '  '], false],
  ['the wildcard', () => ['*'], true],
  ['the wildcard in spaces', () => [' * '], true],
  ['another case', id => [id.toLowerCase()], true],
  ['mixed case', id => [id.slice(0, 16).toLowerCase() + id.slice(16)], true],
  ['spaces around it', id => [`\t ${id}  \n`], true],
  ['a part of it', id => [id.slice(0, 31)], false],
  ['more than it', id => [`${id}0`], false],
  ['two ids in one entry', id => [`${id},${OPENID}X`], false],
]

interface Wanted {
  readonly name: string
  readonly rules: Partial<AccessRules>
  readonly lets: boolean
  /** The setting that is named to the operator. */
  readonly setting?: string
}

function policiesOf(inGroup: boolean): readonly Wanted[] {
  const own = inGroup ? GROUP_OPENID : OPENID
  const field = inGroup ? 'groupPolicy' : 'dmPolicy'
  const setting = `platforms.${ACCOUNT}.${inGroup ? 'allowed_groups' : 'allowed_users'}`
  const listed = (policy: 'allowlist' | 'pairing'): readonly Wanted[] =>
    LISTS.map(([name, list, hit]) => ({
      name: `${policy}, ${name}`,
      // The other list is open: it must not matter.
      rules: {
        [field]: policy,
        allowedUsers: ['*'],
        allowedGroups: ['*'],
        [inGroup ? 'allowedGroups' : 'allowedUsers']: list(own),
      },
      lets: hit,
      // Under pairing the list is one way of two, and a code is what the stranger was given.
      setting: policy === 'pairing' ? `platforms.${ACCOUNT}.dm_policy` : setting,
    }))
  return [
    { name: 'open', rules: { [field]: 'open' }, lets: true },
    {
      name: 'disabled',
      rules: { [field]: 'disabled', allowedUsers: ['*'], allowedGroups: ['*'] },
      lets: false,
      setting: `platforms.${ACCOUNT}.${inGroup ? 'group_policy' : 'dm_policy'}`,
    },
    ...listed('allowlist'),
    ...(inGroup ? [] : listed('pairing')),
  ]
}

for (const [coming, inbound] of Object.entries(COMINGS)) {
  const inGroup = inbound.chat.kind === 'group' || inbound.chat.kind === 'channel'
  for (const groupTrigger of inGroup ? (['mention', 'all'] as const) : (['mention'] as const)) {
    for (const { name, rules, lets, setting } of policiesOf(inGroup)) {
      test(`gate: ${coming}, trigger ${groupTrigger}, ${name}`, () => {
        // What is said of the other kind of chat is the opposite, for it must not matter.
        const other: Partial<AccessRules> = inGroup
          ? { dmPolicy: lets ? 'disabled' : 'open' }
          : { groupPolicy: lets ? 'disabled' : 'open' }
        const { triage, refusal } = judge(inbound, { ...OPEN, ...other, ...rules, groupTrigger })
        const meant = inbound.addressed || groupTrigger === 'all'
        if (lets && meant) assert.deepEqual([triage, refusal], [{ run: true }, undefined])
        else if (lets)
          assert.deepEqual([triage, refusal], [{ run: false, end: 'silent', detail: 'observed' }, undefined])
        else {
          assert.deepEqual(triage, { run: false, end: 'denied', detail: `not let in by ${setting}` })
          assert.equal(refusal?.setting, meant ? setting : undefined)
          assert.equal(refusal?.id, meant ? (inGroup ? GROUP_OPENID : OPENID) : undefined)
        }
      })
    }
  }
}

test('ids that are not openids are compared exactly', () => {
  const allows = (id: string, entry: string): boolean =>
    judge(message('m1', { sender: { id, isBot: false } }), { ...OPEN, dmPolicy: 'allowlist', allowedUsers: [entry] })
      .triage.run
  assert.equal(allows('Alice', 'Alice'), true)
  assert.equal(allows('Alice', 'alice'), false)
  assert.equal(allows('ABCDEF', 'abcdef'), false, 'too short for an openid')
  assert.equal(allows('', ''), false)
})

test('a bot is not answered, wherever it speaks and whatever the rules', () => {
  for (const inbound of Object.values(COMINGS)) {
    const bot = { ...inbound, sender: { ...inbound.sender, isBot: true } }
    for (const rules of [OPEN, { ...OPEN, groupTrigger: 'all' as const }, { ...OPEN, dmPolicy: 'disabled' as const }]) {
      assert.deepEqual(judge(bot, rules), { triage: { run: false, end: 'silent', detail: 'bot' } })
    }
  }
})

test('the rules are asked anew for every message: a list that was changed is in force at once', async t => {
  let access: AccessRules = { ...OPEN, dmPolicy: 'allowlist' }
  const process = oneProcess(t, { access: () => access })
  await process.hear(message('m1'))
  access = { ...access, allowedUsers: ['alice'] }
  await process.hear(message('m2'))
  await process.ended('m2', 'answered')
  assert.equal(await process.endOf('m1'), 'denied')
  assert.deepEqual(process.shown(), ['re: m2'])
})

const REFUSING: readonly [name: string, rules: AccessRules, inbound: Inbound, named: readonly string[]][] = [
  [
    'pairing in silence',
    { ...OPEN, dmPolicy: 'pairing', pairingNotice: false },
    from('c2c', OPENID, true),
    [OPENID, 'platforms.qqbot.allowed_users'],
  ],
  [
    'allowlist',
    { ...OPEN, dmPolicy: 'allowlist' },
    from('c2c', OPENID, true),
    [OPENID, 'platforms.qqbot.allowed_users'],
  ],
  ['disabled', { ...OPEN, dmPolicy: 'disabled' }, from('c2c', OPENID, true), [OPENID, 'platforms.qqbot.dm_policy']],
  [
    'group allowlist',
    { ...OPEN, groupPolicy: 'allowlist' },
    from('group', GROUP_OPENID, true),
    [GROUP_OPENID, 'platforms.qqbot.allowed_groups'],
  ],
  [
    'groups disabled',
    { ...OPEN, groupPolicy: 'disabled' },
    from('group', GROUP_OPENID, true),
    [GROUP_OPENID, 'platforms.qqbot.group_policy'],
  ],
]

for (const [name, access, inbound, named] of REFUSING) {
  test(`${name}: who is refused is told nothing; the log and the status name the id and the setting`, async t => {
    const process = oneProcess(t, { access })
    for (let i = 0; i < 20; i++) await process.hear({ ...inbound, id: `m${i}` })
    await process.clock.advance(HOUR_MS - 1)
    await process.hear({ ...inbound, id: 'again' })
    assert.equal(await process.endOf('m0'), 'denied')
    assert.deepEqual([process.agent.turns.length, process.adapter.posts.length], [0, 0])
    const warned = process.log.filter(line => line.level === 'warn')
    assert.equal(warned.length, 1, 'one line an hour')
    const status = process.conversation.describeAccess(ACCOUNT, 'en')
    for (const word of named) {
      assert.ok(warned[0]?.text.includes(word), warned[0]?.text)
      assert.ok(status.includes(word), status)
    }
    await process.clock.advance(1)
    await process.hear({ ...inbound, id: 'an hour later' })
    assert.equal(process.log.filter(line => line.level === 'warn').length, 2)
    const kept = (await process.inbox('m0')).message
    assert.deepEqual([kept.text, kept.raw], ['', null], 'what a stranger wrote is not kept')
  })
}

test('people of a refused group who talk among themselves ask for nothing, and are not named', async t => {
  const process = oneProcess(t, { access: { ...OPEN, groupPolicy: 'allowlist' } })
  await process.hear(message('m1', { chat: groupChat('g'), addressed: false }))
  assert.equal(await process.endOf('m1'), 'denied')
  assert.deepEqual(process.log, [])
  assert.ok(!process.conversation.describeAccess(ACCOUNT, 'en').includes('refused'))
})

test('thousands of strangers fill neither the log nor the status', async t => {
  const process = oneProcess(t, { access: { ...OPEN, dmPolicy: 'allowlist' } })
  const crowd = async (round: number): Promise<void> => {
    for (let i = 0; i < 1500; i++) {
      const sender = { id: `stranger ${i}`, isBot: false }
      await process.hear(message(`${round} ${i}`, { sender, chat: privateChat(sender.id) }))
    }
  }
  await crowd(1)
  await crowd(2)
  assert.equal(process.log.length, 1001, 'a thousand names, and that there are more')
  assert.match(process.log.at(-1)?.text ?? '', /no more of them are named/)
  const status = process.conversation.describeAccess(ACCOUNT, 'en')
  assert.ok(status.includes('stranger 1499') && status.length < 1000, status)
  await process.clock.advance(HOUR_MS)
  await process.hear(message('later', { sender: { id: 'stranger 1499', isBot: false } }))
  assert.equal(process.log.length, 1002)
})

test('an id cannot write on the terminal of who reads the log or the status', async t => {
  const process = oneProcess(t, { access: { ...OPEN, dmPolicy: 'allowlist' } })
  await process.hear(message('m1', { sender: { id: `\u001b[2J\nok \u202e${'x'.repeat(500)}`, isBot: false } }))
  for (const text of [process.log[0]?.text ?? '', process.conversation.describeAccess(ACCOUNT, 'en')]) {
    assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u)
    assert.ok(text.includes('?[2J?ok ?xxx'), text)
    assert.ok(text.length < 400)
  }
})

test('status says in one sentence who may talk', t => {
  const says = (rules: Partial<AccessRules>): string =>
    oneProcess(t, { access: { ...OPEN, ...rules } }).conversation.describeAccess(ACCOUNT, 'en')
  assert.equal(says({}), 'private chats: everyone; groups: all, when mentioned')
  assert.equal(
    says({ dmPolicy: 'disabled', groupPolicy: 'disabled' }),
    'private chats: nobody (disabled); groups: none (disabled)',
  )
  assert.equal(
    says({ dmPolicy: 'allowlist', allowedUsers: [OPENID, ` ${OPENID.toLowerCase()}`, 'bob'], groupTrigger: 'all' }),
    'private chats: the 2 of platforms.qqbot.allowed_users; groups: all, on every message',
  )
  assert.equal(
    says({ dmPolicy: 'pairing', groupPolicy: 'allowlist' }),
    'private chats: who is paired; strangers are given a code; groups: none (platforms.qqbot.allowed_groups is empty)',
  )
  assert.equal(
    says({ dmPolicy: 'pairing', allowedUsers: ['bob'], pairingNotice: false }),
    'private chats: who is paired, and the 1 of platforms.qqbot.allowed_users; strangers are told nothing; ' +
      'groups: all, when mentioned',
  )
  assert.equal(
    says({ dmPolicy: 'allowlist', allowedUsers: ['*'], groupPolicy: 'allowlist', allowedGroups: ['g'] }),
    'private chats: everyone; groups: the 1 of platforms.qqbot.allowed_groups, when mentioned',
  )
})

test('the sentence in Chinese', () => {
  const says = (rules: Partial<AccessRules>): string => describePolicy(ACCOUNT, { ...OPEN, ...rules }, 'zh')
  assert.equal(
    says({ dmPolicy: 'pairing', allowedUsers: ['bob'], groupPolicy: 'allowlist', groupTrigger: 'keyword' }),
    '私聊：已配对的人，以及 platforms.qqbot.allowed_users 中的 1 个；陌生人会收到配对码；群聊：无（platforms.qqbot.allowed_groups 为空）',
  )
  assert.equal(
    says({ dmPolicy: 'disabled', bots: 'answer', groupTrigger: 'reply' }),
    '私聊：关闭；群聊：所有群，被 @ 或被回复时回答；也回答机器人',
  )
})
