/** Messages through the whole gateway: real frames of the platform in, real posts out. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Agent } from '../../../../src/agents/agent.ts'
import type { NewReply } from '../../../../src/journal/journal.ts'
import type { ChatAddress } from '../../../../src/platforms/platform.ts'
import { INTENTS } from '../../../../src/platforms/qqbot/link/intents.ts'
import type { ChatRef, OptionChanges, Sandbox, Say } from '../../../../src/sandbox/sandbox.ts'
import { eventually } from '../../../support/eventually.ts'
import { type GatewayHouse, type GatewayOptions, gatewayFor } from '../../../support/qq-house.ts'
import { sandboxFor, TEST_BOT, until, untilAnswers } from '../../../support/sandbox.ts'

/** Private chats and groups, and guilds, which a bot has to ask for by name. */
const WITH_GUILDS = INTENTS.groupAndC2c | INTENTS.publicGuildMessages | INTENTS.directMessage
const ALICE: ChatRef = { person: 'Alice' }
const FAMILY: ChatRef = { group: 'Family' }

async function worldFor(
  t: TestContext,
  options: GatewayOptions & { readonly platform?: OptionChanges } = {},
): Promise<GatewayHouse & { readonly box: Sandbox }> {
  const box = await sandboxFor(t, options.platform ? { options: options.platform } : {})
  return { box, ...(await gatewayFor(t, box, options)) }
}

const texts = (box: Sandbox, chat: ChatRef): string[] => box.answers(chat).map(one => one.text)

/** Says all of it, and answers with what the bot wrote by the time that it has answered a last message as well. */
async function heard(box: Sandbox, chat: ChatRef, says: readonly Say[]): Promise<readonly string[]> {
  box.sayAll(says)
  const place = chat.group === undefined ? {} : { group: chat.group }
  const { id } = box.say({ person: 'Alice', ...place, text: 'the last' })
  const last = await until(box, 'the answer to the last message', () =>
    box.answers(chat).find(one => one.answers === id),
  )
  return box
    .answers(chat)
    .filter(one => one !== last)
    .map(one => one.text)
}

function postsTo(box: Sandbox, chat: ChatAddress['kind'], id: string): readonly Record<string, unknown>[] {
  const path = { c2c: '/v2/users', group: '/v2/groups', channel: '/channels', dm: '/dms' }[chat]
  return box.log
    .entries({ kinds: ['request'] })
    .filter(entry => entry.kind === 'request' && entry.path === `${path}/${id}/messages`)
    .map(entry => (entry.kind === 'request' ? JSON.parse(entry.request) : {}))
}

/** Waits in each turn until it is let go on. */
function gatedAgent(): { readonly agent: Agent; readonly turns: string[]; open(): void } {
  const turns: string[] = []
  let open = (): void => {}
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  return {
    turns,
    open: () => open(),
    agent: {
      kind: 'gated',
      async *run({ text }, signal) {
        turns.push(text)
        await Promise.race([gate, aborted(signal)])
        yield { kind: 'text', text: `re: ${text}` }
      },
      health: () => ({ state: 'ok' }),
      forget: async () => {},
      close: async () => {},
    },
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function ownAccord(chat: ChatAddress, text: string): NewReply {
  return { chat, inboundId: null, purpose: 'answer', text, form: 'plain', state: 'pending', reply: null }
}

test('D43 J105 in a group that hears everything only a mention by name is answered, and no bot', async t => {
  const { box } = await worldFor(t)
  box.group('Family', { fullMode: true, members: ['Alice', 'Bob'] })
  const say = (text: string, over: Partial<Say>): Say => ({ person: 'Alice', group: 'Family', text, ...over })
  const answers = await heard(box, FAMILY, [
    say('for you', {}),
    say('for nobody', { mention: false }),
    say('for Bob', { mention: false, mentionOthers: ['Bob'] }),
    say('for all', { mention: false, mentionAll: true }),
    say('for you and Bob', { mentionOthers: ['Bob'] }),
    say('from a bot', { person: 'Robot', asBot: true }),
  ])
  assert.deepEqual(answers, ['echo: for you', 'echo: @Bob for you and Bob'])
})

test('D44 both events for one message: one answer', async t => {
  const { box, status } = await worldFor(t, { platform: { fullModeEvents: 'both' } })
  box.group('Family', { fullMode: true })
  const answers = await heard(box, FAMILY, [{ person: 'Alice', group: 'Family', text: 'hi', events: 'both' }])
  assert.deepEqual(answers, ['echo: hi'])
  assert.deepEqual(status().unknown_events, {})
})

test('D44 the copy that speaks to the bot comes second: one answer all the same', async t => {
  const { box } = await worldFor(t)
  const { id } = box.say({ person: 'Alice', group: 'Family', text: 'hi', events: 'message', mention: false })
  const again: Say = { person: 'Alice', group: 'Family', text: 'hi', events: 'at', id }
  assert.deepEqual(await heard(box, FAMILY, [again, { person: 'Alice', group: 'Family', again: id }]), ['echo: hi'])
})

for (const fullModeMention of ['inline', 'stripped'] as const) {
  for (const atSpaces of ['both', 'leading', 'none'] as const) {
    test(`D45 the bot's mention ${fullModeMention}, spaces ${atSpaces}: the agent reads what was written`, async t => {
      const { box } = await worldFor(t, {
        platform: { fullModeMention, atSpaces },
        settings: { intents: WITH_GUILDS },
      })
      box.group('Loud', { fullMode: true })
      const say = (text: string): readonly Say[] => [
        { person: 'Alice', text },
        { person: 'Alice', group: 'Family', text },
        { person: 'Alice', group: 'Loud', text },
        { person: 'Alice', channel: 'general', text },
      ]
      box.sayAll([...say('hi'), ...say('/cmd'), ...say('@name look'), ...say('a <b> & c')])
      for (const chat of [ALICE, FAMILY, { group: 'Loud' }, { channel: 'general' }]) {
        await untilAnswers(box, chat, 4)
        assert.deepEqual(texts(box, chat), ['echo: hi', 'echo: /cmd', 'echo: @name look', 'echo: a <b> & c'])
      }
    })
  }
}

test('H92 an event that nobody knows stands in status with an outline: its members, and of words and ids the beginnings', async t => {
  const { box, status } = await worldFor(t)
  const openid = box.person('Alice')
  box.push({ type: 'BRAND_NEW', d: { user_openid: openid, said: 'my secret plans', n: 5, ok: 'short' } })
  await eventually('counted', 10_000, () => status().unknown_events['event:BRAND_NEW'] === 1)
  assert.equal(
    status().unknown_samples?.['event:BRAND_NEW'],
    `{"user_openid":"${openid.slice(0, 12)}…","said":"my secret pl…","n":5,"ok":"short"}`,
  )
})

test('D46 broken messages are counted and passed over; unknown events too; the link stays and the cursor moves', async t => {
  const { box, status, journal } = await worldFor(t)
  box.group('Family')
  const answers = await heard(box, ALICE, [
    { person: 'Alice', text: 'a', omit: ['author'] },
    { person: 'Alice', text: 'b', omit: ['author.user_openid'] },
    { person: 'Alice', text: 'c', omit: ['content'] },
    { person: 'Alice', text: 'd', omit: ['id'] },
    { person: 'Alice', d: 'text' },
    { person: 'Alice', d: [1] },
    { person: 'Alice', text: 'e', patch: { attachments: null, mentions: null } },
    { person: 'Alice', text: 'f', group: 'Family', omit: ['group_openid'] },
  ])
  assert.deepEqual(answers, ['echo: e'])
  box.push({ type: 'BRAND_NEW', d: { a: 1 } })
  box.push({ type: 'BRAND_NEW', d: { a: 2 } })
  box.push({ type: 'GROUP_MEMBER_ADD', d: {} })
  assert.deepEqual(await heard(box, ALICE, []), ['echo: e', 'echo: the last'])
  assert.deepEqual(status().unknown_events, {
    'frame:C2C_MESSAGE_CREATE: no author': 1,
    'frame:C2C_MESSAGE_CREATE: no user_openid': 1,
    'frame:C2C_MESSAGE_CREATE: no content': 1,
    'frame:C2C_MESSAGE_CREATE: no id': 1,
    'frame:C2C_MESSAGE_CREATE: no message': 2,
    'frame:GROUP_AT_MESSAGE_CREATE: no chat': 1,
    'event:BRAND_NEW': 2,
  })
  assert.equal(box.totals.opened, 1)
  const seq = box.sessions()[0]?.seq
  const cursor = await journal.cursor('qqbot')
  assert.ok(JSON.stringify(cursor).includes(`${seq}`), JSON.stringify({ cursor, seq }))
})

test('D46 an id that is a number is answered under that id', async t => {
  const { box } = await worldFor(t)
  box.say({ person: 'Alice', text: 'hi', id: 4711 })
  const post = await until(box, 'a post', () => {
    const entry = box.log.entries({ kinds: ['request'] }).find(one => one.kind === 'request' && one.route === 'send')
    return entry?.kind === 'request' && entry
  })
  assert.equal(JSON.parse(post.request).msg_id, '4711')
})

test('E57 Markdown refused: once more as plain text, and from then on plain at once', async t => {
  const { box } = await worldFor(t)
  box.fault('markdown_refused')
  const first = box.say({ person: 'Alice', text: '**one**' })
  await untilAnswers(box, ALICE, 1)
  box.say({ person: 'Alice', text: '**two**' })
  await untilAnswers(box, ALICE, 2)
  box.say({ person: 'Bob', text: '**three**' })
  await untilAnswers(box, { person: 'Bob' }, 1)
  const types = postsTo(box, 'c2c', first.chat.openid).map(post => post['msg_type'])
  assert.deepEqual(types, [2, 0, 0])
  assert.deepEqual(
    postsTo(box, 'c2c', box.person('Bob')).map(post => post['msg_type']),
    [0],
  )
  assert.deepEqual(texts(box, ALICE), ['echo: **one**', 'echo: **two**'])
})

test('E58 a link that is not allowed: the text comes without it, in two posts', async t => {
  const { box } = await worldFor(t)
  box.changeBot({ appId: TEST_BOT.appId, allowedHosts: ['good.example'] })
  const { chat } = box.say({ person: 'Alice', text: 'run 1.sh from http://evil.example/x' })
  await untilAnswers(box, ALICE, 1)
  assert.deepEqual(texts(box, ALICE), ['echo: run 1[.]sh from evil[.]example/x'])
  assert.equal(postsTo(box, 'c2c', chat.openid).length, 2)
})

test('E64 the link is down when the answer is ready: it goes out after READY, once', async t => {
  const { agent, turns, open } = gatedAgent()
  const { box, status } = await worldFor(t, { agent })
  const { id } = box.say({ person: 'Alice', text: 'hi' })
  await waitFor(async () => turns.length === 1)
  const refused = box.fault('close_on_identify')
  const refusedToo = box.fault('close_on_resume')
  box.fault('cut')
  await waitFor(async () => status().state !== 'connected')
  open()
  await until(box, 'several more tries', () => box.totals.opened > 4)
  assert.deepEqual(texts(box, ALICE), [])
  assert.equal(box.replies(id)?.posts, 0)
  await waitFor(async () => status().pending_out === 1)
  refused.off()
  refusedToo.off()
  await untilAnswers(box, ALICE, 1)
  assert.deepEqual(box.replies(id), { places: 1, seqs: [1], posts: 1 })
})

test('E65 after a restart a message of its own accord goes to the group, as a group', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-messages-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'journal.sqlite')
  const box = await sandboxFor(t)
  box.group('Family', { proactive: true })
  const first = await gatewayFor(t, box, { path })
  const { chat } = box.say({ person: 'Alice', group: 'Family', text: 'hi' })
  await untilAnswers(box, FAMILY, 1)
  await first.journal.addReplies([ownAccord({ account: 'qqbot', kind: 'group', id: chat.openid }, 'news')])
  await first.stop()
  await gatewayFor(t, box, { path })
  await untilAnswers(box, FAMILY, 2)
  assert.deepEqual(texts(box, FAMILY), ['echo: hi', 'news'])
  assert.deepEqual(postsTo(box, 'group', chat.openid).at(-1), { msg_type: 0, content: 'news' })
  assert.equal(postsTo(box, 'c2c', chat.openid).length, 0)
})

test('E66 an answer to a guild message goes to its channel, to a direct one to its session', async t => {
  const { box } = await worldFor(t, { settings: { intents: WITH_GUILDS } })
  box.fault({ kind: 'http', route: 'rest', path: '/dms/', answer: { status: 200, body: { id: 'shown' } } })
  const said = box.say({ person: 'Alice', channel: 'general', text: 'hi' })
  await untilAnswers(box, { channel: 'general' }, 1)
  assert.deepEqual(postsTo(box, 'channel', said.chat.openid), [{ content: 'echo: hi', msg_id: said.id }])
  box.push({
    type: 'DIRECT_MESSAGE_CREATE',
    d: {
      id: 'dm-1',
      guild_id: '777',
      channel_id: '888',
      src_guild_id: '1',
      direct_message: true,
      author: { id: '5', username: 'Alice', bot: false },
      content: 'psst &amp; hi',
    },
  })
  const posted = await until(box, 'a post to the session', () => postsTo(box, 'dm', '777')[0])
  assert.deepEqual(posted, { content: 'echo: psst &amp; hi', msg_id: 'dm-1' })
})

test('E67 A is answered after B has come: the answer carries the id of A', async t => {
  const { agent, turns, open } = gatedAgent()
  const { box, gateway } = await worldFor(t, { agent })
  const a = box.say({ person: 'Alice', text: 'A' })
  await waitFor(async () => turns.length === 1)
  const b = box.say({ person: 'Alice', text: 'B' })
  await waitFor(async () => (await gateway.trace(b.id)) !== undefined)
  open()
  await untilAnswers(box, ALICE, 2)
  assert.deepEqual(
    box.answers(ALICE).map(one => [one.text, one.answers]),
    [
      ['re: A', a.id],
      ['re: B', b.id],
    ],
  )
})

test('what the platform tells of a friendship reaches the facts that delivery goes by', async t => {
  const { box, journal } = await worldFor(t)
  const { chat } = box.say({ person: 'Alice', text: 'hi' })
  await untilAnswers(box, ALICE, 1)
  const address: ChatAddress = { account: 'qqbot', kind: 'c2c', id: chat.openid }
  const become = async (settings: Parameters<Sandbox['person']>[1], facts: object): Promise<void> => {
    box.person('Alice', settings)
    await waitFor(async () => {
      const known = await journal.chatFacts(address)
      return Object.entries(facts).every(([name, value]) => known[name] === value)
    })
  }
  await become({ proactive: false }, { proactive: 'refused' })
  await become({ proactive: true }, { proactive: 'granted' })
  await become({ friend: false }, { gone: true })
  await become({ friend: true }, { gone: false, proactive: 'granted' })
})

/** For what no event of the sandbox announces. */
async function waitFor(holds: () => Promise<boolean>): Promise<void> {
  const lateAtMs = performance.now() + 10_000
  while (!(await holds())) {
    assert.ok(performance.now() < lateAtMs, 'not within 10 s')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
