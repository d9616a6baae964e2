/** Which agent serves whom. Pure. */
import { chatKey } from '../platforms/platform.ts'
import type { AgentTurn } from './agent.ts'

/** All that it names must fit. */
export interface Route {
  readonly account?: string
  /** `<account>:<kind>:<id>`, or the id alone. */
  readonly chat?: string
  readonly user?: string
  readonly agent: string
}

/** What serves everybody that no route speaks of. */
export const DEFAULT_AGENT = 'default'

/** What an owner chose for the chat comes first, then the first route that fits. */
export function agentFor(
  { chat, sender, agent }: Pick<AgentTurn, 'chat' | 'sender' | 'agent'>,
  routes: readonly Route[],
  known: (name: string) => boolean,
): string {
  if (agent !== undefined && known(agent)) return agent
  const fits = (route: Route): boolean =>
    (route.account === undefined || route.account === chat.account) &&
    (route.chat === undefined || route.chat === chatKey(chat) || route.chat === chat.id) &&
    (route.user === undefined || route.user === sender.id)
  return routes.find(route => known(route.agent) && fits(route))?.agent ?? DEFAULT_AGENT
}
