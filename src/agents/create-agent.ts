import type { Agent } from './agent.ts'
import { createEcho } from './echo.ts'
import { createOpenAi, type OpenAiSettings, type OpenAiWorld } from './openai.ts'

export type AgentSettings = { readonly type: 'echo' } | OpenAiSettings

export type AgentWorld = OpenAiWorld

/** The agent that the settings name. Throws `ConfigError` for settings that no agent can work with. */
export function createAgent(settings: AgentSettings, world: AgentWorld): Agent {
  switch (settings.type) {
    case 'echo':
      return createEcho()
    case 'openai':
      return createOpenAi(settings, world)
  }
}
