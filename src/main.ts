/**
 * `herald run`: the process around the gateway. It claims its home, opens what is in it, tells the world how it stands, and
 * ends with an exit code that means something (`gateway/process/exit.ts`).
 */
import { applyRestore } from './backup/restore.ts'
import type { Environment } from './config/config.ts'
import { type ExitCause, exitFor } from './gateway/process/exit.ts'
import { prepareHome } from './gateway/process/home.ts'
import { claimHome, type LockOptions } from './gateway/process/locks/instance-lock.ts'
import { systemClock } from './lib/clock.ts'
import { describeWithCure } from './lib/errors.ts'
import { createRedactor, type Redactor } from './lib/redact.ts'
import { type Serving, serve } from './wiring/serve.ts'

export interface RunOptions {
  readonly home: string
  /** Must exist when it is named. */
  readonly configPath: string | undefined
  readonly env: Environment
  /** Writes a command so that it can be pasted by whoever sees it; `herald …` without it. */
  readonly commandLine?: (command: string) => string
  /** Told once, when the gateway serves: for a demo that shows its status. */
  readonly onServing?: (serving: Serving) => void
}

/** Lives until somebody asks for the end or the gateway is dead. Resolves with the exit code; never rejects. */
export async function runGateway(options: RunOptions): Promise<number> {
  const redactor = createRedactor()
  try {
    const home = prepareHome(options.home)
    const { pid, platform } = process
    const lock: LockOptions = { clock: systemClock, pid, home, platform }
    const homeLock = await claimHome(lock)
    try {
      const cause = await serveUntilDone({ ...options, home, lock, redactor })
      if (cause.kind !== 'asked') tellPerson(cause, redactor)
      return exitFor(cause).code
    } finally {
      await homeLock.release()
    }
  } catch (error) {
    const cause: ExitCause = { kind: 'thrown', error }
    tellPerson(cause, redactor)
    return exitFor(cause).code
  }
}

/** What lies ready to be restored is put in place first, and whenever somebody asks to begin again. */
async function serveUntilDone(options: Parameters<typeof serve>[0]): Promise<ExitCause> {
  for (;;) {
    const kept = applyRestore(options.home, systemClock.nowMs())
    if (kept !== undefined) process.stderr.write(`herald: a backup was restored; the former files are in ${kept}\n`)
    const cause = await serve(options)
    if (cause.kind !== 'again') return cause
  }
}

/** Why it ended, in one line with the cure, where a person looks first. */
function tellPerson(cause: ExitCause, redactor: Redactor): void {
  process.stderr.write(`herald: ${redactor.redact(reason(cause))}\n`)
}

function reason(cause: ExitCause): string {
  if (cause.kind === 'thrown') return describeWithCure(cause.error)
  const { exitReason } = exitFor(cause)
  if (cause.kind !== 'all_down') return exitReason
  const each = [...cause.endings].map(([account, { message, hint }]) =>
    hint === undefined || message.includes(hint) ? `${account}: ${message}` : `${account}: ${message}; ${hint}`,
  )
  return `${exitReason}; ${each.join('; ')}`
}
