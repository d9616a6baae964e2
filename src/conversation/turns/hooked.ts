/** What other people's code makes of messages and answers, at the two points where it is asked. */
import type { HookVerdict } from '../../hooks/hook.ts'
import { chatKey, type Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import type { Said } from './collect.ts'

type Messages = readonly [Inbound, ...Inbound[]]

/** `taken`: no agent is asked; there may be a reply. */
export type Heard =
  | { readonly kind: 'heard'; readonly messages: readonly Inbound[] }
  | { readonly kind: 'taken'; readonly by: string; readonly reply?: string }

/** Those that were dropped are left out; the first reply is the answer to all. Throws `HookError`, or the reason of `stop`. */
export async function hear(context: Context, messages: Messages, stop: AbortSignal): Promise<Heard> {
  if (!context.hooks.at('message_in')) return { kind: 'heard', messages }
  const heard: Inbound[] = []
  let by = ''
  for (const message of messages) {
    const verdict = await ask(context, 'message_in', message, message.text, stop)
    if (verdict.kind === 'reply') return { kind: 'taken', by: verdict.by, reply: verdict.text }
    if (verdict.kind === 'drop') by = verdict.by
    else heard.push({ ...message, text: verdict.text })
  }
  return heard.length > 0 ? { kind: 'heard', messages: heard } : { kind: 'taken', by }
}

/** The answer as it may go out; the name of the hook that dropped it. Throws `HookError`, or the reason of `stop`. */
export async function allow(
  context: Context,
  message: Inbound,
  said: Said,
  stop: AbortSignal,
): Promise<{ readonly said: Said } | { readonly droppedBy: string }> {
  if (!context.hooks.at('answer_out')) return { said }
  if (typeof said === 'string') {
    const verdict = await ask(context, 'answer_out', message, said, stop)
    return verdict.kind === 'drop' ? { droppedBy: verdict.by } : { said: verdict.text }
  }
  const parts: Exclude<Said, string>[number][] = []
  for (const part of said) {
    if (part.kind !== 'text') {
      parts.push(part)
      continue
    }
    const verdict = await ask(context, 'answer_out', message, part.text, stop)
    if (verdict.kind === 'drop') return { droppedBy: verdict.by }
    parts.push({ ...part, text: verdict.text })
  }
  return { said: parts }
}

function ask(
  { hooks }: Context,
  point: 'message_in' | 'answer_out',
  { id, chat, sender }: Inbound,
  text: string,
  stop: AbortSignal,
): Promise<HookVerdict> {
  const named = sender.name === undefined ? {} : { name: sender.name }
  return hooks.run({ point, id, chat: chatKey(chat), sender: { id: sender.id, ...named }, text }, stop)
}
