import { type AcpSettings, type AcpWorld, createAcp } from './acp/acp.ts'
import type { Agent } from './agent.ts'
import { createEcho } from './echo.ts'
import { createOpenAi, type OpenAiWorld } from './openai/openai.ts'
import type { OpenAiSettings } from './openai/settings.ts'
import { type CommandSettings, createCommand } from './peer/command.ts'
import { createHttp, type HttpSettings, type HttpWorld } from './peer/http.ts'

export type AgentSettings = { readonly type: 'echo' } | OpenAiSettings | AcpSettings | CommandSettings | HttpSettings

export type AgentWorld = OpenAiWorld & AcpWorld & HttpWorld

/** The agent that the settings name. Throws `ConfigError` for settings that no agent can work with. */
export function createAgent(settings: AgentSettings, world: AgentWorld): Agent {
  switch (settings.type) {
    case 'echo':
      return createEcho()
    case 'openai':
      return createOpenAi(settings, world)
    case 'acp':
      return createAcp(settings, world)
    case 'command':
      return createCommand(settings, world)
    case 'http':
      return createHttp(settings, world)
  }
}
