import { describeError } from '../../lib/errors.ts'
import { isRecord } from '../../lib/json.ts'
import { AgentError } from '../agent.ts'
import type { AcpLink } from './link.ts'

/** The protocol's own code for an agent that wants somebody to log in first. */
const AUTH_REQUIRED = -32000
const LONGEST_REASON = 300

/** What went wrong between the agent and us, for the log. A lost process explains everything that failed with it. */
export async function toAgentError(
  command: string,
  thrown: unknown,
  link: Pick<AcpLink, 'closed' | 'end'> | undefined,
): Promise<AgentError> {
  if (thrown instanceof AgentError) return thrown
  const reason: unknown = link?.closed.aborted ? await link.end : thrown
  if (reason instanceof AgentError) return reason
  const code = isRecord(reason) || reason instanceof Error ? Reflect.get(reason, 'code') : undefined
  if (code === AUTH_REQUIRED) {
    const hint = 'log in with the program of the agent itself, as the user that Herald runs as'
    return new AgentError('agent_refused', `${command} wants somebody to log in`, { hint })
  }
  const told = `${describeError(reason)}${detailOf(reason)}`
  return new AgentError('agent_broken', `${command}: ${told.slice(0, LONGEST_REASON).toWellFormed()}`)
}

function detailOf(reason: unknown): string {
  const data: unknown = reason instanceof Error ? Reflect.get(reason, 'data') : undefined
  const details = isRecord(data) ? (data['details'] ?? data['message']) : data
  return typeof details === 'string' ? ` (${details.replaceAll(/[\s\p{Cc}]+/gu, ' ')})` : ''
}
