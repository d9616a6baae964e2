import { callControl } from '../gateway/control/control-client.ts'
import { isRecord, type Json } from '../lib/json.ts'
import { type Cli, CODE, CommandError } from './context.ts'

/** A verb may have to write to the disk first. */
const ANSWER_MS = 5000
export const AS_ITS_USER = 'run this as the user that the gateway runs as'

/** The control socket, and the home around it, are open to their owner alone. */
export function isNotOurs(trouble: string): boolean {
  return /\b(EACCES|EPERM)\b/.test(trouble)
}

/**
 * One call to the running gateway. Resolves with the body of a good answer, or undefined when no gateway runs; throws
 * `CommandError` when it refuses or does not answer.
 */
export async function ask(
  { home }: Cli,
  method: string,
  path: string,
  body?: Json,
  timeoutMs = ANSWER_MS,
): Promise<unknown> {
  const reply = await callControl(home, method, path, body, timeoutMs)
  if (reply.kind === 'not_running') return undefined
  if (reply.kind === 'no_answer') {
    const cure = isNotOurs(reply.message) ? AS_ITS_USER : 'see `herald status`'
    throw new CommandError(CODE.unknown, `the gateway in ${home} does not answer (${reply.message}); ${cure}`)
  }
  if (reply.status < 300 && reply.body !== undefined) return reply.body
  const why = isRecord(reply.body) ? String(reply.body['error']) : `it answered ${reply.status}`
  throw new CommandError(CODE.no, why)
}

export function notRunning({ home }: Cli): CommandError {
  return new CommandError(
    CODE.notRunning,
    `no gateway runs in ${home}; start it with \`herald run\`, or name another --home`,
  )
}
