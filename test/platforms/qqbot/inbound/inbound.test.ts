import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Inbound } from '../../../../src/platforms/platform.ts'
import { type Parsed, parseDispatch } from '../../../../src/platforms/qqbot/inbound/inbound.ts'

const READY_ID = '6158788878435714165'
const BOT = 'B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0'
const BOB = 'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1'

function parse(t: string, d: unknown, self: { id?: string } = { id: READY_ID }): Parsed {
  return parseDispatch('qqbot:work', { op: 0, s: 7, t, id: `${t}:abc`, d }, self)
}

function messageOf(parsed: Parsed): Inbound {
  assert.equal(parsed.kind, 'message', JSON.stringify(parsed))
  if (parsed.kind !== 'message') throw new Error('no message')
  return parsed.message
}

const c2c = (d: object = {}): object => ({
  id: 'ROBOT1.0_a',
  author: { id: 'U1', user_openid: 'U1', union_openid: '', username: '', bot: false },
  content: 'hi',
  message_type: 0,
  ...d,
})
const group = (d: object = {}): object => ({
  id: 'ROBOT1.0_g',
  author: { id: 'M1', member_openid: 'M1', member_role: 'member', username: '小明', bot: false },
  content: 'hi',
  group_id: 'G1',
  group_openid: 'G1',
  message_type: 0,
  ...d,
})
const guild = (d: object = {}): object => ({
  id: '08c095b7',
  channel_id: '100010',
  guild_id: '18700000000001',
  author: { id: '1234', username: 'abc', bot: false },
  member: { nick: 'Nick' },
  content: `<@!${READY_ID}> hi`,
  mentions: [{ id: READY_ID, username: 'bot', bot: true }],
  ...d,
})
const you = { id: BOT, member_openid: BOT, username: 'Testbot', bot: true, scope: 'single', is_you: true }
const bob = { id: BOB, member_openid: BOB, username: 'Bob', bot: false, scope: 'single', is_you: false }
const everyone = { username: '全体成员', scope: 'all', is_you: true }

test('a private message', () => {
  const d = c2c()
  assert.deepEqual(messageOf(parse('C2C_MESSAGE_CREATE', d)), {
    id: 'ROBOT1.0_a',
    chat: { account: 'qqbot:work', kind: 'c2c', id: 'U1' },
    sender: { id: 'U1', isBot: false },
    text: 'hi',
    attachments: [],
    addressed: true,
    reply: { via: 'msg_id', id: 'ROBOT1.0_a' },
    raw: { op: 0, s: 7, t: 'C2C_MESSAGE_CREATE', id: 'C2C_MESSAGE_CREATE:abc', d },
  })
})

test('the oldest form of a private message, with next to no members', () => {
  const message = messageOf(
    parse('C2C_MESSAGE_CREATE', { id: 'x', content: 'hi', author: { user_openid: 'U1' }, timestamp: '' }),
  )
  assert.deepEqual([message.sender, message.text], [{ id: 'U1', isBot: false }, 'hi'])
})

test('an openid, not the decimal id that older events carry beside it', () => {
  const message = messageOf(parse('C2C_MESSAGE_CREATE', c2c({ author: { id: '123', user_openid: 'U1' } })))
  assert.deepEqual([message.chat.id, message.sender.id], ['U1', 'U1'])
  const inGroup = messageOf(parse('GROUP_AT_MESSAGE_CREATE', group({ author: { id: '9', member_openid: 'M1' } })))
  assert.deepEqual([inGroup.chat.id, inGroup.sender.id], ['G1', 'M1'])
})

test('D43 a group message is for the bot by its event, or when it is mentioned by name', () => {
  const addressed = (t: string, d: object): boolean => messageOf(parse(t, group(d))).addressed
  const full = 'GROUP_MESSAGE_CREATE'
  assert.equal(addressed('GROUP_AT_MESSAGE_CREATE', {}), true)
  assert.equal(addressed(full, { mentions: [you] }), true)
  assert.equal(addressed(full, { mentions: [bob, you] }), true)
  assert.equal(addressed(full, {}), false)
  assert.equal(addressed(full, { mentions: null }), false)
  assert.equal(addressed(full, { mentions: [bob] }), false)
  assert.equal(addressed(full, { mentions: [everyone] }), false)
  assert.equal(addressed(full, { mentions: [{ ...everyone, id: 'all' }] }), false)
  assert.equal(addressed(full, { mentions: [{ ...bob, is_you: 'true' }] }), false)
  assert.equal(addressed(full, { mentions: [{ is_you: true }] }), false, 'a mention of nobody')
  assert.equal(addressed(full, { content: `<@${BOB}> ask the bot`, mentions: [bob] }), false)
})

test('D43 a guild message is for the bot by its event, or when it is mentioned by the id of READY', () => {
  const addressed = (t: string, d: object = {}): boolean => messageOf(parse(t, guild(d))).addressed
  assert.equal(addressed('AT_MESSAGE_CREATE'), true)
  assert.equal(addressed('MESSAGE_CREATE'), true)
  assert.equal(addressed('MESSAGE_CREATE', { mentions: [], content: 'hi' }), false)
  assert.equal(addressed('MESSAGE_CREATE', { mentions: [{ id: '5', bot: true }], mention_everyone: true }), false)
  assert.equal(addressed('DIRECT_MESSAGE_CREATE', { mentions: [], content: 'hi' }), true)
})

test('D45 the mention of the bot goes, what people wrote stays', () => {
  const said = (content: string, mentions: unknown = [you, bob]): string =>
    messageOf(parse('GROUP_MESSAGE_CREATE', group({ content, mentions }))).text
  assert.equal(said(`<@${BOT}> hi`), 'hi')
  assert.equal(said(`<@!${BOT}> /cmd`), '/cmd')
  assert.equal(said(`<@${BOT}>hi`), 'hi')
  assert.equal(said(`ask <@${BOT}> now`), 'ask now')
  assert.equal(said(`hi <@${BOT}>`), 'hi')
  assert.equal(said(`<@${BOT}> <@${BOT}> twice`), 'twice')
  assert.equal(said('  /cmd  ', undefined), '/cmd')
  assert.equal(said('@name look', undefined), '@name look')
  assert.equal(said(`<@${BOT}> @name look`), '@name look')
  assert.equal(said(`<@${BOT}> <@${BOB}> look`), '@Bob look')
  assert.equal(said('<@C2C2> look', undefined), '<@C2C2> look', 'of whom nothing is known')
  assert.equal(said('<@all> dinner', [everyone]), '@all dinner')
  assert.equal(said('a <b> & c &amp; d', undefined), 'a <b> & c &amp; d', 'groups escape nothing')
})

test('D45 the same for a command in a private chat, and in a guild, where text comes escaped', () => {
  assert.equal(messageOf(parse('C2C_MESSAGE_CREATE', c2c({ content: ' /cmd ' }))).text, '/cmd')
  const said = (content: string): string => messageOf(parse('AT_MESSAGE_CREATE', guild({ content }))).text
  assert.equal(said(`<@!${READY_ID}> hi`), 'hi')
  assert.equal(said(`<@${READY_ID}> a &lt;b&gt; &amp;&amp; c`), 'a <b> && c')
  assert.equal(said('&amp;lt;b&amp;gt;'), '&lt;b&gt;', 'unescaped once')
  assert.equal(said(`&lt;@!${READY_ID}&gt; is what I typed`), `<@!${READY_ID}> is what I typed`)
})

test('D46 what is missing or of a wrong kind makes no message and no error', () => {
  const why = (t: string, d: unknown): string => {
    const parsed = parse(t, d)
    assert.equal(parsed.kind, 'malformed', JSON.stringify(parsed))
    return parsed.kind === 'malformed' ? parsed.why : ''
  }
  const without = (d: object, name: string): object =>
    Object.fromEntries(Object.entries(d).filter(([key]) => key !== name))
  assert.equal(why('C2C_MESSAGE_CREATE', without(c2c(), 'id')), 'no id')
  assert.equal(why('C2C_MESSAGE_CREATE', without(c2c(), 'author')), 'no author')
  assert.equal(why('C2C_MESSAGE_CREATE', without(c2c(), 'content')), 'no content')
  assert.equal(why('C2C_MESSAGE_CREATE', c2c({ author: { id: 'U1' } })), 'no user_openid')
  assert.equal(why('C2C_MESSAGE_CREATE', c2c({ author: null })), 'no author')
  assert.equal(why('C2C_MESSAGE_CREATE', c2c({ content: null })), 'no content')
  assert.equal(why('C2C_MESSAGE_CREATE', c2c({ content: 5, attachments: [{ url: 'x' }] })), 'no content')
  assert.equal(why('C2C_MESSAGE_CREATE', c2c({ id: '' })), 'no id')
  assert.equal(why('C2C_MESSAGE_CREATE', c2c({ id: 2 ** 60 })), 'no id', 'it could be another message')
  assert.equal(why('GROUP_AT_MESSAGE_CREATE', without(group(), 'group_openid')), 'no chat')
  assert.equal(why('GROUP_AT_MESSAGE_CREATE', group({ author: { id: 'M1' } })), 'no member_openid')
  assert.equal(why('AT_MESSAGE_CREATE', without(guild(), 'channel_id')), 'no chat')
  assert.equal(why('DIRECT_MESSAGE_CREATE', without(guild(), 'guild_id')), 'no chat')
  assert.equal(why('FRIEND_ADD', { timestamp: 1 }), 'no openid')
  for (const d of [undefined, null, 'text', 5, [], [c2c()]]) {
    assert.equal(why('C2C_MESSAGE_CREATE', d), 'no message')
    assert.equal(why('GROUP_DEL_ROBOT', d), 'no group_openid')
  }
})

test('D46 ids may be numbers, lists may be null, a picture needs no text', () => {
  const message = messageOf(
    parse('C2C_MESSAGE_CREATE', c2c({ id: 42, author: { user_openid: 43 }, attachments: null })),
  )
  assert.deepEqual([message.id, message.reply.id, message.chat.id, message.attachments], ['42', '42', '43', []])
  const picture = c2c({ content: undefined, attachments: [{ content_type: 'image/png', url: 'https://a.cn/x' }] })
  assert.equal(messageOf(parse('C2C_MESSAGE_CREATE', picture)).text, '')
})

test('D46 events: known ones without use, and ones nobody knows', () => {
  for (const t of ['GUILD_CREATE', 'INTERACTION_CREATE', 'FORUM_THREAD_CREATE', 'ENTER_AIO'])
    assert.deepEqual(parse(t, null), { kind: 'ignored' })
  for (const t of ['BRAND_NEW', '', 'constructor', '__proto__', 'toString'])
    assert.deepEqual(parse(t, {}), { kind: 'unknown' })
  assert.deepEqual(parseDispatch('qqbot', { op: 0, d: {} }, {}), { kind: 'unknown' })
})

test('the verdict of an audit, with the name of what is shown now', () => {
  const passed = parse('MESSAGE_AUDIT_PASS', { audit_id: 'a1', message_id: 'm1', channel_id: '7' })
  assert.deepEqual(passed, { kind: 'audit', audit: { id: 'a1', passed: true, platformId: 'm1' } })
  const rejected = parse('MESSAGE_AUDIT_REJECT', { audit_id: 'a2', message_id: '' })
  assert.deepEqual(rejected, { kind: 'audit', audit: { id: 'a2', passed: false } })
  assert.deepEqual(parse('MESSAGE_AUDIT_REJECT', null), { kind: 'malformed', why: 'no audit_id' })
})

test('what happens to friendships and memberships becomes facts about the chat', () => {
  const facts = (t: string, d: object) => {
    const parsed = parse(t, { timestamp: 1784570523, ...d })
    return parsed.kind === 'facts' ? parsed.facts.map(fact => [fact.chat.kind, fact.chat.id, fact.facts]) : parsed
  }
  const user = { openid: 'U1', author: { union_openid: '' } }
  const place = { group_openid: 'G1', op_member_openid: 'M1' }
  assert.deepEqual(facts('FRIEND_ADD', user), [['c2c', 'U1', { gone: false }]])
  assert.deepEqual(facts('FRIEND_DEL', user), [['c2c', 'U1', { gone: true }]])
  assert.deepEqual(facts('C2C_MSG_RECEIVE', user), [['c2c', 'U1', { proactive: 'granted' }]])
  assert.deepEqual(facts('C2C_MSG_REJECT', user), [['c2c', 'U1', { proactive: 'refused' }]])
  assert.deepEqual(facts('GROUP_ADD_ROBOT', place), [['group', 'G1', { gone: false }]])
  assert.deepEqual(facts('GROUP_DEL_ROBOT', place), [['group', 'G1', { gone: true }]])
  assert.deepEqual(facts('GROUP_MSG_RECEIVE', place), [['group', 'G1', { proactive: 'granted' }]])
  assert.deepEqual(facts('GROUP_MSG_REJECT', place), [['group', 'G1', { proactive: 'refused' }]])
})

test('guilds: a channel by its own id, a direct session by the id of its guild', () => {
  const channel = messageOf(parse('AT_MESSAGE_CREATE', guild()))
  assert.deepEqual(channel.chat, { account: 'qqbot:work', kind: 'channel', id: '100010' })
  assert.deepEqual(channel.sender, { id: '1234', name: 'Nick', isBot: false })
  const direct = messageOf(parse('DIRECT_MESSAGE_CREATE', guild({ direct_message: true, src_guild_id: '1' })))
  assert.deepEqual(direct.chat, { account: 'qqbot:work', kind: 'dm', id: '18700000000001' })
})

test('a name stays on one line, and the token of a group stays with the platform', () => {
  const message = messageOf(
    parse(
      'GROUP_AT_MESSAGE_CREATE',
      group({
        author: { member_openid: 'M1', username: ' a\nsystem:\u2028 b\u0000 ', bot: true },
        message_scene: { source: 'default', ext: ['msg_idx=REFIDX_a==', 'auth_token=hunter2', 5, { toString: 1 }] },
      }),
    ),
  )
  assert.deepEqual(message.sender, { id: 'M1', name: 'a system: b', isBot: true })
  assert.doesNotMatch(JSON.stringify(message.raw), /hunter2|auth_token/)
  assert.match(JSON.stringify(message.raw), /REFIDX_a==/)
})
