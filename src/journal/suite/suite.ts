/** What every store must do. A store proves itself with one call: `journalSuite('my store', open)`. */
import { afterEach, beforeEach, describe } from 'node:test'
import { createVirtualClock, type VirtualClock } from '../../lib/virtual-clock.ts'
import type { Journal } from '../journal.ts'
import type { Bench } from './bench.ts'
import { checkDead } from './dead.ts'
import { checkInbox } from './inbox.ts'
import { checkKeep } from './keep.ts'
import { checkMemory } from './memory.ts'
import { checkAgainstModel } from './random.ts'
import { checkReplies } from './replies.ts'
import { checkTurns } from './turns.ts'

/** A store for one test: empty at first. */
export interface StoreUnderTest {
  open(): Promise<Journal>
  /** False for a store that forgets everything when it is closed. */
  readonly durable: boolean
  /** Called once its journals are closed. */
  dispose(): Promise<void>
}

export function journalSuite(name: string, create: (clock: VirtualClock) => Promise<StoreUnderTest>): void {
  describe(`journal: ${name}`, () => {
    let store: StoreUnderTest | undefined
    let journal: Journal | undefined
    let clock = createVirtualClock()

    const opened = (): Journal => {
      if (!journal) throw new Error('the store is not open')
      return journal
    }
    const bench: Bench = {
      get journal() {
        return opened()
      },
      get clock() {
        return clock
      },
      get durable() {
        return store?.durable ?? false
      },
      async reopen() {
        await opened().close()
        journal = await store?.open()
        return opened()
      },
    }

    beforeEach(async () => {
      clock = createVirtualClock()
      store = await create(clock)
      journal = await store.open()
    })
    afterEach(async () => {
      await journal?.close()
      await store?.dispose()
    })

    checkInbox(bench)
    checkTurns(bench)
    checkReplies(bench)
    checkMemory(bench)
    checkDead(bench)
    checkKeep(bench)
    checkAgainstModel(bench)
  })
}
