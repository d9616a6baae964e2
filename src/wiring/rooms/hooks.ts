/** The hooks of the configuration, with what they need of this home. */
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { createHooks, type HookSettings, type OwnedHooks } from '../../hooks/create-hooks.ts'
import type { ChildWorld } from '../../lib/process/child.ts'
import { makeFolder } from './folders.ts'

export interface HomeHooks {
  readonly hooks: OwnedHooks
  /** From the next message on these are in force. */
  adopt(config: Pick<Config, 'hooks'>): void
}

/** Programs work in `<home>/workspace` where the settings name no folder. */
export function openHooks(config: Pick<Config, 'hooks'>, home: string, world: ChildWorld): HomeHooks {
  const cwd = join(home, 'workspace')
  const settingsOf = ({ hooks }: Pick<Config, 'hooks'>): HookSettings[] => {
    if (hooks.some(({ run }) => 'program' in run && run.program.cwd === undefined)) makeFolder(cwd, world.log)
    return hooks.map(({ run, ...rest }) => ({
      ...rest,
      run: 'program' in run ? { program: { cwd, ...run.program } } : run,
    }))
  }
  const hooks = createHooks(settingsOf(config), world)
  return { hooks, adopt: next => hooks.replace(settingsOf(next)) }
}
