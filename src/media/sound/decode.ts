/** Any sound that can be decoded, made one voice, by its first bytes alone. */
import { decode as decodeSilk, getDuration } from 'silk-wasm'
import { sniff } from '../sniff.ts'
import { createVoiceSamples, type Piece, VOICE_RATE_HZ } from './samples.ts'

/** Speaks piece by piece, so that a small file that unfolds without end is noticed early. */
interface Decoder {
  decode(bytes: Uint8Array): Piece
  flush?(): Piece
  free(): void
}

const MOST_SECONDS = 600
/** The least that a frame takes is a byte, and the most that one unfolds to is an eighth of a second. */
const AT_ONCE_BYTES = 4 * 1024
/** QQ's spelling of SILK has this before it, the format's own has not; the decoder wants it. */
const SILK_MARK = 0x02
/** The first packet of an Ogg file, which says what is in it. */
const OGG_PACKET_AT = 28

const OPENERS: Readonly<Record<string, () => Promise<Decoder>>> = {
  'audio/wav': async () => (await import('@audio/decode-wav')).decoder(),
  'audio/mpeg': async () => (await import('@audio/decode-mp3')).decoder(),
  'audio/amr': async () => (await import('@audio/decode-amr')).decoder(),
}
const OGG_OPENERS: readonly (readonly [start: string, open: () => Promise<Decoder>])[] = [
  ['OpusHead', async () => (await import('@audio/decode-opus')).decoder()],
  ['\x01vorbis', async () => (await import('@audio/decode-vorbis')).decoder()],
]

/** 16-bit samples at `VOICE_RATE_HZ`. Throws where there is no sound in it, or more than ten minutes. */
export async function decodeSound(bytes: Uint8Array): Promise<Uint8Array> {
  const samples = sniff(bytes)?.mediaType === 'audio/silk' ? await fromSilk(bytes) : await fromOthers(bytes)
  if (samples.length === 0) throw new Error('there is no sound in it')
  return samples
}

async function fromSilk(bytes: Uint8Array): Promise<Uint8Array> {
  const marked = bytes[0] === SILK_MARK ? bytes : Buffer.concat([Buffer.of(SILK_MARK), bytes])
  if (getDuration(marked) > MOST_SECONDS * 1000) throw new Error(`it lasts longer than ${MOST_SECONDS} s`)
  return (await decodeSilk(marked, VOICE_RATE_HZ)).data
}

async function fromOthers(bytes: Uint8Array): Promise<Uint8Array> {
  const open = openerFor(bytes)
  if (open === undefined) throw new Error('no decoder for it')
  const samples = createVoiceSamples(MOST_SECONDS)
  const decoder = await open()
  for (let at = 0; at < bytes.length; at += AT_ONCE_BYTES)
    samples.add(decoder.decode(bytes.subarray(at, at + AT_ONCE_BYTES)))
  if (decoder.flush) samples.add(decoder.flush())
  decoder.free()
  return samples.take()
}

function openerFor(bytes: Uint8Array): (() => Promise<Decoder>) | undefined {
  const mediaType = sniff(bytes)?.mediaType ?? ''
  if (mediaType !== 'audio/ogg') return OPENERS[mediaType]
  const packet = Buffer.from(bytes.subarray(OGG_PACKET_AT, OGG_PACKET_AT + 8)).toString('latin1')
  return OGG_OPENERS.find(([start]) => packet.startsWith(start))?.[1]
}
