import type { Clock } from '../../lib/clock.ts'

/** The part of `process` that brings signals. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown
  off(signal: NodeJS.Signals, listener: () => void): unknown
}

export interface SignalOptions {
  readonly source: SignalSource
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
  /** The parent's pid now. */
  parentPid(): number
  /** Asked to stop, for the first time: a signal's name, or `parent_gone`. */
  onStop(by: string): void
  /**
   * Asked again: end at once. The exit code is 0 here too: it is the same wish of the same person, unfinished turns are in
   * the journal, and a supervisor must not read impatience as a failure and start the gateway again.
   */
  onImpatience(by: string): void
  /** Asked to read the settings again. */
  onReload(by: string): void
}

const PARENT_LOOK_MS = 1000
/** npm passes a signal on that the terminal sends to the whole group anyway: two within this time are one wish. */
const ECHO_MS = 500

/** Listens for what asks the process to stop. Returns how to stop listening. */
export function watchSignals(options: SignalOptions): () => void {
  const { source, clock } = options
  const npm = startedByNpm(options.env)
  let askedAtMs: number | undefined

  const asked = (by: string): void => {
    const nowMs = clock.monotonicMs()
    if (askedAtMs === undefined) {
      askedAtMs = nowMs
      options.onStop(by)
    } else if (!npm || nowMs - askedAtMs > ECHO_MS) options.onImpatience(by)
  }
  const onParentGone = (): void => {
    if (askedAtMs === undefined) asked('parent_gone')
  }
  const listeners: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ['SIGTERM', () => asked('SIGTERM')],
    ['SIGINT', () => asked('SIGINT')],
    ['SIGHUP', () => options.onReload('SIGHUP')],
  ]
  for (const [signal, listener] of listeners) source.on(signal, listener)
  const cancelLook = npm ? watchParent(options, () => onParentGone()) : () => {}

  return () => {
    cancelLook()
    for (const [signal, listener] of listeners) source.off(signal, listener)
  }
}

/** A SIGTERM to npm ends npm alone and would leave the gateway behind, holding the bot. */
function watchParent({ clock, parentPid }: SignalOptions, onGone: () => void): () => void {
  const parent = parentPid()
  const look = (): void => {
    if (parentPid() !== parent) onGone()
    else cancel = clock.after(PARENT_LOOK_MS, look)
  }
  let cancel = clock.after(PARENT_LOOK_MS, look)
  return () => cancel()
}

function startedByNpm(env: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(env['npm_lifecycle_event'] || env['npm_execpath'])
}
