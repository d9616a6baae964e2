import { join } from 'node:path'
import { replaceFile, replaceFileSync } from '../../lib/atomic-file.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import { createTaskGroup } from '../../lib/tasks/spawn.ts'
import { type ExitNote, lastWords, stamped } from './last-words.ts'
import type { StatusDocument } from './status-document.ts'

export const STATE_FILE_NAME = 'gateway_state.json'

/** Changes closer together than this share one write. */
const QUIET_MS = 75
/** Without a change the file is written this often, so that its promise (`expires_at`) never runs out. */
const BEAT_MS = 10_000
const RETRY_MS = 1000

export interface StateFileOptions {
  /** The home folder, real path. */
  readonly home: string
  readonly clock: Clock
  /** The document as it is now; called for every write. Dates are set by the writer. */
  snapshot(): StatusDocument
  /** Every document that is about to be written; the watchdog keeps the newest for the case that it must speak. */
  onPublish?(document: StatusDocument): void
  /** The file could not be written (again), or can be again (undefined). Said once per change. */
  onTrouble?(trouble: string | undefined): void
  /** True once somebody else has the last word (the watchdog thread): nothing may be written over it. */
  isCondemned?(): boolean
}

/** The one writer of `<home>/gateway_state.json`. Never throws: a gateway that cannot write its state goes on. */
export interface StateFile {
  /** Something in the document changed; it reaches the disk within about a tenth of a second. */
  changed(): void
  /** Resolves once a write that began after this call has ended, well or badly. */
  flush(): Promise<void>
  /** What is wrong with the file, in a few words; undefined while it can be written. */
  readonly trouble: string | undefined
  /** Synchronous, for every way out but SIGKILL. The first call counts; nothing is written after it. */
  lastWords(note: ExitNote): void
  /** Ends the writing without a word. */
  stop(): Promise<void>
}

export function createStateFile(options: StateFileOptions): StateFile {
  const { clock } = options
  const path = join(options.home, STATE_FILE_NAME)
  let newest: StatusDocument | undefined
  let trouble: string | undefined
  let changedSinceWrite = false
  let wake = (): void => {}
  let spoken = false
  let flushing: (() => void)[] = []

  const setTrouble = (next: string | undefined): void => {
    if (next === trouble) return
    trouble = next
    options.onTrouble?.(next)
  }
  const mayWrite = (): boolean => !spoken && !options.isCondemned?.()

  const write = async (): Promise<void> => {
    changedSinceWrite = false
    const waiting = flushing
    flushing = []
    try {
      const document = stamped(options.snapshot(), clock.nowMs())
      newest = { ...document, home: options.home }
      options.onPublish?.(newest)
      if (mayWrite() && (await replaceFile(path, 'next', toText(newest), mayWrite))) setTrouble(undefined)
    } catch (error) {
      setTrouble(`not written: ${describeError(error)}`)
    }
    for (const done of waiting) done()
  }

  /** Until there is reason to write again. */
  const rest = async (signal: AbortSignal): Promise<void> => {
    await sleep(clock, trouble === undefined ? QUIET_MS : RETRY_MS, signal)
    if (changedSinceWrite || trouble !== undefined || flushing.length > 0) return
    const woken = new AbortController()
    wake = () => woken.abort()
    try {
      await sleep(clock, BEAT_MS - QUIET_MS, AbortSignal.any([signal, woken.signal]))
    } catch (reason) {
      if (!woken.signal.aborted) throw reason
    }
  }

  const tasks = createTaskGroup(end => {
    if (end.failed) setTrouble(`the writer ended: ${end.message}`)
    for (const done of flushing) done()
    flushing = []
  })
  tasks.spawn('state file', async signal => {
    while (!signal.aborted) {
      await write()
      await rest(signal)
    }
  })

  return {
    changed() {
      changedSinceWrite = true
      wake()
    },
    flush() {
      if (tasks.running.length === 0) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      flushing.push(resolve)
      wake()
      return promise
    },
    get trouble() {
      return trouble
    },
    lastWords(note) {
      if (!mayWrite()) return
      spoken = true
      try {
        const document = freshOr(options.snapshot, newest)
        if (!document) return
        const words = lastWords({ ...document, home: options.home }, note, clock.nowMs())
        replaceFileSync(path, 'last', toText(words))
      } catch (error) {
        setTrouble(`not written: ${describeError(error)}`)
      }
    },
    stop: () => tasks.stop(),
  }
}

function toText(document: StatusDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

/** On the way out after a bug the snapshot itself may be what throws; then the newest document has to do. */
function freshOr(snapshot: () => StatusDocument, newest: StatusDocument | undefined): StatusDocument | undefined {
  try {
    return snapshot()
  } catch {
    return newest
  }
}
