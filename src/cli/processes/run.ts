import type { Cli } from '../context.ts'

/** The gateway in the foreground. Resolves with the exit code of the contract. */
export async function run({ home, configPath, env }: Cli): Promise<number> {
  const { runGateway } = await import('../../main.ts')
  return runGateway({ home, configPath, env })
}
