/** An agent that wants leave to do something, as a question to a person. Pure. */
import type { RequestPermissionRequest, RequestPermissionResponse } from '@agentclientprotocol/sdk'
import type { AgentQuestion, QuestionOption } from '../agent.ts'
import type { Shorten } from './shorten.ts'

const LONGEST_DETAIL = 600
const CANCELLED: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } }

export function questionFrom({ toolCall, options }: RequestPermissionRequest, shorten: Shorten): AgentQuestion {
  const detail = detailOf(toolCall.rawInput)
  return {
    kind: 'approval',
    title: shorten(toolCall.title ?? toolCall.name ?? toolCall.kind ?? 'tool'),
    ...(detail === undefined ? {} : { detail: shorten(detail) }),
    options: options.map(({ optionId, name, kind }) => ({
      id: optionId,
      label: name,
      style: STYLES[kind],
      grants: kind,
    })),
  }
}

const STYLES: Readonly<Record<NonNullable<QuestionOption['grants']>, QuestionOption['style']>> = {
  allow_once: 'primary',
  allow_always: 'plain',
  reject_once: 'danger',
  reject_always: 'danger',
}

/** The command or the file that it is about, where the agent tells. */
function detailOf(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const { command, path, file_path, url } = input as Readonly<Record<string, unknown>>
  const told = Array.isArray(command) ? command.join(' ') : (command ?? path ?? file_path ?? url)
  return typeof told === 'string' && told !== '' ? told.slice(0, LONGEST_DETAIL).toWellFormed() : undefined
}

/** Without a choice nothing was allowed; an agent that can hear a plain no is told so, the others that it was called off. */
export function permissionFrom(request: RequestPermissionRequest, optionId: string | null): RequestPermissionResponse {
  const chosen = request.options.find(option => option.optionId === optionId)
  return chosen ? { outcome: { outcome: 'selected', optionId: chosen.optionId } } : CANCELLED
}

/** What the settings have decided beforehand. */
export function decidedBySettings(
  request: RequestPermissionRequest,
  permissions: 'allow' | 'deny',
): RequestPermissionResponse {
  const verb = permissions === 'allow' ? 'allow' : 'reject'
  const option =
    request.options.find(({ kind }) => kind === `${verb}_once`) ??
    request.options.find(({ kind }) => kind === `${verb}_always`)
  return permissionFrom(request, option?.optionId ?? null)
}
