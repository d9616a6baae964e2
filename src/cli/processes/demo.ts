import { calledAs } from '../called-as.ts'
import type { Cli } from '../context.ts'

export interface DemoFlags {
  readonly port?: number
  readonly open?: boolean
}

/** The sandbox and the gateway together, with a home of their own. Resolves with the exit code. */
export async function demo({ env }: Cli, { port, open = true }: DemoFlags): Promise<number> {
  const { runDemo } = await import('../../demo.ts')
  return runDemo({ env, open, herald: calledAs(env, process.cwd()), ...(port === undefined ? {} : { port }) })
}
