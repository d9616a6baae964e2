/** Each account against its platform: credentials, the address of the gateway, the time of day. */
import type { AccountConfig, Config } from '../../config/config.ts'
import { createRequest } from '../../lib/net/http.ts'
import { proxyFor } from '../../lib/net/proxy.ts'
import { createRedactor } from '../../lib/redact.ts'
import type { Failure } from '../../platforms/qqbot/link/session-types.ts'
import { probeCallback } from '../../platforms/qqbot/setup/callback-probe.ts'
import { probeBot } from '../../platforms/qqbot/setup/probe.ts'
import type { Cli } from '../context.ts'
import { bad, doubt, type Finding, ok } from './check.ts'

const MOST_SKEW_MS = 30_000

/** Each the way that its gateway takes: through a proxy of its own, or of the environment. */
export async function checkAccounts(
  { accounts }: Config,
  { clock, env }: Pick<Cli, 'clock' | 'env'>,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const all = accounts.map(async account => {
    if (!account.enabled) return [ok(nameOf(account), 'disabled')]
    const request = createRequest(clock, proxyFor(account.proxy, env))
    return await checkAccount(account, { clock, request }, signal)
  })
  return (await Promise.all(all)).flat()
}

async function checkAccount(
  account: AccountConfig,
  world: Parameters<typeof probeBot>[1],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const redactor = createRedactor()
  redactor.add(account.clientSecret)
  const what = nameOf(account)
  const { token, gateway, recommendedShards, skewMs } = await probeBot(account, world, redactor, signal)
  const failed = (which: string, { message, hint, code }: Failure): Finding =>
    bad(`${what}: ${which}`, redactor.redact(`${message} [${code}]`), hint ?? cureOf(code, account))
  return [
    token === 'ok' ? ok(`${what}: credentials`, 'the platform takes them') : failed('credentials', token),
    ...(gateway === undefined
      ? []
      : [gateway === 'ok' ? ok(`${what}: gateway`, 'its address is known') : failed('gateway', gateway)]),
    ...(gateway === 'ok' && account.webhook === null ? [connectionsFinding(account, recommendedShards)] : []),
    ...(skewMs === undefined ? [] : [clockFinding(skewMs)]),
    ...(await checkCallbacks(account, world, signal)),
  ]
}

async function checkCallbacks(
  { webhook, account, clientSecret }: AccountConfig,
  world: Parameters<typeof probeCallback>[2],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (webhook === null) return []
  const what = `account ${account}: callbacks`
  const { publicUrl } = webhook
  if (publicUrl === null)
    return [
      doubt(
        what,
        'the address that the platform calls is not known here',
        `set platforms.${account}.webhook.public_url, and it is tried`,
      ),
    ]
  const probe = await probeCallback({ clientSecret, webhook }, publicUrl, world, signal)
  if (probe.kind === 'right') return [ok(what, `a challenge to ${publicUrl} came through`)]
  return [(probe.kind === 'wrong' ? bad : doubt)(what, `${publicUrl}: ${probe.why}`, probe.hint)]
}

function connectionsFinding({ account, shards }: AccountConfig, recommended: number | undefined): Finding {
  const what = `account ${account}: connections`
  const has = shards === 'auto' ? 'as many as the platform recommends' : `${shards}`
  if (recommended === undefined) return ok(what, `${has}; how many the platform recommends is not known`)
  if (shards === 'auto') return ok(what, `${has}, ${recommended} at present`)
  const found = `${has}; the platform recommends ${recommended}`
  return shards >= recommended
    ? ok(what, found)
    : doubt(
        what,
        found,
        `set platforms.${account}.shards to auto, or to ${recommended}: too few may be refused with 4011`,
      )
}

export function clockFinding(skewMs: number): Finding {
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  if (Math.abs(skewMs) <= MOST_SKEW_MS) return ok('clock', `within ${Math.max(seconds, 1)} s of the platform's`)
  const side = skewMs > 0 ? 'ahead of' : 'behind'
  const found = `${seconds} s ${side} the platform's`
  const cure = 'set the time, and keep it set: `sudo timedatectl set-ntp true`'
  return Math.abs(skewMs) > 2 * MOST_SKEW_MS ? bad('clock', found, cure) : doubt('clock', found, cure)
}

function cureOf(code: string, { account, tokenUrl, apiBase }: AccountConfig): string {
  const hosts = [...new Set([tokenUrl, apiBase].map(address => new URL(address).host))]
  return /unreachable|timeout/.test(code)
    ? `check the network, DNS and firewall of this machine for ${hosts.join(' and ')}, and platforms.${account}.host`
    : 'wait a minute and try again; `herald status` shows how the account does'
}

const nameOf = ({ account }: AccountConfig): string => `account ${account}`
