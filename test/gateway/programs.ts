/** Helpers of the tests that stand Herald's parts in a real system: temporary homes, real child processes, documents. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { AccountStatus, StatusDocument } from '../../src/gateway/status/status-document.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'

export function tempHome(t: CleanUp): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'herald-test-')))
  cleanUp(t, () => rmSync(home, { recursive: true, force: true }))
  return home
}

/** Waits until `read` answers with something, and fails by name when it does not in time. */
export async function waitFor<T>(what: string, read: () => T | undefined | false, timeoutMs = 5000): Promise<T> {
  const endMs = performance.now() + timeoutMs
  for (;;) {
    const value = read()
    if (value !== undefined && value !== false) return value
    if (performance.now() > endMs) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`)
    await delay(15)
  }
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly atMs: number
}

export interface Program {
  readonly child: ChildProcess
  readonly pid: number
  stdout(): string
  stderr(): string
  /** The first line of stdout that begins with `word`, without the word. */
  said(word: string): Promise<string>
  readonly exit: Promise<Exit>
}

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv
  /** A command that runs the program, such as `setpriv`. */
  readonly through?: readonly string[]
}

/** Starts a TypeScript file of the tests as a process of its own; it is ended with the test. */
export function startProgram(t: CleanUp, file: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const [command = process.execPath, ...words] = [...(options.through ?? []), process.execPath, file, ...args]
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], env: options.env ?? process.env })
  const { pid } = child
  if (pid === undefined) throw new Error(`${file} could not be started`)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', chunk => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', chunk => (stderr += chunk))
  const exit = new Promise<Exit>(resolve =>
    child.on('close', (code, signal) => resolve({ code, signal, atMs: performance.now() })),
  )
  cleanUp(t, async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exit
  })
  return {
    child,
    pid,
    stdout: () => stdout,
    stderr: () => stderr,
    exit,
    said: word =>
      waitFor(`"${word}" from ${file}; it said:\n${stdout}${stderr}`, () =>
        stdout
          .split('\n')
          .slice(0, -1)
          .find(line => line.startsWith(word))
          ?.slice(word.length)
          .trim(),
      ),
  }
}

/** Runs a program as a user who may write nothing here: root reads and writes whatever it likes. */
export const AS_NOBODY: readonly string[] = ['setpriv', '--reuid=65534', '--clear-groups']

/** Why a test as another user cannot be run here; undefined when it can. */
export function cannotBeNobody(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, to run a program as another user'
  const [command = '', ...words] = [...AS_NOBODY, process.execPath, import.meta.filename]
  return spawnSync(command, words).status === 0
    ? undefined
    : 'another user cannot read this checkout, or setpriv is missing'
}

export const aMoment = '2026-01-01T00:00:00.000Z'

export function sampleAccount(over: Partial<AccountStatus> = {}): AccountStatus {
  return {
    state: 'connected',
    since: aMoment,
    error_code: null,
    error_message: null,
    hint: null,
    retryable: null,
    attempt: 0,
    next_retry_at: null,
    generation: 1,
    updated_at: aMoment,
    evidence: { ready_at: aMoment, last_ack_at: null, last_event_at: null, last_send_at: null },
    unknown_events: {},
    pending_in: 0,
    pending_out: 0,
    late_words: 0,
    ...over,
  }
}

/** A document of a gateway with one connected account; of process `pid`, which is this one unless it is told. */
export function sampleDocument(over: Partial<StatusDocument> = {}): StatusDocument {
  return {
    kind: 'herald-gateway',
    schema: 1,
    version: '0.1.0',
    boot_id: 'b0071d',
    pid: process.pid,
    pid_start: null,
    start_time: aMoment,
    gateway_state: 'running',
    exit_reason: null,
    active_agents: 0,
    updated_at: aMoment,
    expires_at: aMoment,
    platforms: { qqbot: sampleAccount() },
    ...over,
  }
}
