/**
 * What other programs may build on: the gateway as a whole, the contracts of its rooms, and the platform in a box for tests
 * of bots and adapters.
 */
export type { Agent, AgentEvent, AgentHealth, AgentTurn } from './agents/agent.ts'
export { AgentError } from './agents/agent.ts'
export { EXIT } from './gateway/process/exit.ts'
export type {
  AccountState,
  AccountStatus,
  GatewayState,
  LinkStatus,
  StatusDocument,
} from './gateway/status/status-document.ts'
export type { Journal } from './journal/journal.ts'
export { ConfigError, HeraldError, JournalUnwritableError } from './lib/errors.ts'
export { type RunOptions, runGateway } from './main.ts'
export type * from './platforms/platform.ts'
export { type Sandbox, type SandboxOptions, startSandbox } from './sandbox/sandbox.ts'
