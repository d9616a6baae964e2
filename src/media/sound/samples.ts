/** Sound as it comes out of a decoder, made one voice: one channel of 16-bit samples at one rate. Pure. */
import { createResampler, type Resampler } from './resample.ts'

/** What SILK takes as it is. */
export const VOICE_RATE_HZ = 24_000

/** A piece of sound as decoders give it: a list of samples from -1 to 1 for each channel. */
export interface Piece {
  readonly channelData: readonly Float32Array[]
  readonly sampleRate: number
}

export interface VoiceSamples {
  /** Throws once there is more than `mostSeconds` of it. */
  add(piece: Piece): void
  /** All of it, in the order of the machine's bytes; to be called once. */
  take(): Uint8Array
}

const LOUDEST = 32_767

export function createVoiceSamples(mostSeconds: number): VoiceSamples {
  const made: Int16Array[] = []
  let count = 0
  let resampler: Resampler | undefined
  const keep = (samples: Float32Array): void => {
    made.push(Int16Array.from(samples, sample => Math.round(Math.min(Math.max(sample, -1), 1) * LOUDEST)))
    count += samples.length
    if (count > mostSeconds * VOICE_RATE_HZ) throw new Error(`it lasts longer than ${mostSeconds} s`)
  }
  const finish = (): void => {
    if (resampler) keep(resampler.rest())
  }
  return {
    add({ channelData, sampleRate }) {
      const [first] = channelData
      if (first === undefined || first.length === 0) return
      // Some files change their rate on the way.
      if (resampler?.fromHz !== sampleRate) {
        finish()
        resampler = createResampler(sampleRate, VOICE_RATE_HZ)
      }
      keep(resampler.push(channelData.length === 1 ? first : mixed(channelData, first.length)))
    },
    take() {
      finish()
      const whole = new Int16Array(count)
      let at = 0
      for (const piece of made) {
        whole.set(piece, at)
        at += piece.length
      }
      return new Uint8Array(whole.buffer)
    },
  }
}

function mixed(channels: readonly Float32Array[], length: number): Float32Array {
  const sum = new Float32Array(length)
  for (const channel of channels) for (let at = 0; at < length; at++) sum[at] = (sum[at] ?? 0) + (channel[at] ?? 0)
  return sum.map(sample => sample / channels.length)
}
