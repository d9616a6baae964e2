/** Converts one voice message beside the event loop, which must not stand still for it. */
import { parentPort, workerData } from 'node:worker_threads'
import { decode, encode } from 'silk-wasm'
import { wavOf } from '../../lib/wav.ts'
import type { SilkOrder } from './silk.ts'

const DECODED_RATE_HZ = 24_000

/** QQ's spelling of the format has this before it, the format's own has not; the decoder wants it. */
const MARK = 0x02

const order: SilkOrder = workerData
const marked = order.bytes[0] === MARK ? order.bytes : Uint8Array.from([MARK, ...order.bytes])
const bytes =
  order.to === 'wav'
    ? wavOf((await decode(marked, DECODED_RATE_HZ)).data, DECODED_RATE_HZ)
    : // It finds the rate of a WAV by itself.
      (await encode(order.bytes, 0)).data
parentPort?.postMessage(Uint8Array.from(bytes))
