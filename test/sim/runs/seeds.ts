import { randomInt } from 'node:crypto'

/** A place to begin that nobody has seen before. One seed in five is a bad one, so any run of five has its share. */
export function freshSeed(): number {
  return randomInt(1, 2 ** 31)
}

export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => first + at)
}
