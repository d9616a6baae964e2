/** The servers of tools (Model Context Protocol) that a model may be given. */
import type { Program } from '../../lib/process/child.ts'

/** What becomes of a model's wish to use a tool. A tool that is denied is not even shown to it. */
export type ToolLeave = 'allow' | 'ask' | 'deny'

export interface ToolServerSettings {
  readonly reach: ToolReach
  /** For each tool that `leaves` does not name. */
  readonly leave: ToolLeave
  /** By the name of the tool. */
  readonly leaves: Readonly<Record<string, ToolLeave>>
  /** How long one call may take. */
  readonly callMs: number
}

/** A program that is spoken to over its stdio, or a server that is spoken to over HTTP. */
export type ToolReach =
  | { readonly program: Program }
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> }

export interface ToolLimits {
  /** Requests to the model in one turn; the last one is told to do without tools. */
  readonly rounds: number
  /** Calls that one answer of the model may ask for; further ones are not made. */
  readonly callsPerRound: number
  /** What is kept of one result, in UTF-16 units. */
  readonly resultChars: number
  /** From the start of a server to its list of tools. */
  readonly startMs: number
  /** A turn waits so long for servers that are starting, and then does without them. */
  readonly patienceMs: number
}

export const TOOL_LIMITS: ToolLimits = {
  rounds: 16,
  callsPerRound: 16,
  resultChars: 32 * 1024,
  startMs: 60_000,
  patienceMs: 20_000,
}
