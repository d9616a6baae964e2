/** What an owner may see and steer from a chat, put together of the parts of the gateway. */
import type { Agent } from '../agents/agent.ts'
import type { Admin } from '../conversation/commands/command.ts'
import type { Runner } from '../gateway/lives/runner.ts'
import type { AccountStatus } from '../gateway/status/status-document.ts'
import type { AccountId } from '../platforms/platform.ts'

export interface AdminDeps {
  readonly agent: Pick<Agent, 'kind' | 'health'>
  accounts(): readonly AccountId[]
  readonly lives: Pick<Runner, 'pause' | 'resume' | 'restart'>
  /** Computed now. */
  platforms(): Readonly<Record<AccountId, AccountStatus>>
}

/** Codes and states only: messages of errors may name hosts, and stay on the console. */
export function createAdmin({ agent, accounts, lives, platforms }: AdminDeps): Admin {
  return {
    get accounts() {
      return accounts()
    },
    platforms: () =>
      Object.entries(platforms()).map(([account, { state, since, error_code: code, pending_in, pending_out }]) => {
        const why = code === null ? '' : ` (${code})`
        return `${account}: ${state}${why}, since ${since}; pending ${pending_in} in, ${pending_out} out`
      }),
    agent: () => `${agent.kind}, ${agent.health().state}`,
    pause: account => lives.pause(account),
    resume: account => lives.resume(account),
    restart: account => lives.restart(account),
  }
}
