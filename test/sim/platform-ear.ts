/** What the platform's own record tells of faults that excuse something. */
import type { Bot } from '../../src/sandbox/model/access/bots.ts'
import type { Platform } from '../../src/sandbox/model/platform.ts'
import { tagsIn } from './agent.ts'
import type { Ledger } from './ledger.ts'

/** Numbers of messages whose answers the platform took for a human check: it may show them later, or never. */
export type Audits = ReadonlySet<number>

export function listenToFaults(platform: Platform, bot: Bot, ledger: Ledger): Audits {
  const audited = new Set<number>()
  let auditing = false
  platform.world.record.listen(
    entry => {
      if (entry.kind === 'request' && auditing) {
        for (const tag of tagsIn(entry.request)) audited.add(tag)
        auditing = false
      }
      if (entry.kind !== 'fault' || entry.change !== 'fired') return
      const { spec } = entry.fault
      if (spec.kind === 'audit') auditing = true
      // What the platform skips or numbers wrongly cannot be asked for again by its number.
      if ((spec.kind === 'events' && spec.do !== 'duplicate') || (spec.kind === 'mute' && spec.what === 'event'))
        ledger.disorder(bot)
    },
    ['fault', 'request'],
  )
  return audited
}
