/**
 * What every adapter must do. An adapter proves itself with one call, `adapterSuite(adapterUnderTest)`, in a file that
 * `node --test` runs. `docs/adapters.md` explains how to write one.
 */
import { describe } from 'node:test'
import { checkArrivals } from './arrivals.ts'
import type { AdapterUnderTest } from './descriptor.ts'
import { checkCalls, checkHeldLinks, checkLives, checkStops } from './links.ts'
import { checkSends } from './sends.ts'
import { openStand, type Stand } from './stand.ts'

export type { AdapterUnderTest, FakePlatform, SendTrouble, SendTroubles, Trouble } from './descriptor.ts'

export function adapterSuite(tested: AdapterUnderTest): void {
  /** Runs a check on a stand of its own, which is gone afterwards, whatever the check did. */
  const on = (check: (stand: Stand) => Promise<void>) => async (): Promise<void> => {
    const stand = await openStand(tested)
    try {
      await check(stand)
    } finally {
      await stand.close()
    }
  }
  describe(`adapter: ${tested.name}`, () => {
    if (tested.link === 'held') describe('links', () => checkHeldLinks(tested, on))
    else describe('calls', () => checkCalls(tested, on))
    describe('lives', () => checkLives(tested, on))
    describe('stops', () => checkStops(tested, on))
    describe('arrivals', () => checkArrivals(tested, on))
    describe('sends', () => checkSends(tested, on))
  })
}
