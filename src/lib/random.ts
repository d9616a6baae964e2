import { randomFillSync } from 'node:crypto'

/** Where chance comes from: jitter, ids and choices. Never for secrets. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
}

/** 48 bits: exact in a double. */
const BYTES_OF_A_NUMBER = 6
/** Asking the system costs as much for one number as for a thousand. */
const POOL_BYTES = 1024 * BYTES_OF_A_NUMBER

export const systemRandom: Random = pooled()

/** Drawn from the operating system, so that a fleet does not reconnect in step. */
function pooled(): Random {
  const pool = Buffer.alloc(POOL_BYTES)
  let at = POOL_BYTES
  return {
    next() {
      if (at === POOL_BYTES) {
        randomFillSync(pool)
        at = 0
      }
      at += BYTES_OF_A_NUMBER
      return pool.readUIntBE(at - BYTES_OF_A_NUMBER, BYTES_OF_A_NUMBER) / 2 ** 48
    },
  }
}

/** The same numbers for the same seed (mulberry32): tests and simulations replay exactly. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = state
      mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    },
  }
}

/** A lower-case hexadecimal id of `length` digits. */
export function hexId(random: Random, length: number): string {
  let id = ''
  while (id.length < length) id += Math.floor(random.next() * 16).toString(16)
  return id
}
