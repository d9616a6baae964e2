/** What an owner may see and steer from a chat, put together of the parts of the gateway. */

import type { Agent } from '../../agents/agent.ts'
import type { AgentDirectory } from '../../agents/create-agents.ts'
import { DEFAULT_AGENT } from '../../agents/routes.ts'
import type { Admin } from '../../conversation/commands/admin.ts'
import type { Runner } from '../../gateway/lives/runner.ts'
import type { AccountStatus, LinkStatus } from '../../gateway/status/status-document.ts'
import type { Clock } from '../../lib/clock.ts'
import { localTime } from '../../lib/local-time.ts'
import { STATES_IN_CHINESE } from '../../pages/account-states.js'
import { causeOf } from '../../pages/causes.js'
import type { AccountId } from '../../platforms/platform.ts'

export interface AdminDeps {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly agent: Pick<Agent, 'kind' | 'model' | 'health'> & Partial<AgentDirectory>
  accounts(): readonly AccountId[]
  readonly trace: Admin['trace']
  readonly lives: Pick<Runner, 'pause' | 'resume' | 'restart'>
  /** Computed now. */
  platforms(): Readonly<Record<AccountId, AccountStatus>>
}

/** Codes and what they mean in general: messages of errors may name hosts, and stay on the console. */
const IN_ONE_LINE: Readonly<Record<'zh' | 'en', (account: AccountId, status: AccountStatus, since: string) => string>> =
  {
    en(account, { state, error_code: code, pending_in, pending_out, shards }, since) {
      const cause = code === null ? undefined : (causeOf(code, 'en')?.what ?? '')
      const why = cause === undefined ? '' : ` (${code}${cause === '' ? '' : `: ${cause}`})`
      const links = shards === undefined ? '' : `; ${connected(shards)} of ${shards.length} connections connected`
      return `${account}: ${state}${why}, since ${since}${links}; pending ${pending_in} in, ${pending_out} out`
    },
    zh(account, { state, error_code: code, pending_in, pending_out, shards }, since) {
      const cause = code === null ? undefined : (causeOf(code, 'zh')?.what ?? '')
      const why = cause === undefined ? '' : `（${code}${cause === '' ? '' : `：${cause}`}）`
      const links = shards === undefined ? '' : `；${shards.length} 个连接中 ${connected(shards)} 个已连接`
      return `${account}：${STATES_IN_CHINESE[state]}${why}，自 ${since}${links}；待处理 ${pending_in}，待发送 ${pending_out}`
    },
  }

const connected = (shards: readonly LinkStatus[]): number => shards.filter(({ state }) => state === 'connected').length

export function createAdmin({ clock, agent, accounts, trace, lives, platforms }: AdminDeps): Admin {
  return {
    get accounts() {
      return accounts()
    },
    platforms: (language, askedIn) =>
      Object.entries(platforms()).map(([account, its]) => {
        // Whoever asks is waiting for this answer alone.
        const pending_in = Math.max(0, its.pending_in - (account === askedIn ? 1 : 0))
        const since = localTime(Date.parse(its.since), clock.nowMs())
        return IN_ONE_LINE[language](account, { ...its, pending_in }, since)
      }),
    get agents() {
      return agent.names ?? [DEFAULT_AGENT]
    },
    serving(turn) {
      const { kind, model } = agent
      const alone = { name: DEFAULT_AGENT, kind, ...(model === undefined ? {} : { model }), ...agent.health() }
      return agent.serving?.(turn) ?? alone
    },
    trace,
    pause: account => lives.pause(account),
    resume: account => lives.resume(account),
    restart: account => lives.restart(account),
  }
}
