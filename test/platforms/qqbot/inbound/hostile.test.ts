/** Whatever JSON the platform sends: it is read or named, never thrown over, and what is read is what the contract says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../../../src/lib/json.ts'
import { type Random, seededRandom } from '../../../../src/lib/random.ts'
import { parseDispatch } from '../../../../src/platforms/qqbot/inbound/inbound.ts'
import { parseFrame } from '../../../../src/platforms/qqbot/link/frames.ts'

const TYPES = [
  ...['C2C_MESSAGE_CREATE', 'GROUP_AT_MESSAGE_CREATE', 'GROUP_MESSAGE_CREATE', 'AT_MESSAGE_CREATE', 'MESSAGE_CREATE'],
  ...['DIRECT_MESSAGE_CREATE', 'FRIEND_ADD', 'GROUP_DEL_ROBOT', 'GUILD_CREATE', 'NEW_EVENT', 'constructor'],
]
const NAMES = [
  ...['id', 'author', 'content', 'user_openid', 'member_openid', 'openid', 'group_openid', 'channel_id', 'guild_id'],
  ...['mentions', 'is_you', 'scope', 'username', 'bot', 'member', 'nick', 'attachments', 'content_type', 'url', 'size'],
  ...['filename', 'asr_refer_text', 'voice_wav_url', 'message_type', 'msg_elements', 'ark_data', 'fields', 'ark_name'],
  ...['prompt', 'message_scene', 'ext', 'message_reference', 'message_id', 'parallel_message', 'msg_nodes', 'toString'],
  ...['__proto__', 'constructor', 'length', 'title', ''],
]
const TEXTS = [
  ...['', ' ', 'hi', '<@B>', '<@!B> x', '<@', '<faceType=1,faceId="2",ext="e30=">', '<faceType=1,ext="', '&amp;', '&'],
  ...[
    '\u0000',
    '\ud800',
    '//a',
    'file:///x',
    'http://',
    'https://[',
    'a:b',
    'voice',
    'image/png',
    'all',
    'auth_token=x',
  ],
  ...['$&', '$1', '\u2028', '"', '😀', 'B', 'constructor', '103'],
]

function pick<T>(random: Random, from: readonly T[]): T {
  const found = from[Math.floor(random.next() * from.length)]
  if (found === undefined) throw new Error('nothing to pick from')
  return found
}

function anyText(random: Random): string {
  return Array.from({ length: 1 + Math.floor(random.next() * 3) }, () => pick(random, TEXTS)).join('')
}

function anyJson(random: Random, depth: number): Json {
  const chance = random.next()
  if (depth <= 0 || chance < 0.35) {
    return pick<Json>(random, [null, true, false, 0, -1, 1.5, 103, 2 ** 60, 1e308, anyText(random), anyText(random)])
  }
  const size = Math.floor(random.next() * 4)
  if (chance < 0.5) return Array.from({ length: size }, () => anyJson(random, depth - 1))
  return Object.fromEntries(Array.from({ length: size + 2 }, () => [pick(random, NAMES), anyJson(random, depth - 1)]))
}

/** Mostly a message, with parts of it replaced by anything. */
function nearMessage(random: Random): Json {
  const whole: { [key: string]: Json } = {
    id: 'm',
    author: { id: 'a', user_openid: 'u', member_openid: 'm', username: 'n', bot: false },
    content: anyText(random),
    group_openid: 'g',
    channel_id: 'c',
    guild_id: 'd',
    mentions: [{ id: 'B', is_you: true, username: 'Bot' }],
    attachments: [{ content_type: 'voice', url: 'a/b', filename: 'f' }],
    msg_elements: [{ content: 'q', attachments: null }],
    message_scene: { ext: ['auth_token=x'] },
  }
  for (let changes = Math.floor(random.next() * 4); changes > 0; changes--) {
    whole[pick(random, NAMES)] = anyJson(random, 3)
  }
  return whole
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

test('D46 no JSON at all makes the reader throw, and no message it reads lacks what a message has', () => {
  const random = seededRandom(46)
  const seen = new Map<string, number>()
  for (let round = 0; round < 20_000; round++) {
    const d = random.next() < 0.5 ? nearMessage(random) : anyJson(random, 5)
    // By way of the text, as a frame comes: only so is `__proto__` a member like any other.
    const text = JSON.stringify({ op: 0, s: round, t: pick(random, TYPES), id: anyText(random), d })
    const frame = parseFrame(text)
    assert.ok(typeof frame === 'object')
    const parsed = parseDispatch('qqbot', frame, random.next() < 0.5 ? {} : { id: 'B' })
    seen.set(parsed.kind, (seen.get(parsed.kind) ?? 0) + 1)
    if (parsed.kind === 'facts')
      assert.ok(
        parsed.facts.every(fact => isText(fact.chat.id)),
        text,
      )
    if (parsed.kind !== 'message') continue
    const { message } = parsed
    assert.ok([message.id, message.chat.id, message.sender.id, message.reply.id].every(isText), text)
    assert.equal(message.text, message.text.trim(), text)
    assert.ok(
      message.attachments.every(one => isText(one.name) && !/[\r\n]/.test(one.name)),
      text,
    )
    assert.ok(
      message.attachments.every(one => one.url === undefined || /^https?:/i.test(one.url)),
      text,
    )
    assert.ok(!/[\r\n]/.test(message.sender.name ?? ''), text)
    assert.doesNotThrow(() => JSON.stringify(message))
  }
  for (const kind of ['message', 'facts', 'ignored', 'unknown', 'malformed'])
    assert.ok((seen.get(kind) ?? 0) > 100, `${kind}: ${seen.get(kind)}`)
})

test('D46 the same result twice: nothing is kept between events', () => {
  const frame = { op: 0, t: 'C2C_MESSAGE_CREATE', d: nearMessage(seededRandom(3)) }
  assert.deepEqual(parseDispatch('qqbot', frame, {}), parseDispatch('qqbot', frame, {}))
})

test('D46 hostile markup costs no more than its length', () => {
  const contents = ['<faceType=1,a="', '<@', '<@!<@', '&amp', '<faceType=1,a="">', `<@${'a'.repeat(127)}`, ',a="', '\n']
  for (const piece of contents) {
    const content = piece.repeat(Math.ceil(400_000 / piece.length))
    const before = process.cpuUsage()
    parseDispatch(
      'qqbot',
      { op: 0, t: 'C2C_MESSAGE_CREATE', d: { id: 'm', author: { user_openid: 'u' }, content } },
      { id: 'B' },
    )
    const tookMs = process.cpuUsage(before).user / 1_000
    assert.ok(tookMs < 2_000, `${JSON.stringify(piece)} took ${tookMs} ms`)
  }
})
