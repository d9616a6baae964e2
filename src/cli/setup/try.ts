/** Tries what was chosen, before it is written, by the way that a gateway takes: the credentials on the platform, the agent with one question. */
import { createStreamPost } from '../../agents/stream/http-stream.ts'
import type { AccountConfig, Config } from '../../config/config.ts'
import { describeError, HeraldError } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { createRequest } from '../../lib/net/http.ts'
import { proxyFor, proxyFromEnv } from '../../lib/net/proxy.ts'
import { createReach } from '../../lib/net/reach.ts'
import { systemRandom } from '../../lib/random.ts'
import { createRedactor } from '../../lib/redact.ts'
import { probeCallback } from '../../platforms/qqbot/setup/callback-probe.ts'
import { probeBot } from '../../platforms/qqbot/setup/probe.ts'
import { openAgents } from '../../wiring/rooms/agents.ts'
import type { Cli } from '../context.ts'

export type Trial =
  | { readonly ok: true; readonly said: string }
  | {
      readonly ok: false
      /** Undefined where no part of Herald has a name for it. */
      readonly code?: string
      readonly why: string
      readonly hint: string | undefined
      /** The platform was asked and said no; else nobody knows yet. */
      readonly refused?: boolean
    }

const PLATFORM_MS = 25_000
const AGENT_MS = 60_000
const LONGEST_SAID = 120

export async function tryCredentials(
  account: AccountConfig,
  cli: Pick<Cli, 'clock' | 'env'>,
  signal?: AbortSignal,
): Promise<Trial> {
  const world = worldOf(account, cli)
  try {
    const { token, gateway } = await probeBot(account, world, createRedactor(), within(PLATFORM_MS, signal))
    const failure = token !== 'ok' ? token : gateway !== 'ok' ? gateway : undefined
    if (failure === undefined) return { ok: true, said: '' }
    const why = failure.message.replaceAll(account.clientSecret, '[redacted]')
    const refused = failure.verdict === 'final' || failure.verdict === 'token'
    return { ok: false, code: failure.code, why, hint: failure.hint, refused }
  } catch (thrown) {
    return failed(thrown)
  }
}

/** What kept a trial from coming to an end. */
export function failed(thrown: unknown): Trial & { ok: false } {
  const why = describeError(thrown)
  if (!(thrown instanceof HeraldError)) return { ok: false, why, hint: undefined }
  return { ok: false, code: thrown.code, why, hint: thrown.hint }
}

/** A challenge to the address that the platform is to call; nothing to try where there is none. */
export async function tryCallback(
  account: AccountConfig,
  cli: Pick<Cli, 'clock' | 'env'>,
  signal?: AbortSignal,
): Promise<Trial> {
  const { clientSecret, webhook } = account
  const url = webhook?.publicUrl
  if (webhook === null || url == null) return { ok: true, said: '' }
  const probe = await probeCallback({ clientSecret, webhook }, url, worldOf(account, cli), within(PLATFORM_MS, signal))
  if (probe.kind === 'right') return { ok: true, said: url }
  const code = 'qq_webhook_unreachable'
  return { ok: false, code, why: `${url}: ${probe.why}`, hint: probe.hint, refused: probe.kind === 'wrong' }
}

function within(boundMs: number, signal: AbortSignal | undefined): AbortSignal {
  const bound = AbortSignal.timeout(boundMs)
  return signal === undefined ? bound : AbortSignal.any([bound, signal])
}

function worldOf({ proxy }: AccountConfig, { clock, env }: Pick<Cli, 'clock' | 'env'>) {
  return { clock, request: createRequest(clock, proxyFor(proxy, env)) }
}

/** One turn, as in a chat. An agent that asks for permission is refused it: here nobody is to decide. */
export async function tryAgent(
  config: Config,
  { home, clock, env }: Cli,
  question: string,
  signal?: AbortSignal,
): Promise<Trial> {
  const memory = { get: async () => undefined, set: async () => {} }
  const proxy = proxyFromEnv(env)
  const net = { stream: createStreamPost(proxy), request: createRequest(clock, proxy), reach: createReach(proxy) }
  const { agents } = openAgents(config, home, { clock, random: systemRandom, log: silentLogger, env, memory, ...net })
  const chat = { account: 'setup', kind: 'c2c', id: 'setup' } as const
  const turn = {
    id: 'setup',
    chat,
    session: 'setup',
    sender: { id: 'setup' },
    text: question,
    attachments: [],
    history: [],
    repeated: false,
    ask: async () => null,
  }
  try {
    let said = ''
    for await (const event of agents.run(turn, within(AGENT_MS, signal))) if (event.kind === 'text') said += event.text
    const [first = ''] = said.trim().split('\n')
    return { ok: true, said: first.slice(0, LONGEST_SAID) }
  } catch (thrown) {
    return failed(thrown)
  } finally {
    await agents.close().catch(() => {})
  }
}
