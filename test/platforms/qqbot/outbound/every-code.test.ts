/** E61 Each code that the platform may answer with, over real sockets: to a post, to an upload, to a recall. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatAddress, Outgoing, SendOutcome } from '../../../../src/platforms/platform.ts'
import { CODE_ROWS } from '../../../../src/platforms/qqbot/outbound/error-codes.ts'
import { NEVER, PNG, webServer } from '../../../media/house.ts'
import { adapterFor } from '../../../support/qq-house.ts'
import { sandboxFor } from '../../../support/sandbox.ts'
import { ADDRESS_CODES, BODY_CODES, eachCode, FORMAT_CODES, MEANINGS, UNASKED, type Word } from './code-table.ts'
import { asKind, sendHouse } from './media-house.ts'

function wordOf(outcome: SendOutcome): string {
  if (outcome.kind === 'form_refused') return outcome.part
  return outcome.kind === 'quota_spent' && outcome.soon ? 'quota_spent soon' : outcome.kind
}

async function postsTo(t: Parameters<typeof sandboxFor>[0]) {
  const box = await sandboxFor(t)
  const { adapter, observed } = adapterFor(box)
  const chat: ChatAddress = { account: 'qqbot', kind: 'c2c', id: box.person('Alice') }
  const outgoing = (more: Partial<Outgoing> = {}): Outgoing => ({ chat, text: 'hello', form: 'plain', ...more })
  const reply = (more: Partial<Outgoing> = {}): Outgoing => {
    const { id } = box.say({ person: 'Alice', text: 'hi' })
    return outgoing({ reply: { via: 'msg_id', id, seq: 1 }, ...more })
  }
  return { box, adapter, observed, outgoing, reply }
}

test('the table of the tests and the table of the code have the same codes, once each', () => {
  const known = CODE_ROWS.flatMap(({ codes }) => codes)
  const sorted = (codes: readonly number[]): number[] => [...codes].sort((a, b) => a - b)
  assert.deepEqual(sorted(eachCode().map(([code]) => code)), sorted(known))
})

for (const word of Object.keys(MEANINGS) as Word[])
  for (const status of [200, 400, 500])
    test(`E61 ${word}, under HTTP ${status}: ${MEANINGS[word].join(', ')}`, async t => {
      const { box, adapter, observed, outgoing, reply } = await postsTo(t)
      for (const code of MEANINGS[word]) {
        for (const [how, post] of [
          ['a reply', reply()],
          ['unasked', outgoing()],
        ] as const) {
          box.fault(
            { kind: 'http', route: 'send', answer: { status, body: { code, err_code: code, message: 'no' } } },
            { times: 1 },
          )
          const outcome = await adapter.send(post, NEVER)
          const expected = how === 'unasked' ? (UNASKED[code] ?? word) : word
          assert.deepEqual([wordOf(outcome), outcome.code], [expected, String(code)], `${code}, ${how}`)
        }
      }
      assert.equal(box.counters().sends, 0, 'one try is one post')
      // Nothing of it is new to this version.
      assert.deepEqual(
        observed.filter(({ kind }) => kind === 'unknown'),
        [],
      )
    })

test('E61 what was refused for its quote, its buttons or its file says so', async t => {
  const { box, adapter, reply } = await postsTo(t)
  const answered = async (code: number, extras: Outgoing['extras']): Promise<string> => {
    box.fault({ kind: 'send', when: 'any', code }, { times: 1 })
    return wordOf(await adapter.send(reply(extras ? { extras } : {}), NEVER))
  }
  const button = { id: 'a', label: 'a', data: 'a', style: 'plain' } as const
  for (const code of [40034024, 50045, 50046, 50047, 50048, 50049, 50050, 50051])
    assert.equal(await answered(code, { quote: 'q' }), 'quote', String(code))
  for (const code of MEANINGS.refused)
    assert.equal(await answered(code, { keyboard: [[button]] }), 'keyboard', String(code))
})

/** What of an upload is the same as of a post; everything else refuses the file. */
const OF_UPLOADS: Readonly<Partial<Record<Word, string>>> = {
  busy: 'busy',
  token_refused: 'token_refused',
  chat_gone: 'chat_gone',
}

test('E72 each code in answer to a file in one body: the message waits, the chat is gone, or the file is refused', async t => {
  const { box, file, send, calls } = await sendHouse(t)
  const source = file('a.png', PNG)
  for (const [code, word] of eachCode()) {
    const before = calls().length
    const fault = box.fault({ kind: 'upload', when: 'inline', code })
    // Another file each time: one that was taken would not be brought again.
    const outcome = await send(asKind('image', `of-${code}.png`, source))
    fault.off()
    const inParts = BODY_CODES.includes(code)
    if (inParts) assert.equal(outcome.kind, 'accepted', String(code))
    else assert.deepEqual([wordOf(outcome), outcome.code], [OF_UPLOADS[word] ?? 'media', String(code)], String(code))
    const files = calls()
      .slice(before)
      .filter(call => call === 'POST /files').length
    assert.equal(files, inParts || FORMAT_CODES.includes(code) ? 2 : 1, `${code}: uploads`)
    assert.equal(calls().slice(before).includes('POST /upload_prepare'), inParts, `${code}: parts`)
  }
  assert.equal(box.counters().sends, BODY_CODES.length)
  for (const code of FORMAT_CODES) {
    box.fault({ kind: 'upload', when: 'inline', code }, { times: 1 })
    assert.equal((await send(asKind('image', `${code}.png`, file(`${code}.png`, PNG)))).kind, 'accepted', String(code))
  }
})

test('E73 each code in answer to an address: bytes, where the address may be at fault; else as for a file', async t => {
  const web = await webServer(t, { '/a.png': response => response.end(PNG) })
  const { box, send, calls } = await sendHouse(t, {}, { ownBases: [web.url] })
  for (const [code, word] of eachCode()) {
    const before = calls().length
    box.fault({ kind: 'upload', when: 'url', code }, { times: 1 })
    const outcome = await send(asKind('image', `${code}.png`, { url: `${web.url}/a.png` }))
    const [expected, uploads] = ADDRESS_CODES.includes(code) ? ['accepted', 2] : [OF_UPLOADS[word] ?? 'media', 1]
    assert.equal(wordOf(outcome), expected, String(code))
    assert.equal(calls().length - before, uploads, `${code}: uploads`)
  }
})

/** By the step of an upload in parts that is answered so. `forgotten`: begun anew once, and busy if that fails the same way. */
const IN_PARTS: readonly (readonly [
  step: 'upload_prepare' | 'upload_finish',
  code: number,
  expected: string,
  prepares: number,
])[] = [
  ['upload_prepare', 40093002, 'media', 1],
  ['upload_prepare', 850018, 'chat_gone', 1],
  ['upload_prepare', 850031, 'media', 1],
  ['upload_prepare', 10000, 'media', 1],
  ['upload_prepare', 11253, 'media', 1],
  ['upload_prepare', 11244, 'token_refused', 1],
  ['upload_prepare', 100017, 'busy', 1],
  ['upload_finish', 40093001, 'busy', 1],
  ['upload_finish', 40093002, 'media', 1],
  ['upload_finish', 40034004, 'busy', 2],
  ['upload_finish', 11244, 'token_refused', 1],
  ['upload_finish', 12002, 'media', 1],
  ['upload_finish', 850018, 'chat_gone', 1],
]

for (const [step, code, expected, prepares] of IN_PARTS)
  test(`E72 ${code} in answer to ${step}: ${expected}`, async t => {
    const { box, file, send, calls } = await sendHouse(t, {
      options: { inlineUploadLimitBytes: 1_000, uploadRetrySeconds: 1 },
    })
    box.fault({ kind: 'http', route: step, answer: { status: 400, body: { code, err_code: code, message: 'no' } } })
    const outcome = await send(asKind('file', 'x.txt', file('x.txt', 'x'.repeat(2_000))))
    assert.deepEqual([wordOf(outcome), outcome.code], [expected, String(code)])
    assert.equal(calls().filter(call => call === 'POST /upload_prepare').length, prepares)
    assert.equal(box.counters().sends, 0)
  })

for (const [code, expected, uploads] of [
  [40093001, 'busy', 1],
  [40034004, 'busy', 2],
  [850019, 'media', 1],
  [40093002, 'media', 1],
  [50055001, 'busy', 1],
] as const)
  test(`E72 ${code} in answer to the last call of an upload in parts: ${expected}`, async t => {
    const { box, file, send, calls } = await sendHouse(t, {
      options: { inlineUploadLimitBytes: 1_000, uploadRetrySeconds: 1 },
    })
    box.fault({ kind: 'upload', when: 'parts', code })
    const outcome = await send(asKind('file', 'x.txt', file('x.txt', 'x'.repeat(2_000))))
    assert.deepEqual([wordOf(outcome), outcome.code], [expected, String(code)])
    assert.equal(calls().filter(call => call === 'POST /upload_prepare').length, uploads)
  })

test('a message is taken back, or not, as each code says', async t => {
  const { box, adapter, outgoing } = await postsTo(t)
  const { chat } = outgoing()
  const codes: Readonly<Record<string, readonly number[]>> = {
    too_late: [306011, 40064004],
    busy: [306003, 306005, 306006, 50065001],
    token_refused: [11241, 11242, 11243, 11244],
    refused: [306001, 306002, 306004, 306007, 306008, 306009, 306010, 40061001, 40061002, 40062003, 11253],
  }
  for (const [expected, each] of Object.entries(codes))
    for (const code of each) {
      box.fault(
        { kind: 'http', route: 'recall', answer: { status: 400, body: { code, err_code: code } } },
        { times: 1 },
      )
      const outcome = await adapter.recall?.(chat, 'some-message', NEVER)
      assert.deepEqual([outcome?.kind, outcome?.code], [expected, String(code)], String(code))
    }
})
