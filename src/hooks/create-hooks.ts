/** All hooks of a home: run in their order, each within its time, and what fails is passed over or stops the message. */

import { describeError, HeraldError } from '../lib/errors.ts'
import type { ChildWorld, Program } from '../lib/process/child.ts'
import { createSlots, type Slots } from '../lib/tasks/slots.ts'
import { readHookAnswer } from './answer.ts'
import type { HookEvent, HookPoint, Hooks, HookVerdict } from './hook.ts'
import { createModuleHook } from './module-hook.ts'
import { createProgramHook } from './program-hook.ts'
import { CutOffError, type RunHook } from './run-hook.ts'

const MOST_ALONE = 4

export interface HookSettings {
  readonly at: readonly HookPoint[]
  readonly run: { readonly program: Program } | { readonly module: string }
  readonly timeoutMs: number
  /** `pass`: the text goes on as if the hook were not there. `stop`: it does not go on, and the chat is told. */
  readonly onFailure: 'pass' | 'stop'
}

/** A hook that must not be missed failed. */
export class HookError extends HeraldError {
  override readonly name = 'HookError'
  constructor(message: string) {
    super('hook_failed', message, { hint: 'see the log for what the hook said; docs/hooks.md' })
  }
}

export interface OwnedHooks extends Hooks {
  /** From the next event on these run, their code read anew; calls that are under way end as they are. */
  replace(hooks: readonly HookSettings[]): void
  close(): Promise<void>
}

interface Member {
  readonly settings: HookSettings
  readonly name: string
  readonly hook: RunHook
  /** One more like it, for a call that is to be alone. */
  another(): RunHook
  /** Threads cost memory: a few such calls at a time. */
  readonly alone: Slots
}

export function createHooks(given: readonly HookSettings[], world: ChildWorld): OwnedHooks {
  const { clock, log } = world
  let members: readonly Member[] = []

  const open = (settings: HookSettings): Member => {
    const { run } = settings
    const path = 'program' in run ? run.program.command : run.module
    const name = path.split('/').at(-1) ?? path
    const own = { ...world, log: log.child({ hook: name }) }
    const another = (): RunHook =>
      'program' in run ? createProgramHook(run.program, own) : createModuleHook(run.module, own)
    return { settings, name, hook: another(), another, alone: createSlots(MOST_ALONE) }
  }

  const replace = (next: readonly HookSettings[]): void => {
    const before = members
    // Their code may be another one now, whatever their settings say.
    members = next.map(open)
    for (const member of before)
      member.hook
        .close()
        .catch((thrown: unknown) => log.debug('a hook could not be closed', { reason: describeError(thrown) }))
  }
  replace(given)

  /** Throws what went wrong, or the reason of `signal`. */
  const runOne = async (member: Member, event: HookEvent, signal: AbortSignal): Promise<HookVerdict> => {
    try {
      return await inTime(member, member.hook, event, signal)
    } catch (thrown) {
      if (!(thrown instanceof CutOffError)) throw thrown
      const leave = await member.alone.take(signal)
      const alone = member.another()
      try {
        return await inTime(member, alone, event, signal)
      } finally {
        await alone.close()
        leave()
      }
    }
  }
  const inTime = async (
    { settings, name }: Member,
    hook: RunHook,
    event: HookEvent,
    signal: AbortSignal,
  ): Promise<HookVerdict> => {
    const late = new AbortController()
    const cancel = clock.after(settings.timeoutMs, () =>
      late.abort(new Error(`no answer within ${settings.timeoutMs} ms`)),
    )
    try {
      return readHookAnswer(await hook.run(event, AbortSignal.any([signal, late.signal])), event, name)
    } finally {
      cancel()
    }
  }

  return {
    at: point => members.some(({ settings }) => settings.at.includes(point)),
    async run(event, signal) {
      let { text } = event
      for (const member of members) {
        if (!member.settings.at.includes(event.point)) continue
        let verdict: HookVerdict
        try {
          verdict = await runOne(member, { ...event, text }, signal)
        } catch (thrown) {
          signal.throwIfAborted()
          const { name, settings } = member
          const reason = describeError(thrown)
          log.warn('a hook failed', {
            hook: name,
            point: event.point,
            message: event.id,
            reason,
            goesOn: settings.onFailure === 'pass',
          })
          if (settings.onFailure === 'stop') throw new HookError(`the hook ${name} failed: ${reason}`)
          continue
        }
        if (verdict.kind !== 'pass') return verdict
        text = verdict.text
      }
      return { kind: 'pass', text }
    },
    replace,
    async close() {
      await Promise.all(members.map(({ hook }) => hook.close()))
    },
  }
}
