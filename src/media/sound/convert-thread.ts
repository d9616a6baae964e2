/** Converts one voice message beside the event loop, which must not stand still for it. */
import { parentPort, workerData } from 'node:worker_threads'
import { encode } from 'silk-wasm'
import { wavOf } from '../../lib/wav.ts'
import type { SoundOrder } from './convert.ts'
import { decodeSound } from './decode.ts'
import { VOICE_RATE_HZ } from './samples.ts'

const order: SoundOrder = workerData
const samples = await decodeSound(order.bytes)
const bytes = order.to === 'wav' ? wavOf(samples, VOICE_RATE_HZ) : (await encode(samples, VOICE_RATE_HZ)).data
parentPort?.postMessage(Uint8Array.from(bytes))
