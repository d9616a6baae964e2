/** Sounds for tests, and what a program hears in them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode } from 'silk-wasm'

/**
 * A second of a sine of 440 Hz each, made once with Debian's programs: sox for the tone, then `lame` 3.100 (`tagged.mp3` in stereo at
 * 44,100 Hz with an ID3 tag, `plain.mp3` at 22,050 Hz without), `oggenc` 1.4.2, `opusenc` 0.2, and the encoders of opencore-amr
 * 0.1.6 and vo-amrwbenc 0.1.3.
 */
export const SOUNDS = ['tagged.mp3', 'plain.mp3', 'vorbis.ogg', 'opus.ogg', 'narrow.amr', 'wide.amr'] as const
export type SoundName = (typeof SOUNDS)[number]
export const SINE_HZ = 440

export function sound(name: SoundName): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(import.meta.dirname, 'sounds', name)))
}

export interface Heard {
  readonly seconds: number
  /** The strongest tone between 100 and 8,000 Hz, to 10 Hz. */
  readonly hz: number
  /** Its share of all that is heard, from 0 to 1. */
  readonly purity: number
}

const RATE_HZ = 24_000
const WAV_HEADER_BYTES = 44

export async function hearSilk(silk: Uint8Array): Promise<Heard> {
  return hear((await decode(silk, RATE_HZ)).data)
}

/** A WAV as Herald makes it. */
export function hearWav(wav: Uint8Array): Heard {
  return hear(wav.subarray(WAV_HEADER_BYTES))
}

function hear(bytes: Uint8Array): Heard {
  const samples = new Int16Array(Uint8Array.from(bytes).buffer)
  // Decoders begin and end softly: the middle counts.
  const middle = samples.subarray(samples.length >> 2, (samples.length >> 2) * 3)
  let best = { hz: 0, power: 0 }
  for (let hz = 100; hz <= 8_000; hz += 10) {
    const power = powerAt(middle, hz)
    if (power > best.power) best = { hz, power }
  }
  const whole = middle.reduce((sum, sample) => sum + sample * sample, 0)
  return { seconds: samples.length / RATE_HZ, hz: best.hz, purity: (2 * best.power) / (whole * middle.length) }
}

function powerAt(samples: Int16Array, hz: number): number {
  let [real, imaginary] = [0, 0]
  for (const [at, sample] of samples.entries()) {
    const angle = (2 * Math.PI * hz * at) / RATE_HZ
    real += sample * Math.cos(angle)
    imaginary += sample * Math.sin(angle)
  }
  return real * real + imaginary * imaginary
}

/** A sine as 16-bit samples, the same in every channel. */
export function sine({ hz = SINE_HZ, seconds = 1, rateHz = RATE_HZ, channels = 1 } = {}): Buffer {
  const bytes = Buffer.alloc(Math.round(seconds * rateHz) * channels * 2)
  for (let at = 0; at < bytes.length / 2; at++) {
    const frame = Math.floor(at / channels)
    bytes.writeInt16LE(Math.round(10_000 * Math.sin((2 * Math.PI * hz * frame) / rateHz)), at * 2)
  }
  return bytes
}
