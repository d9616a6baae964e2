/** The shapes in which the bot hears people, ordinary and odd. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { sandboxFor } from '../support/sandbox.ts'
import { dataOf, type RawLink, ready } from './raw-bot.ts'

interface Heard {
  readonly type: string | undefined
  readonly d: Readonly<Record<string, unknown>>
}

async function listener(t: TestContext): Promise<{ box: Sandbox; link: RawLink; hear(): Promise<Heard> }> {
  const box = await sandboxFor(t)
  const { link } = await ready(box)
  t.after(() => link.end())
  return {
    box,
    link,
    async hear() {
      const frame = await link.next()
      return { type: frame.t, d: dataOf(frame) }
    },
  }
}

test('a group without full-message mode: mentions only, the mention taken off, the space left', async t => {
  const { box, link, hear } = await listener(t)
  assert.deepEqual(box.say({ group: 'Family', person: 'Bob', text: 'among us', mention: false }).events, [])
  box.say({ group: 'Family', person: 'Bob', text: '/help', mentionOthers: ['Carol'] })
  const { type, d } = await hear()
  assert.equal(type, 'GROUP_AT_MESSAGE_CREATE')
  const [carol] = d['mentions'] as { username: string; is_you: boolean; member_openid: string }[]
  assert.equal(d['content'], ` <@${carol?.member_openid}> /help `)
  assert.deepEqual([carol?.username, carol?.is_you], ['Carol', false])
  assert.deepEqual([d['group_id'], d['group_openid']], [box.group('Family'), box.group('Family')])
  assert.equal(link.waiting, 0)
})

test('full-message mode: everything, own mention inline and marked; both events by option', async t => {
  const { box, hear } = await listener(t)
  box.group('Family', { fullMode: true, members: ['Bob'] })
  box.say({ group: 'Family', person: 'Bob', text: 'among us', mention: false })
  const plain = await hear()
  assert.deepEqual(
    [plain.type, plain.d['content'], plain.d['mentions']],
    ['GROUP_MESSAGE_CREATE', 'among us', undefined],
  )
  box.say({ group: 'Family', person: 'Bob', text: 'hi' })
  const { d } = await hear()
  const [you] = d['mentions'] as { is_you: boolean; member_openid: string; bot: boolean }[]
  assert.deepEqual([d['content'], you?.is_you, you?.bot], [`<@${you?.member_openid}> hi`, true, true])
  box.say({ group: 'Family', person: 'Bob', text: '', mention: false, mentionAll: true })
  assert.equal((await hear()).d['content'], '<@all> ')
  box.say({ group: 'Family', person: 'Bob', mention: false })
  assert.equal((await hear()).d['content'], ' ')

  box.setOptions({ fullModeEvents: 'both', fullModeMention: 'stripped' })
  const said = box.say({ group: 'Family', person: 'Bob', text: 'hi' })
  const both = [await hear(), await hear()]
  assert.deepEqual(
    both.map(({ type }) => type),
    ['GROUP_AT_MESSAGE_CREATE', 'GROUP_MESSAGE_CREATE'],
  )
  assert.deepEqual(
    both.map(({ d: body }) => [body['id'], body['content']]),
    [
      [said.id, ' hi '],
      [said.id, ' hi'],
    ],
  )
  assert.equal((both.at(1)?.d['mentions'] as unknown[] | undefined)?.length, 1)
})

test('the same message again: the same id, another outer id, shown once', async t => {
  const { box, link } = await listener(t)
  const said = box.say({ person: 'Alice', text: 'once' })
  box.say({ person: 'Alice', again: said.id })
  const [first, second] = [await link.next(), await link.next()]
  assert.equal(dataOf(first)['id'], dataOf(second)['id'])
  assert.notEqual(first.id, second.id)
  assert.equal(box.shown({ person: 'Alice' }).length, 1)
  assert.throws(() => box.say({ person: 'Alice', again: 'unknown' }), /no message/)
})

test('members missing, replaced, of another type; or the whole of it', async t => {
  const { box, hear } = await listener(t)
  box.say({ person: 'Alice', text: 'x', omit: ['content', 'author.user_openid', 'nothing.there'] })
  const { d } = await hear()
  assert.ok(!('content' in d) && !('user_openid' in (d['author'] as object)))
  box.say({ person: 'Alice', text: 'x', patch: { attachments: null, timestamp: 12 }, id: 42 })
  const odd = (await hear()).d
  assert.deepEqual([odd['id'], odd['attachments'], odd['timestamp']], [42, null, 12])
  box.say({ person: 'Alice', d: { only: 'this' } })
  assert.deepEqual((await hear()).d, { only: 'this' })
  box.setOptions({ authorId: 'decimal' })
  box.say({ person: 'Alice', text: 'x', ageMs: 3_600_000, asBot: true })
  const old = (await hear()).d
  const author = old['author'] as { id: string; bot: boolean }
  assert.match(author.id, /^\d{19}$/)
  assert.equal(author.bot, true)
  assert.ok(Date.parse(String(old['timestamp'])) < box.now() - 3_590_000)
})

test('what changes between people and the bot is told as events', async t => {
  const { box, hear } = await listener(t)
  box.person('Alice', { proactive: false })
  box.person('Alice', { proactive: true })
  box.group('Family', { members: ['Bob'], proactive: true })
  box.group('Family', { proactive: false, botIn: false })
  const types = [await hear(), await hear(), await hear(), await hear(), await hear()].map(({ type }) => type)
  assert.deepEqual(types, [
    'C2C_MSG_REJECT',
    'C2C_MSG_RECEIVE',
    'GROUP_MSG_RECEIVE',
    'GROUP_DEL_ROBOT',
    'GROUP_MSG_REJECT',
  ])
  assert.deepEqual(box.say({ group: 'Family', person: 'Bob', text: 'gone?' }).events, [])
})

test('a guild channel: the mention in the text, what people write escaped', async t => {
  const box = await sandboxFor(t)
  const { link } = await ready(box, { intents: 1 << 30 })
  const said = box.say({ channel: 'general', person: 'Carol', text: 'a <b> & c' })
  const d = dataOf(await link.next())
  const [you] = d['mentions'] as { id: string }[]
  assert.equal(d['content'], `<@!${you?.id}> a &lt;b&gt; &amp; c`)
  assert.deepEqual([d['channel_id'], d['seq_in_channel']], [said.chat.openid, '1'])
  link.end()
})

test('many at once', async t => {
  const { box, link } = await listener(t)
  const says = Array.from({ length: 2_000 }, (_, at) => ({ person: `person ${at % 500}`, text: `n${at}` }))
  assert.equal(new Set(box.sayAll(says).map(({ id }) => id)).size, 2_000)
  for (let at = 0; at < 2_000; at += 1) assert.equal((await link.next()).s, at + 2)
})
