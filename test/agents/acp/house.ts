/** Agents of real processes, and what they say, ask and log. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AcpSettings, type AcpWorld, createAcp } from '../../../src/agents/acp/acp.ts'
import type { Agent, AgentEvent, AgentQuestion, AgentTurn } from '../../../src/agents/agent.ts'
import type { AgentMemory } from '../../../src/agents/memory.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import type { Json } from '../../../src/lib/json.ts'
import type { LogFields, Logger } from '../../../src/lib/log.ts'
import { type CleanUp, cleanUp } from '../../support/clean-up.ts'
import { TURN } from '../house.ts'

export const ACP_AGENT = join(import.meta.dirname, 'agent.ts')

export function folder(t: CleanUp): string {
  const path = mkdtempSync(join(tmpdir(), 'herald-agent-'))
  cleanUp(t, () => rmSync(path, { recursive: true, force: true }))
  return path
}

export function noteLog(lines: string[]): Logger {
  const write = (message: string, fields?: LogFields): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`)
  }
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log }
  return log
}

export function memoryOf(values = new Map<string, Json>()): AgentMemory {
  return {
    get: async (account, key) => values.get(`${account} ${key}`),
    async set(account, key, value) {
      values.set(`${account} ${key}`, value)
    },
  }
}

export interface AcpHouse {
  readonly agent: Agent
  readonly cwd: string
  readonly logged: readonly string[]
}

export interface AcpOptions {
  readonly settings?: Partial<AcpSettings>
  readonly mode?: string
  readonly cwd?: string
  readonly memory?: AgentMemory
}

export function acpHouse(t: CleanUp, options: AcpOptions = {}): AcpHouse {
  const cwd = options.cwd ?? folder(t)
  const logged: string[] = []
  const world: AcpWorld = {
    clock: systemClock,
    log: noteLog(logged),
    env: process.env,
    memory: options.memory ?? memoryOf(),
  }
  const agent = createAcp(
    {
      type: 'acp',
      name: 'tester',
      command: process.execPath,
      args: [ACP_AGENT],
      cwd,
      env: options.mode === undefined ? {} : { MODE: options.mode },
      permissions: 'ask',
      ...options.settings,
    },
    world,
  )
  cleanUp(t, () => agent.close())
  return { agent, cwd, logged }
}

export interface Told {
  readonly text: string
  readonly notes: readonly string[]
  readonly asked: readonly AgentQuestion[]
}

export interface AskOptions extends Partial<AgentTurn> {
  readonly signal?: AbortSignal
  readonly choose?: (question: AgentQuestion, signal: AbortSignal) => string | null | Promise<string | null>
  readonly onEvent?: (event: AgentEvent) => void
}

export async function tell(agent: Agent, text: string, options: AskOptions = {}): Promise<Told> {
  const { signal = new AbortController().signal, choose = () => null, onEvent, ...turn } = options
  const asked: AgentQuestion[] = []
  const notes: string[] = []
  let said = ''
  const all: AgentTurn = {
    ...TURN,
    text,
    async ask(question, withdrawn) {
      asked.push(question)
      return choose(question, withdrawn)
    },
    ...turn,
  }
  for await (const event of agent.run(all, signal)) {
    if (event.kind === 'text') said += event.text
    if (event.kind === 'note') notes.push(event.text)
    onEvent?.(event)
  }
  return { text: said, notes, asked }
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
