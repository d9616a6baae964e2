import type { VirtualClock } from '../../lib/virtual-clock.ts'
import type { Journal } from '../journal.ts'

/** The journal and the clock of the test that runs now. */
export interface Bench {
  readonly journal: Journal
  readonly clock: VirtualClock
  /** False for a store that forgets everything when it is closed. */
  readonly durable: boolean
  /** Closes the journal and opens it again on what it kept. */
  reopen(): Promise<Journal>
}
