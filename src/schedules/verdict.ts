import type { ScheduleVerdict } from '../gateway/status/status-document.ts'

/** It may still be said. */
const OPEN = new Set(['pending', 'sending', 'held', 'superseded'])
/** An agent that has nothing to say did what it was asked. */
const WELL = new Set(['accepted', 'silent'])

/** What an outcome is to whoever wrote the schedule. What came of it must be known to be well. */
export function verdictOn(outcome: string): ScheduleVerdict {
  if (WELL.has(outcome)) return 'well'
  return OPEN.has(outcome) ? 'open' : 'failed'
}
