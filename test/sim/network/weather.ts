/** The state of the network between the gateway's machine and the platform: what a fault makes of it, until it is mended. */
import type { Dice } from '../dice.ts'

export type Weather =
  | 'clear'
  /** Nobody listens. */
  | 'refused'
  /** Names are not found. */
  | 'no_dns'
  /** Packets vanish; what is sent arrives when it is over, if anybody still waits. */
  | 'lost'

export interface Sky {
  weather: Weather
  /** Added to every way. */
  delayMs: number
  /** So many of the next requests are cut: before the platform reads them, or after, so that the answer is lost. */
  cuts: { before: number; after: number }
  /** One goodbye in so many gets lost, and the other side believes in the connection a while longer. */
  lostGoodbyes: number
  latencyMs(): number
  /** Called when the weather changes. */
  onChange(listener: () => void): () => void
  set(weather: Weather): void
  mend(): void
}

export function createSky(dice: Dice): Sky {
  const listeners = new Set<() => void>()
  const sky: Sky = {
    weather: 'clear',
    delayMs: 0,
    cuts: { before: 0, after: 0 },
    lostGoodbyes: 0,
    latencyMs: () => 5 + dice.next() * 40 + (sky.delayMs > 0 ? dice.next() * sky.delayMs : 0),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    set(weather) {
      if (sky.weather === weather) return
      sky.weather = weather
      for (const listener of [...listeners]) listener()
    },
    mend() {
      sky.delayMs = 0
      sky.cuts = { before: 0, after: 0 }
      sky.lostGoodbyes = 0
      sky.set('clear')
    },
  }
  return sky
}
