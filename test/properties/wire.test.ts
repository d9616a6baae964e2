/** What comes over the wire, whatever it is: read without a throw, and never taken for more than it says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDispatch } from '../../src/platforms/qqbot/inbound/inbound.ts'
import { parseCursor } from '../../src/platforms/qqbot/link/cursor.ts'
import { helloInterval, parseFrame, readReady } from '../../src/platforms/qqbot/link/frames.ts'
import { anyText, payload } from './arbitraries.ts'

const RUNS = 1000
const EVENTS = [
  'C2C_MESSAGE_CREATE',
  'GROUP_AT_MESSAGE_CREATE',
  'GROUP_MESSAGE_CREATE',
  'AT_MESSAGE_CREATE',
  'MESSAGE_CREATE',
  'DIRECT_MESSAGE_CREATE',
  'INTERACTION_CREATE',
  'FRIEND_ADD',
  'GROUP_DEL_ROBOT',
  'GROUP_MSG_REJECT',
  '__proto__',
  'constructor',
]
const event = fc.oneof(fc.constantFrom(...EVENTS), anyText(20))
const frameParts = fc.record(
  {
    op: fc.oneof(fc.integer({ min: 0, max: 13 }), fc.constantFrom('0', null, 1e308, -1)),
    d: payload,
    s: fc.oneof(fc.integer(), fc.double(), fc.constantFrom(null, '7', Number.MAX_SAFE_INTEGER + 2)),
    t: fc.oneof(event, fc.constant(null), fc.integer()),
    id: fc.oneof(anyText(10), fc.constant(null), fc.integer()),
  },
  { requiredKeys: [] },
)
const frameText = fc.oneof(
  frameParts.map(parts => JSON.stringify(parts)),
  fc.json(),
  anyText(100),
  // Torn somewhere.
  fc.tuple(frameParts, fc.nat()).map(([parts, at]) => {
    const whole = JSON.stringify(parts)
    return whole.slice(0, at % (whole.length + 1))
  }),
)

test('a frame is a frame or a word why it is none; its number is one that can be counted with', () => {
  fc.assert(
    fc.property(frameText, text => {
      const frame = parseFrame(text)
      if (typeof frame === 'string') return assert.match(frame, /^(not_json|not_an_object|no_opcode)$/)
      assert.equal(typeof frame.op, 'number')
      assert.ok(frame.s === undefined || (Number.isSafeInteger(frame.s) && frame.s >= 0))
      const interval = helloInterval(frame.d)
      assert.ok(interval === undefined || typeof interval === 'number')
      for (const id of Object.values(readReady(frame.d))) assert.ok(id !== '')
    }),
    { numRuns: RUNS },
  )
})

test('an envelope becomes a message with an id, a chat and a sender, or says what it is instead', () => {
  fc.assert(
    fc.property(event, payload, fc.option(anyText(10), { nil: undefined }), (t, d, selfId) => {
      const parsed = parseDispatch(
        'qqbot',
        { op: 0, d, t, s: 1, id: 'event' },
        selfId === undefined ? {} : { id: selfId },
      )
      switch (parsed.kind) {
        case 'message': {
          const { message } = parsed
          for (const id of [message.id, message.chat.id, message.sender.id]) assert.ok(id.trim() !== '')
          assert.equal(message.chat.account, 'qqbot')
          assert.deepEqual(message.reply, { via: 'msg_id', id: message.id })
          assert.equal(typeof message.text, 'string')
          assert.doesNotMatch(message.sender.name ?? '', /[\n\r]/)
          // A store and a model both want whole characters.
          assert.ok(message.text.isWellFormed() && (message.sender.name ?? '').isWellFormed())
          break
        }
        case 'facts':
          for (const { chat } of parsed.facts) assert.ok(chat.id.trim() !== '')
          break
        case 'click':
          assert.ok(parsed.click.id !== '' && parsed.click.chat.id !== '' && parsed.click.senderId !== '')
          break
        case 'malformed':
          assert.ok(parsed.why !== '')
          break
        default:
          assert.match(parsed.kind, /^(ignored|unknown)$/)
      }
      if (!EVENTS.includes(t) && parsed.kind !== 'ignored') assert.equal(parsed.kind, 'unknown')
    }),
    { numRuns: RUNS },
  )
})

/** A message that is whole but for its words, so that the reading of these is reached every time. */
const message = fc.record({ content: anyText(300), attachments: fc.array(payload, { maxLength: 3 }), more: payload })

test('any words, in any company, arrive as a message', () => {
  fc.assert(
    fc.property(message, ({ content, attachments, more }) => {
      const d = { ...(more as object), id: 'M1', author: { user_openid: 'U1' }, content, attachments }
      const parsed = parseDispatch('qqbot', { op: 0, d, t: 'C2C_MESSAGE_CREATE', s: 1 }, {})
      assert.ok(parsed.kind === 'message')
      // A store and a model both want whole characters.
      assert.ok(parsed.message.text.isWellFormed())
    }),
    { numRuns: RUNS },
  )
})

test('a kept cursor is whole or none', () => {
  fc.assert(
    fc.property(fc.jsonValue(), json => {
      const cursor = parseCursor(json as never)
      if (cursor === undefined) return
      assert.equal(typeof cursor.session, 'string')
      assert.equal(typeof cursor.seq, 'number')
      assert.equal(typeof cursor.aliveAtMs, 'number')
    }),
    { numRuns: RUNS },
  )
})
