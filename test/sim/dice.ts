/** Seeded chance, in the shapes that a simulation asks for. */
import { type Random, seededRandom } from '../../src/lib/random.ts'

export interface Dice extends Random {
  chance(probability: number): boolean
  between(low: number, high: number): number
  /** A whole number, both ends included. */
  whole(low: number, high: number): number
  pick<T>(list: readonly T[]): T
  /** Times between events that come at random, `mean` apart on average. */
  gap(mean: number): number
  /** Dice of their own, so that what one part of the world draws does not shift what another one gets. */
  fork(): Dice
}

export function createDice(seed: number): Dice {
  const random = seededRandom(seed)
  const dice: Dice = {
    next: () => random.next(),
    chance: probability => random.next() < probability,
    between: (low, high) => low + random.next() * (high - low),
    whole: (low, high) => low + Math.floor(random.next() * (high - low + 1)),
    pick(list) {
      const found = list[Math.floor(random.next() * list.length)]
      if (found === undefined) throw new Error('nothing to pick from')
      return found
    },
    gap: mean => -Math.log(1 - random.next()) * mean,
    fork: () => createDice(Math.floor(random.next() * 2 ** 32)),
  }
  return dice
}
