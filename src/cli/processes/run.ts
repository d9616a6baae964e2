import { shellWord } from '../../lib/process/shell-word.ts'
import { calledAs } from '../called-as.ts'
import type { Cli } from '../context.ts'

/** The gateway in the foreground. Resolves with the exit code of the contract. */
export async function run({ home, homeIsNamed, configPath, env }: Cli): Promise<number> {
  const { runGateway } = await import('../../main.ts')
  const herald = calledAs(env, whereWeStand())
  const flag = homeIsNamed ? ` --home ${shellWord(home)}` : ''
  return runGateway({ home, configPath, env, commandLine: command => `${herald} ${command}${flag}` })
}

/** A folder that was removed is no reason not to run. */
function whereWeStand(): string {
  try {
    return process.cwd()
  } catch {
    return '/'
  }
}
