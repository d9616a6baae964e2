/** Files out, over real sockets: which way they go, and what follows when a step of it fails. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { wavOf } from '../../../../src/lib/wav.ts'
import type { OptionChanges } from '../../../../src/sandbox/sandbox.ts'
import { hearSilk, SINE_HZ, sound } from '../../../media/ear.ts'
import { NEVER, PNG, webServer } from '../../../media/house.ts'
import { adapterFor } from '../../../support/qq-house.ts'
import { asKind, sendHouse } from './media-house.ts'

/** Small blocks, so that a small file has several parts; the way is chosen by size all the same. */
const LARGE_BYTES = 7_000_000
const large = (): Buffer => Buffer.concat([PNG, randomBytes(LARGE_BYTES - PNG.length)])
const BLOCKS: OptionChanges = { uploadBlockBytes: 3_000_000, checkFormats: true }

test('E72 a small picture goes in the body of one call, with its caption, in the place it was given', async t => {
  const { box, file, send, shown, newest, calls } = await sendHouse(t, { options: { checkFormats: true } })
  const source = file('a.png', PNG)
  const outcome = await send(asKind('image', 'a.png', source), { text: 'look' })
  assert.equal(outcome.kind, 'accepted')
  assert.deepEqual(
    shown().map(({ name, file_type }) => [name, file_type]),
    [['a.png', 1]],
  )
  assert.deepEqual(await newest(), PNG)
  assert.deepEqual(calls(), ['POST /files'])
  const [message] = box.answers({ person: 'Alice' })
  assert.deepEqual([message?.text, message?.form, message?.seq], ['look', 'media', 1])
})

for (const uploadIndexBase of [0, 1])
  for (const uploadNumbers of ['string', 'number'] as const)
    for (const uploadConfig of ['nested', 'top'] as const)
      test(`E72 a large file in parts: index from ${uploadIndexBase}, ${uploadNumbers}s, settings ${uploadConfig}`, async t => {
        const options = { ...BLOCKS, uploadIndexBase, uploadNumbers, uploadConfig }
        const { file, send, newest, calls } = await sendHouse(t, { options })
        const bytes = large()
        const outcome = await send(asKind('image', 'l.png', file('l.png', bytes)), { group: true })
        assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome))
        assert.ok((await newest()).equals(bytes))
        const part = ['PUT /part', 'POST /upload_part_finish']
        assert.deepEqual(calls(), ['POST /upload_prepare', ...part, ...part, ...part, 'POST /files'])
      })

for (const uploadHeadBytes of [10_002_432, 10 * 1024 * 1024])
  test(`E72 beyond ten million bytes the hash of the beginning is of the platform’s own span: ${uploadHeadBytes}`, async t => {
    const { file, send, newest } = await sendHouse(t, { options: { checkFormats: true, uploadHeadBytes } })
    const bytes = randomBytes(10_500_000)
    const outcome = await send(asKind('file', 'x.bin', file('x.bin', bytes)))
    assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome))
    assert.ok((await newest()).equals(bytes))
  })

test('E72 a platform that takes no bytes inside of the call gets them in parts', async t => {
  const { box, file, send, newest, calls } = await sendHouse(t)
  for (const code of [10000, 12002, 99887766]) {
    const fault = box.fault({ kind: 'upload', when: 'inline', code })
    const before = calls().length
    assert.equal((await send(asKind('image', `${code}.png`, file(`${code}.png`, PNG)))).kind, 'accepted', String(code))
    assert.deepEqual(await newest(), PNG)
    assert.deepEqual(calls().slice(before, before + 2), ['POST /files', 'POST /upload_prepare'])
    fault.off()
  }
})

test('E72 a body that the edge finds too large goes in parts', async t => {
  const { file, send, calls } = await sendHouse(t, { options: { inlineUploadLimitBytes: 1_000 } })
  assert.equal((await send(asKind('file', 'x.txt', file('x.txt', 'x'.repeat(2_000))))).kind, 'accepted')
  assert.deepEqual(calls().slice(0, 2), ['POST /files', 'POST /upload_prepare'])
})

test('E72 parts fail twice, a part is to be finished again, putting together fails once: all is made good', async t => {
  const { box, file, send, newest } = await sendHouse(t, { options: BLOCKS })
  box.fault('upload_part_500', { times: 2 })
  box.fault('upload_finish_again', { times: 2 })
  box.fault('upload_500', { times: 1 })
  const bytes = large()
  const outcome = await send(asKind('file', 'x.bin', file('x.bin', bytes)))
  assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome))
  assert.ok((await newest()).equals(bytes))
  assert.deepEqual(box.faults(), [])
})

for (const uploadConfig of ['nested', 'top'] as const)
  test(`E72 a part that is to be finished again without end: given up after the platform's own time, told ${uploadConfig}`, async t => {
    const { box, file, send } = await sendHouse(t, { options: { ...BLOCKS, uploadConfig, uploadRetrySeconds: 2 } })
    const fault = box.fault('upload_finish_again')
    const outcome = await send(asKind('file', 'x.bin', file('x.bin', large())))
    assert.deepEqual([outcome.kind, outcome.code, fault.fired], ['busy', '40093001', 2])
    assert.equal(box.answers({ person: 'Alice' }).length, 0)
  })

test('E72 the day’s volume is used up: final, with its code, tried once', async t => {
  const { box, file, send, calls } = await sendHouse(t, { options: BLOCKS })
  box.fault('upload_quota')
  const outcome = await send(asKind('file', 'x.bin', file('x.bin', large())))
  assert.equal(outcome.kind, 'form_refused')
  assert.deepEqual([outcome.kind === 'form_refused' && outcome.part, outcome.code], ['media', '40093002'])
  assert.deepEqual(calls(), ['POST /upload_prepare'])
})

test('E72 parts that are never taken, a broken server, an answer without a file: busy, and nothing says 500 of the message', async t => {
  const { box, file, send } = await sendHouse(t, { options: BLOCKS })
  const source = file('x.bin', large())
  const small = file('a.png', PNG)
  const part = box.fault('upload_part_500')
  const parts = await send(asKind('file', 'x.bin', source))
  part.off()
  const fault = box.fault('upload_500')
  const broken = await send(asKind('image', 'a.png', small))
  fault.off()
  box.setOptions({ fileInfoMissing: true })
  const empty = await send(asKind('image', 'a.png', small))
  for (const outcome of [parts, broken, empty])
    assert.deepEqual([outcome.kind, outcome.status], ['busy', undefined], JSON.stringify(outcome))
  assert.equal(box.counters().sends, 0)
})

test('E72 empty, over the limit, gone, cut short, outside, behind a link: each refused by its code, nothing is posted', async t => {
  const { box, media, file, send } = await sendHouse(t)
  const codeOf = async (source: { path: string } | { url: string }): Promise<string> => {
    const outcome = await send(asKind('file', 'x', source))
    return outcome.kind === 'form_refused' && outcome.part === 'media' ? (outcome.code ?? '') : outcome.kind
  }
  assert.equal(await codeOf(file('empty.txt', '')), 'unsupported')
  const huge = join(media.outFolder, 'huge.bin')
  writeFileSync(huge, '')
  truncateSync(huge, 201 * 1024 * 1024)
  assert.equal(await codeOf({ path: huge }), 'too_large')
  rmSync(huge)
  assert.equal(await codeOf({ path: huge }), 'gone')
  const secret = join(media.home, 'secret.txt')
  writeFileSync(secret, 'secret')
  const link = join(media.outFolder, 'link.txt')
  symlinkSync(secret, link)
  symlinkSync(media.home, join(media.outFolder, 'folder'))
  const outside = [secret, link, join(media.outFolder, 'folder', 'secret.txt'), `${media.outFolder}/../../secret.txt`]
  for (const path of [...outside, media.outFolder, '/dev/zero', 'secret\0.txt'])
    assert.equal(await codeOf({ path }), 'path_refused', path)
  assert.equal(box.counters().sends, 0)
})

test('a file is uploaded once while its ticket lives, for one kind of chat', async t => {
  const { box, file, send, calls, shown } = await sendHouse(t, { options: { fileTtlSeconds: 300 } })
  const picture = asKind('image', 'a.png', file('a.png', PNG))
  await send(picture)
  await send(picture)
  assert.deepEqual(calls(), ['POST /files'])
  const inGroup = await send(picture, { group: true })
  assert.equal(inGroup.kind, 'accepted')
  assert.deepEqual(calls(), ['POST /files', 'POST /files'])
  assert.equal(shown().length, 3)
  // The platform forgets it before its time: the next try brings it anew.
  box.advance(400_000)
  const stale = await send(picture)
  assert.deepEqual([stale.kind, stale.code], ['busy', '304080'])
  assert.equal((await send(picture)).kind, 'accepted')
  assert.equal(calls().length, 3)
})

test('E73 an address that the platform does not fetch: from here it comes as bytes, one message', async t => {
  const web = await webServer(t, { '/a.png': response => response.end(PNG) })
  const { box, send, newest, calls, shown } = await sendHouse(t, {}, { ownBases: [web.url] })
  const source = { url: `${web.url}/a.png` }
  assert.equal((await send(asKind('image', 'a.png', source))).kind, 'accepted')
  assert.deepEqual([shown()[0]?.url, web.requests.length], [source.url, 0])
  box.fault('upload_url_refused')
  assert.equal((await send(asKind('image', 'a.png', source))).kind, 'accepted')
  assert.deepEqual(await newest(), PNG)
  assert.deepEqual(calls(), ['POST /files', 'POST /files', 'POST /files'])
  assert.equal(box.answers({ person: 'Alice' }).length, 2)
})

test('E73 neither does it come from here: refused with the reason, and an inner address is never asked', async t => {
  const inner = await webServer(t, { '/a.png': response => response.end(PNG) })
  const { box, send } = await sendHouse(t)
  box.fault('upload_url_refused')
  const outcome = await send(asKind('image', 'a.png', { url: `${inner.url}/a.png` }))
  assert.deepEqual([outcome.kind, outcome.code], ['form_refused', 'address_refused'])
  assert.equal(inner.requests.length, 0)
})

for (const name of ['tagged.mp3', 'plain.mp3', 'vorbis.ogg', 'opus.ogg', 'narrow.amr', 'wide.amr'] as const)
  test(`${name}, under any name, goes out as a voice in SILK in which the same is heard`, async t => {
    const { file, send, shown, newest } = await sendHouse(t, { options: { checkFormats: true } })
    const given = name === 'tagged.mp3' ? 'v.ogg' : 'v.mp3'
    assert.equal((await send(asKind('voice', given, file(given, sound(name))))).kind, 'accepted')
    assert.equal(shown()[0]?.file_type, 3)
    const { hz, seconds } = await hearSilk(await newest())
    assert.ok(Math.abs(hz - SINE_HZ) <= 10 && seconds > 0.98 && seconds < 1.12, `${hz} Hz for ${seconds} s`)
  })

test('a sound from the web becomes SILK too', async t => {
  const web = await webServer(t, { '/v.ogg': response => response.end(sound('opus.ogg')) })
  const { send, shown, newest } = await sendHouse(t, { options: { checkFormats: true } }, { ownBases: [web.url] })
  assert.equal((await send(asKind('voice', 'v.ogg', { url: `${web.url}/v.ogg` }))).kind, 'accepted')
  assert.equal(shown()[0]?.file_type, 3)
  assert.equal((await hearSilk(await newest())).hz, SINE_HZ)
})

test('a voice that cannot be decoded, or lasts too long, arrives as the file that it is', async t => {
  const { file, send, shown, newest } = await sendHouse(t, { options: { checkFormats: true } })
  const sounds = {
    'cut.mp3': sound('plain.mp3').subarray(0, 40),
    'song.flac': Buffer.from('fLaC....'),
    'talk.m4a': Buffer.from('\0\0\0\x20ftypM4A ....', 'latin1'),
    'long.wav': wavOf(Buffer.alloc(601 * 8_000 * 2, 1), 8_000),
  }
  for (const [name, bytes] of Object.entries(sounds)) {
    assert.equal((await send(asKind('voice', name, file(name, bytes)))).kind, 'accepted', name)
    assert.deepEqual(await newest(), Buffer.from(bytes), name)
  }
  assert.deepEqual(
    shown().map(({ name, file_type }) => [name, file_type]),
    Object.keys(sounds).map(name => [name, 4]),
  )
})

test('what is no picture, and what the platform cannot read, goes as a plain file', async t => {
  const { box, file, send, shown } = await sendHouse(t, { options: { checkFormats: true } })
  assert.equal((await send(asKind('image', 'a.png', file('a.png', 'no picture at all')))).kind, 'accepted')
  box.fault('upload_format_refused', { times: 1 })
  assert.equal((await send(asKind('image', 'b.png', file('b.png', PNG)))).kind, 'accepted')
  assert.deepEqual(
    shown().map(({ file_type }) => file_type),
    [4, 4],
  )
})

test('the message is refused because of its file: the file is at fault', async t => {
  const { box, file, send } = await sendHouse(t)
  const picture = asKind('image', 'a.png', file('a.png', PNG))
  box.fault({ kind: 'send', when: 'media', code: 340069 }, { times: 1 })
  const outcome = await send(picture)
  assert.deepEqual([outcome.kind, outcome.code], ['form_refused', '340069'])
  box.fault('revoke_token')
  const token = await send(picture)
  assert.equal(token.kind, 'token_refused')
  assert.equal((await send(picture)).kind, 'accepted')
})

test('without a door for files nothing is uploaded: the words go on alone', async t => {
  const { box } = await sendHouse(t)
  const { adapter } = adapterFor(box)
  const chat = { account: 'qqbot', kind: 'c2c', id: box.person('Alice') } as const
  const media = asKind('image', 'a.png', { url: 'https://a.cn/a.png' })
  const outcome = await adapter.send({ chat, text: '', form: 'plain', extras: { media } }, NEVER)
  assert.deepEqual([outcome.kind, outcome.code, box.counters().sends], ['form_refused', 'no_media', 0])
})
