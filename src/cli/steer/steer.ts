import { ask, notRunning } from '../ask.ts'
import { type Cli, CODE } from '../context.ts'

const DONE = { pause: 'is paused', resume: 'lives again', restart: 'is restarted' }

/** Pauses, resumes or restarts one account; the others notice nothing. */
export async function steer(
  cli: Cli,
  verb: 'pause' | 'resume' | 'restart',
  account: string,
  { json = false }: { readonly json?: boolean } = {},
): Promise<number> {
  const answer = await ask(cli, 'POST', `/${verb}`, { account })
  if (answer === undefined) throw notRunning(cli)
  cli.print(json ? JSON.stringify({ account, done: verb }) : `${account} ${DONE[verb]}`)
  return CODE.ok
}
