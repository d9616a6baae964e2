/** The platform's own examples of seeds, keys and signatures. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KEPT, readCallback, STAMP_WINDOW_MS } from '../../../../src/platforms/qqbot/webhook/callback.ts'
import { isSigned, keysOf, seedOf, signatureOf } from '../../../../src/platforms/qqbot/webhook/signature.ts'

const STAMP = '1725442341'
const NOW_MS = Number(STAMP) * 1000
const EVENT_SECRET = 'naOC0ocQE3shWLAfffVLB1rhYPG7'
const EVENT_BODY = '{\n  "op": 0,\n  "d": {},\n  "t": "GATEWAY_EVENT_NAME"\n}'
const EVENT_SIGNATURE =
  '865ad13a61752ca65e26bde6676459cd36cf1be609375b37bd62af366e1dc25a8dc789ba7f14e017ada3d554c671a911bfdf075ba54835b23391d509579ed002'
const TOKEN = 'Arq0D5A61EgUu4OxUvOp'
const TOKEN_SIGNATURE =
  '87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d01bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706'

const publicHex = (secret: string): string =>
  keysOf(secret).publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')

test('the seed is the secret, doubled and cut; the keys are those of the examples', () => {
  assert.equal(seedOf(EVENT_SECRET).toString(), 'naOC0ocQE3shWLAfffVLB1rhYPG7naOC')
  assert.equal(seedOf('123456abcdef').toString(), '123456abcdef123456abcdef123456ab')
  assert.equal(publicHex(EVENT_SECRET), 'd7c362fe78aef81ff23287b493628b5db02a3c4fe30b215e4d19609b5d76673a')
  assert.equal(publicHex('DG5g3B4j9X2KOErG'), '8b28ded5630f9051c205dd04c6ec56ad0b08b8812b2fe30ee9aece0ab41926f3')
  assert.equal(publicHex('123456abcdef'), '1c3039fbc8134a9df2a09f47cf4bf9303440988cec3b22056b62470b85fa80a7')
})

test('signatures are those of the examples, and a changed byte, stamp, signature or secret is none', () => {
  const keys = keysOf(EVENT_SECRET)
  assert.equal(signatureOf(keys, STAMP, EVENT_BODY), EVENT_SIGNATURE)
  assert.equal(
    signatureOf(keys, STAMP, '{ "op": 0,"d": {}, "t": "GATEWAY_EVENT_NAME"}'),
    '2eb9983ebb8bb209e78fd095942f58e442656656e7975d01e64f9023a84b7c964290fdd40e5500c33867ccfe9563b7e0b6bac0e1d42c13e787b304fd51f71102',
  )
  const body = Buffer.from(EVENT_BODY)
  assert.equal(isSigned(keys, STAMP, body, EVENT_SIGNATURE), true)
  assert.equal(isSigned(keys, STAMP, Buffer.from(`${EVENT_BODY} `), EVENT_SIGNATURE), false)
  assert.equal(isSigned(keys, '1725442342', body, EVENT_SIGNATURE), false)
  assert.equal(isSigned(keys, STAMP, body, EVENT_SIGNATURE.replace(/2$/, '3')), false)
  assert.equal(isSigned(keys, STAMP, body, EVENT_SIGNATURE.slice(2)), false)
  assert.equal(isSigned(keysOf('another'), STAMP, body, EVENT_SIGNATURE), false)
})

test('op 13 is answered as in the example, where it is itself signed; nothing else is ever signed', () => {
  const keys = keysOf('DG5g3B4j9X2KOErG')
  const read = (d: object, signed = true) => {
    const body = Buffer.from(JSON.stringify({ op: 13, d }))
    const signature = signed ? signatureOf(keys, STAMP, body) : '0'.repeat(128)
    return readCallback(keys, { timestamp: STAMP, signature, body }, NOW_MS)
  }
  assert.deepEqual(read({ plain_token: TOKEN, event_ts: STAMP }), {
    kind: 'answer',
    answer: { status: 200, body: { plain_token: TOKEN, signature: TOKEN_SIGNATURE } },
  })
  assert.deepEqual(read({ plain_token: TOKEN, event_ts: Number(STAMP) }), read({ plain_token: TOKEN, event_ts: STAMP }))
  assert.equal(read({ plain_token: TOKEN, event_ts: STAMP }, false).kind, 'refused')
  // A token that is itself a callback: our signature over it would make anybody the platform.
  assert.equal(read({ plain_token: EVENT_BODY, event_ts: STAMP }).kind, 'refused')
  assert.equal(read({ event_ts: STAMP }).kind, 'refused')
})

test('a stamp counts within its window, to both sides', () => {
  const keys = keysOf(EVENT_SECRET)
  const at = (nowMs: number): string =>
    readCallback(keys, { timestamp: STAMP, signature: EVENT_SIGNATURE, body: Buffer.from(EVENT_BODY) }, nowMs).kind
  assert.equal(at(NOW_MS + STAMP_WINDOW_MS), 'event')
  assert.equal(at(NOW_MS - STAMP_WINDOW_MS), 'event')
  assert.equal(at(NOW_MS + STAMP_WINDOW_MS + 1), 'refused')
  assert.equal(at(NOW_MS - STAMP_WINDOW_MS - 1), 'refused')
  assert.deepEqual(KEPT.body, { op: 12, d: 0 })
})
