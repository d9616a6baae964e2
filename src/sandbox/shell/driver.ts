import type { Cancel, Clock } from '../../lib/clock.ts'
import type { Platform } from '../model/platform.ts'

/** Runs the model when it is due: one timer that follows the earliest entry of its agenda. */
export interface Driver {
  rearm(): void
  stop(): void
}

export function createDriver(clock: Clock, platform: () => Platform | undefined): Driver {
  let cancel: Cancel | undefined
  let armedForMs: number | undefined
  let stopped = false

  const disarm = (): void => {
    cancel?.()
    cancel = undefined
    armedForMs = undefined
  }

  const rearm = (): void => {
    const model = platform()
    const dueMs = model?.nextDueMs
    if (stopped || !model || dueMs === undefined) {
      disarm()
      return
    }
    if (dueMs === armedForMs) return
    disarm()
    armedForMs = dueMs
    cancel = clock.after(dueMs - model.world.now(), () => {
      disarm()
      model.runDue()
      rearm()
    })
  }

  return {
    rearm,
    stop() {
      stopped = true
      disarm()
    },
  }
}
