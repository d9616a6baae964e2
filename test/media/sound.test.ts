/** Sounds of every kind that is decoded, made SILK and WAV, and heard by a program. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { systemClock } from '../../src/lib/clock.ts'
import { wavOf } from '../../src/lib/wav.ts'
import { sniff } from '../../src/media/sniff.ts'
import { createConvert, isConvertible, type SoundOrder } from '../../src/media/sound/convert.ts'
import { type Heard, hearSilk, hearWav, SINE_HZ, SOUNDS, sine, sound } from './ear.ts'
import { NEVER } from './house.ts'

const convert = (to: SoundOrder['to'], bytes: Uint8Array, signal = NEVER): Promise<Uint8Array> =>
  createConvert(systemClock)(to, async () => bytes, signal)

function isSine({ hz, seconds, purity }: Heard, why: string): void {
  const heard = `${why}: ${hz} Hz for ${seconds} s, ${purity.toFixed(2)} of all`
  assert.ok(Math.abs(hz - SINE_HZ) <= 10, heard)
  // Encoders of MP3 and Opus round a file up to whole frames.
  assert.ok(seconds >= 0.98 && seconds < 1.12, heard)
  assert.ok(purity > 0.5, heard)
}

for (const name of SOUNDS)
  test(`${name}: a sine stays one as SILK and as WAV, by its bytes alone`, async () => {
    const silk = await convert('silk', sound(name))
    assert.equal(sniff(silk)?.mediaType, 'audio/silk')
    isSine(await hearSilk(silk), 'as SILK')
    isSine(hearWav(await convert('wav', sound(name))), 'as WAV')
  })

for (const rateHz of [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000])
  test(`a WAV of ${rateHz} Hz: a sine stays one`, async () => {
    isSine(await hearSilk(await convert('silk', wavOf(sine({ rateHz }), rateHz))), 'as SILK')
  })

test('WAV in stereo, with floats, and of an unknown length', async () => {
  const stereo = wavOf(sine({ channels: 2 }), 24_000)
  stereo.writeUInt16LE(2, 22)
  stereo.writeUInt16LE(4, 32)
  isSine(await hearSilk(await convert('silk', stereo)), 'stereo')
  const whole = sine()
  const floats = Float32Array.from({ length: whole.length / 2 }, (_, at) => whole.readInt16LE(at * 2) / 32_768)
  const asFloats = wavOf(new Uint8Array(floats.buffer), 24_000)
  asFloats.writeUInt16LE(3, 20)
  asFloats.writeUInt16LE(4, 32)
  asFloats.writeUInt16LE(32, 34)
  isSine(await hearSilk(await convert('silk', asFloats)), 'floats')
  const streamed = wavOf(whole, 24_000)
  streamed.writeUInt32LE(0xffffffff, 4)
  streamed.writeUInt32LE(0xffffffff, 40)
  isSine(await hearSilk(await convert('silk', streamed)), 'of an unknown length')
})

test('what the lower rate cannot carry is gone, not folded into what people hear', async () => {
  const shrill = wavOf(sine({ hz: 15_000, rateHz: 48_000 }), 48_000)
  const wav = await convert('wav', shrill)
  const loudest = new Int16Array(Uint8Array.from(wav.subarray(44 + 4_800, -4_800)).buffer).reduce(
    (most, sample) => Math.max(most, Math.abs(sample)),
    0,
  )
  assert.ok(loudest < 20, `${loudest} of 10,000`)
})

test('no sound: each is refused, with a word', async () => {
  const rubbish = Buffer.alloc(100_000, 'rubbish')
  const broken: Readonly<Record<string, Uint8Array>> = {
    'a picture': Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1'),
    'a cut MP3': sound('plain.mp3').subarray(0, 40),
    'an MP3 that is none': Buffer.concat([Buffer.from('ID3'), rubbish]),
    'an Ogg of something else': Buffer.concat([
      sound('vorbis.ogg').subarray(0, 28),
      Buffer.from('\x80theora'),
      rubbish,
    ]),
    'an Opus without frames': sound('opus.ogg').subarray(0, 47),
    'a Vorbis that breaks off': sound('vorbis.ogg').subarray(0, 500),
    'an AMR without frames': Buffer.from('#!AMR\n'),
    'a WAV without samples': wavOf(new Uint8Array(0), 24_000),
    'a SILK that is none': Buffer.from('\x02#!SILK_V3 rubbish', 'latin1'),
  }
  for (const [what, bytes] of Object.entries(broken))
    await assert.rejects(convert('silk', bytes), { name: 'MediaError', code: 'unsupported' }, what)
})

test('what a decoder says of broken frames does not reach the console', async () => {
  const url = (path: string): string => JSON.stringify(new URL(`../../src/${path}.ts`, import.meta.url).href)
  const program = `
    import { createConvert } from ${url('media/sound/convert')}
    import { systemClock } from ${url('lib/clock')}
    const noise = Array.from({ length: 300_000 }, (_, at) => (Math.imul(at + 1, 2_654_435_761) >>> 13) & 255)
    const bytes = Uint8Array.from([0xff, 0xfb, ...noise])
    await createConvert(systemClock)('silk', async () => bytes, new AbortController().signal).catch(() => {})`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  assert.deepEqual([stdout, stderr], ['', ''])
})

test('a small file that unfolds without end is given up, before it has filled the memory', async () => {
  // Frames of one byte that stand for 20 ms of silence: 30 MB would be 165 hours.
  const endless = Buffer.concat([Buffer.from('#!AMR\n'), Buffer.alloc(30_000_000, 0x7c)])
  await assert.rejects(convert('wav', endless), { code: 'unsupported', message: /longer than 600 s/ })
  const frames = Buffer.alloc(9_000_000)
  for (let at = 0; at < frames.length; at += 3) frames.writeUInt16LE(1, at)
  const silk = Buffer.concat([Buffer.from('\x02#!SILK_V3', 'latin1'), frames])
  await assert.rejects(convert('wav', silk), { code: 'unsupported', message: /longer than 600 s/ })
})

test('called off: with the reason, and the thread is gone', async () => {
  const stop = new AbortController()
  const why = new Error('enough')
  const converted = convert('silk', wavOf(sine({ seconds: 300 }), 24_000), stop.signal)
  stop.abort(why)
  await assert.rejects(converted, why)
  await assert.rejects(convert('silk', sound('opus.ogg'), stop.signal), why)
})

test('two at once; the others wait, unread, until it is their turn or they are called off', async () => {
  const together = createConvert(systemClock)
  const long = wavOf(sine({ seconds: 120 }), 24_000)
  const read: string[] = []
  const order = (name: string, bytes: Uint8Array, signal = NEVER) =>
    together(
      'silk',
      async () => {
        read.push(name)
        return bytes
      },
      signal,
    )
  const [first, second] = [new AbortController(), new AbortController()]
  const why = new Error('enough')
  const orders = [
    order('a', long, first.signal),
    order('b', long),
    order('c', long, second.signal),
    order('d', sound('opus.ogg')),
  ]
  const ends = Promise.allSettled(orders)
  second.abort(why)
  await assert.rejects(orders[2] ?? ends, why)
  assert.deepEqual(read, ['a', 'b'])
  first.abort(why)
  isSine(await hearSilk((await orders[3]) ?? long), 'the one that waited')
  assert.deepEqual(read, ['a', 'b', 'd'])
  assert.deepEqual(
    (await ends).map(({ status }) => status),
    ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
  )
  const failing = Array.from({ length: 4 }, () =>
    assert.rejects(order('e', Buffer.from('rubbish')), { code: 'unsupported' }),
  )
  await Promise.all(failing)
  assert.ok(await order('f', sound('opus.ogg')), 'what failed has given its place back')
})

test('only what can be decoded is tried, and not what is too large for a voice', () => {
  for (const mediaType of ['audio/silk', 'audio/wav', 'audio/mpeg', 'audio/ogg', 'audio/amr']) {
    assert.equal(isConvertible(mediaType, 64 * 1024 * 1024), true, mediaType)
    assert.equal(isConvertible(mediaType, 64 * 1024 * 1024 + 1), false, mediaType)
  }
  for (const mediaType of ['audio/flac', 'video/mp4', undefined]) assert.equal(isConvertible(mediaType, 1), false)
})
