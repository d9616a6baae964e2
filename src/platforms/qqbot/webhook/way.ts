/**
 * The way on which callbacks come, from the platform to us. The platform's own calls prove it, and, where the address of the
 * outside is known, a challenge of ours that comes all the way round.
 */
import { describeError } from '../../../lib/errors.ts'
import { isRecord } from '../../../lib/json.ts'
import type { AdapterHost, Doubt } from '../../platform.ts'
import { challenge } from './challenge.ts'
import type { WebhookAddress } from './listeners.ts'
import { ownToken, type SigningKeys } from './signature.ts'

export interface WebhookSettings extends WebhookAddress {
  /** What the platform is told to call; null or absent where that is not known here. */
  readonly publicUrl?: string | null
}

export type WayShown =
  /** The challenge came round. Whether the platform takes that way as well is in doubt until it once has. */
  | { readonly kind: 'open'; readonly doubt?: Doubt }
  | { readonly kind: 'broken'; readonly fault: Doubt }
  /** Nothing was tried, or what was tried says nothing. */
  | { readonly kind: 'untried'; readonly doubt: Doubt }

export interface Way {
  /** A right signature, and not ours. */
  called(): void
  /** A challenge of a Herald, perhaps of this one. */
  met(token: string): void
  /** Never throws but for the signal. */
  look(signal: AbortSignal): Promise<WayShown>
}

/** Under it stands the address that the platform has called, and when it first did. */
const KEY = 'webhook_called'

const QUIET: Doubt = {
  code: 'qq_webhook_quiet',
  message: 'no callback has come in lately, and nothing else proves that they would',
  hint: 'set `webhook.public_url` of the account: then the way is tried once a minute',
}

export async function createWay(
  keys: SigningKeys,
  { publicUrl = null, ...address }: WebhookSettings,
  host: AdapterHost,
): Promise<Way> {
  const called = publicUrl ?? `http://${address.host}:${address.port}${address.path}`
  const uncalled: Doubt = {
    code: 'qq_webhook_uncalled',
    message: `the platform has never called ${called}; the console may not know the address yet`,
    hint: 'enter the address on the console of q.qq.com, and choose events by callback',
  }
  const stored = await host.store.get(KEY)
  let isKnown = isRecord(stored) && stored['address'] === called
  let isBroken = false
  /** The platform has come by a way that is broken for us: from here it cannot be tried. */
  let isPrivate = false
  let awaited = ''
  let hasCome = false

  const judge = (why: string, hint: string): WayShown => {
    const code = 'qq_webhook_unreachable'
    if (isPrivate)
      return {
        kind: 'untried',
        doubt: {
          code,
          message: `a challenge from here to ${publicUrl} fails, though the platform's callbacks came in: ${why}`,
          hint: 'leave `webhook.public_url` out where this machine cannot reach its own outside address',
        },
      }
    isBroken = true
    return { kind: 'broken', fault: { code, message: `a challenge to ${publicUrl} fails: ${why}`, hint } }
  }

  return {
    called() {
      if (isBroken) isPrivate = true
      if (isKnown) return
      isKnown = true
      host.store
        .set(KEY, { address: called, sinceMs: host.clock.nowMs() })
        .catch((thrown: unknown) =>
          host.log.warn('the first callback was not noted', { reason: describeError(thrown) }),
        )
    },
    met(token) {
      if (token === awaited) hasCome = true
    },
    async look(signal) {
      const doubt = isKnown ? undefined : uncalled
      if (publicUrl === null) return { kind: 'untried', doubt: doubt ?? QUIET }
      awaited = ownToken(keys, host.random)
      hasCome = false
      const probe = await challenge(keys, address, publicUrl, awaited, host, signal)
      if (probe.kind !== 'right') return judge(probe.why, probe.hint)
      if (!hasCome)
        return judge(
          'another process has answered it, with the secret of this bot',
          'end that one, or lead the reverse proxy here',
        )
      isBroken = false
      isPrivate = false
      return isKnown ? { kind: 'open' } : { kind: 'open', doubt: uncalled }
    },
  }
}
