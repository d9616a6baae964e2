/**
 * A QQ account as it lives: the adapter under the real runner, real sockets to a sandbox, a real journal on disk, the real
 * log. Bounds are shrunken, so that what takes minutes takes moments. Whatever a test does, at its end no secret may stand
 * in the log, in the status or in the journal.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRunner, type Runner, type RunnerOptions, type Transition } from '../../../../src/gateway/lives/runner.ts'
import type { AccountStatus } from '../../../../src/gateway/status/status-document.ts'
import type { Acceptance, Journal } from '../../../../src/journal/journal.ts'
import { openJournal } from '../../../../src/journal/sqlite.ts'
import { type Clock, systemClock } from '../../../../src/lib/clock.ts'
import { isRecord, parseJson } from '../../../../src/lib/json.ts'
import { createRequest } from '../../../../src/lib/net/http.ts'
import { createDial } from '../../../../src/lib/net/socket.ts'
import { systemRandom } from '../../../../src/lib/random.ts'
import { createRedactor } from '../../../../src/lib/redact.ts'
import { createLogger } from '../../../../src/observe/log.ts'
import { createLogLevels } from '../../../../src/observe/log-levels.ts'
import type { Arrival } from '../../../../src/platforms/platform.ts'
import { createQQBotAdapter } from '../../../../src/platforms/qqbot/adapter.ts'
import type { QQBotSettings, TimeLimits } from '../../../../src/platforms/qqbot/settings.ts'
import { type LogEntry, type Sandbox, type SandboxOptions, startSandbox } from '../../../../src/sandbox/sandbox.ts'
import { type CleanUp, cleanUp } from '../../../support/clean-up.ts'
import { describe, TEST_BOT } from '../../../support/sandbox.ts'

export const ACCOUNT = 'qqbot'
export const SECOND_BOT = { appId: '102000002', secret: 'sandbox-secret-2', name: 'Second' } as const

export const LIMITS: Partial<TimeLimits> = {
  tokenMs: 3_000,
  tokenSpacingMs: 50,
  gatewayMs: 3_000,
  gatewayWindowMs: 200,
  dialMs: 3_000,
  helloMs: 1_000,
  readyMs: 1_000,
  provenMs: 150,
  slowDownMs: 800,
  invalidSessionPauseMs: [20, 60],
  probeMs: 1_000,
  sampleMs: 200,
  reportMs: 500,
}

const BOUND_MS = 20_000

export interface HouseOptions {
  readonly settings?: Partial<Omit<QQBotSettings, 'limits'>>
  readonly limits?: Partial<TimeLimits>
  readonly box?: Sandbox
  readonly sandbox?: Partial<SandboxOptions>
  readonly clock?: Clock
  /** Where a former house kept its journal. */
  readonly path?: string
  /** A second account, `qqbot:second`, that nothing is done to. */
  readonly second?: boolean
  readonly reviveSeconds?: readonly number[]
  /** In place of the journal's door. */
  readonly accept?: (journal: Journal, arrival: Arrival) => Promise<void>
  readonly onTransition?: (transition: Transition, runner: Runner) => void
}

export interface LinkHouse {
  readonly box: Sandbox
  readonly runner: Runner
  readonly path: string
  readonly transitions: readonly Transition[]
  /** What was said to the bot, as it was kept, in order. */
  readonly kept: readonly { readonly text: string; readonly acceptance: Acceptance }[]
  readonly lines: readonly string[]
  status(account?: string): AccountStatus
  /** Changes the configuration; the next life reads it. */
  change(settings: Partial<QQBotSettings>): void
  /** Resolves as soon as `probe` holds. */
  reach(what: string, probe: () => unknown, boundMs?: number): Promise<void>
  connected(): Promise<void>
  /** Alice writes, and it is kept. */
  hear(text: string): Promise<void>
  stop(): Promise<void>
}

export async function linkHouse(t: CleanUp, options: HouseOptions = {}): Promise<LinkHouse> {
  const clock = options.clock ?? systemClock
  const box = options.box ?? (await sandbox(t, options))
  const path = options.path ?? join(folderFor(t), 'journal.sqlite')
  const redactor = createRedactor()
  const secrets = new Set<string>([TEST_BOT.secret, SECOND_BOT.secret])
  const noted = {
    add(secret: string | undefined): void {
      if (secret !== undefined) secrets.add(secret)
      redactor.add(secret)
    },
  }
  for (const secret of [...secrets]) noted.add(secret)
  const lines: string[] = []
  const log = createLogger({
    stream: { write: text => lines.push(text) },
    levels: createLogLevels({ level: 'debug', rooms: {} }),
    redactor,
    clock,
  })
  const journal = openJournal({ path, clock, log })
  const transitions: Transition[] = []
  const kept: { text: string; acceptance: Acceptance }[] = []

  let settings: QQBotSettings = {
    account: ACCOUNT,
    appId: TEST_BOT.appId,
    clientSecret: TEST_BOT.secret,
    apiBase: box.url,
    tokenUrl: box.tokenUrl,
    backoffSeconds: [0.03, 0.06, 0.12],
    maxAttempts: 0,
    markdown: true,
    textLimit: 5_000,
    ...options.settings,
    limits: { ...LIMITS, ...options.limits },
  }
  const keep = async (account: string, arrival: Arrival): Promise<void> => {
    if (options.accept) await options.accept(journal, arrival)
    const { message } = arrival
    const replyUntilMs = clock.nowMs() + 60_000
    const fate = message === undefined ? undefined : { triage: { run: true }, replyUntilMs }
    const acceptance = await journal.accept(account, arrival, fate as Parameters<Journal['accept']>[2])
    if (message !== undefined) kept.push({ text: message.text, acceptance })
  }
  const runnerOptions: Omit<RunnerOptions, 'accounts'> = {
    clock,
    random: systemRandom,
    log,
    net: { dial: createDial(systemClock), request: createRequest(systemClock) },
    redact: text => redactor.redact(text),
    accept: keep,
    probeJournal: () => journal.probe(),
    storeFor: (account, shard) => ({
      get: key => journal.get(account, key),
      set: (key, value) => journal.set(account, key, value),
      cursor: () => journal.cursor(account, shard),
    }),
    pending: account => journal.pending(account),
    policy: { onAllDown: 'stay', reviveSeconds: options.reviveSeconds ?? [0.3], supervised: false },
    onTransition(transition) {
      transitions.push(transition)
      options.onTransition?.(transition, runner)
    },
    onChange: () => {},
    onVerdict: () => {},
  }
  const second: Partial<QQBotSettings> = {
    account: `${ACCOUNT}:second`,
    appId: SECOND_BOT.appId,
    clientSecret: SECOND_BOT.secret,
  }
  const runner: Runner = createRunner({
    ...runnerOptions,
    accounts: [
      {
        account: ACCOUNT,
        enabled: true,
        open: async world => createQQBotAdapter(settings, world, noted),
      },
      ...(options.second === true
        ? [
            {
              account: `${ACCOUNT}:second`,
              enabled: true,
              open: async (world: Parameters<typeof createQQBotAdapter>[1]) =>
                createQQBotAdapter({ ...settings, ...second }, world, noted),
            },
          ]
        : []),
    ],
  })
  const status = (account: string = ACCOUNT): AccountStatus => {
    const found = runner.status()[account]
    assert.ok(found, `no account ${account}`)
    return found
  }
  const reach = async (what: string, probe: () => unknown, boundMs: number = BOUND_MS): Promise<void> => {
    const deadlineMs = systemClock.monotonicMs() + boundMs
    while (!probe()) {
      const seen = (): string => `${JSON.stringify(status())}\n${describe(box)}`
      if (systemClock.monotonicMs() > deadlineMs) assert.fail(`not within ${boundMs} ms: ${what}\n${seen()}`)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }

  let stopped = false
  const stop = async (): Promise<void> => {
    if (stopped) return
    stopped = true
    await runner.stop()
    const told = [...lines, JSON.stringify(runner.status()), JSON.stringify(transitions)]
    await journal.close()
    const written = readFileSync(path, 'latin1')
    for (const secret of secrets) {
      assert.equal(
        told.find(line => line.includes(secret)),
        undefined,
        'a secret was told',
      )
      assert.ok(!written.includes(secret), 'a secret stands in the journal')
    }
  }
  cleanUp(t, stop)
  runner.start()
  return {
    box,
    runner,
    path,
    transitions,
    kept,
    lines,
    status,
    change(changes) {
      settings = { ...settings, ...changes }
    },
    reach,
    connected: () =>
      reach('connected', () => status().state === 'connected' && box.counters(TEST_BOT.appId).liveLinks > 0),
    async hear(text) {
      box.say({ person: 'Alice', text })
      await reach(`"${text}" is kept`, () => kept.some(each => each.text === text))
    },
    stop,
  }
}

async function sandbox(t: CleanUp, { sandbox: changes = {}, second, clock }: HouseOptions): Promise<Sandbox> {
  const box = await startSandbox({
    port: 0,
    bots: second === true ? [TEST_BOT, SECOND_BOT] : [TEST_BOT],
    ...(clock === undefined ? {} : { clock }),
    ...changes,
    options: { heartbeatIntervalMs: 1_000, ...changes.options },
  })
  cleanUp(t, () => box.stop())
  return box
}

function folderFor(t: CleanUp): string {
  const folder = mkdtempSync(join(tmpdir(), 'herald-link-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A frame that the bot sent. */
export interface SentFrame {
  readonly op: number
  readonly d: unknown
  readonly atMs: number
  readonly connection: number
}

export function framesOf(box: Sandbox, op?: number): SentFrame[] {
  return box.log.entries({ kinds: ['frame'] }).flatMap(entry => {
    if (entry.kind !== 'frame' || entry.direction !== 'in') return []
    const frame = parseJson(entry.text)
    if (!isRecord(frame) || typeof frame['op'] !== 'number' || (op !== undefined && frame['op'] !== op)) return []
    return [{ op: frame['op'], d: frame['d'], atMs: entry.atMs, connection: entry.connection }]
  })
}

/** Session and seq of each RESUME, oldest first. */
export function resumesOf(box: Sandbox): { readonly session: unknown; readonly seq: unknown }[] {
  return framesOf(box, 6).map(({ d }) =>
    isRecord(d) ? { session: d['session_id'], seq: d['seq'] } : { session: undefined, seq: undefined },
  )
}

export function requestsOf(box: Sandbox, path: string): readonly LogEntry[] {
  return box.log.entries({ kinds: ['request'] }).filter(entry => entry.kind === 'request' && entry.path === path)
}

/** When links were opened, by the platform's clock. */
export function openedAtMs(box: Sandbox): number[] {
  return box.log
    .entries({ kinds: ['connection'] })
    .flatMap(entry => (entry.kind === 'connection' && entry.state === 'opened' ? [entry.atMs] : []))
}

/** Waits until the present link has proven itself: then the next try after a loss comes at once. */
export async function proven(house: LinkHouse): Promise<void> {
  await house.connected()
  const sinceMs = house.box.now()
  await house.reach('an ACK', () => {
    const { last_ack_at, ready_at } = house.status().evidence
    return last_ack_at !== null && ready_at !== null && last_ack_at >= ready_at
  })
  await house.reach('a proven link', () => house.box.now() - sinceMs > (LIMITS.provenMs ?? 0) + 20)
}
