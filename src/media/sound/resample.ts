/** Sound at another rate, without what the new rate cannot carry: a windowed sinc, laid out for each place between two samples. Pure. */

export interface Resampler {
  readonly fromHz: number
  /** What can be said so far. */
  push(samples: Float32Array): Float32Array
  /** The end, once nothing more comes. */
  rest(): Float32Array
}

/** Half the width of the filter, in waves of its edge. */
const LOBES = 16
const LEAST_HZ = 4_000
const MOST_HZ = 192_000

/** Throws for a rate that no voice has. */
export function createResampler(fromHz: number, toHz: number): Resampler {
  if (!Number.isInteger(fromHz) || fromHz < LEAST_HZ || fromHz > MOST_HZ) throw new Error(`its rate is ${fromHz} Hz`)
  const common = greatestCommonDivisor(fromHz, toHz)
  /** So many samples go in while so many come out. */
  const [inStep, outStep] = [fromHz / common, toHz / common]
  const edge = Math.min(1, toHz / fromHz)
  const half = Math.ceil(LOBES / edge)
  const filters = Array.from({ length: outStep }, (_, phase) => filterFor(phase / outStep, edge, half))
  /** Silence before the first sample, so that the first one out stands where the first one in stood. */
  let waiting = new Float32Array(half - 1)
  let phase = 0

  const push = (samples: Float32Array): Float32Array => {
    const input = new Float32Array(waiting.length + samples.length)
    input.set(waiting)
    input.set(samples, waiting.length)
    const output = new Float32Array(Math.ceil(((input.length + 1) * outStep) / inStep))
    let count = 0
    let at = 0
    while (at + 2 * half <= input.length) {
      const filter = filters[phase] ?? []
      let sum = 0
      for (let tap = 0; tap < filter.length; tap++) sum += (filter[tap] ?? 0) * (input[at + tap] ?? 0)
      output[count++] = sum
      phase += inStep
      at += Math.floor(phase / outStep)
      phase %= outStep
    }
    waiting = input.slice(at)
    return output.subarray(0, count)
  }
  return { fromHz, push, rest: () => push(new Float32Array(half)) }
}

/** For a place `offset` of a sample after the one in the middle, whose left neighbours begin the filter. */
function filterFor(offset: number, edge: number, half: number): Float64Array {
  const filter = new Float64Array(2 * half)
  let sum = 0
  for (let tap = 0; tap < filter.length; tap++) {
    const distance = tap - (half - 1) - offset
    const value = sinc(edge * distance) * window(distance / half)
    filter[tap] = value
    sum += value
  }
  return filter.map(value => value / sum)
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

/** Blackman's, from -1 to 1. */
function window(x: number): number {
  if (Math.abs(x) >= 1) return 0
  return 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
