/**
 * Whether what is posted to an address of the outside comes to Herald as it was sent. Where no gateway listens yet, this listens
 * in its place for the moment.
 */
import type { Clock } from '../../../lib/clock.ts'
import { silentLogger } from '../../../lib/log.ts'
import type { RequestHttp } from '../../../lib/net/network.ts'
import { systemRandom } from '../../../lib/random.ts'
import { readCallback } from '../webhook/callback.ts'
import { type CallbackProbe, challenge } from '../webhook/challenge.ts'
import { createWebhookListeners, type WebhookAddress } from '../webhook/listeners.ts'
import { keysOf, ownToken, type SigningKeys } from '../webhook/signature.ts'

/** Never throws but for the signal. */
export async function probeCallback(
  { clientSecret, webhook }: { readonly clientSecret: string; readonly webhook: WebhookAddress },
  url: string,
  world: { readonly clock: Clock; readonly request: RequestHttp },
  signal: AbortSignal,
): Promise<CallbackProbe> {
  const keys = keysOf(clientSecret)
  const release = await listenMeanwhile(keys, webhook, world.clock)
  try {
    return await challenge(keys, webhook, url, ownToken(keys, systemRandom), world, signal)
  } finally {
    release()
  }
}

/** A port that is taken is, most likely, a gateway's, which answers for itself. */
async function listenMeanwhile(keys: SigningKeys, address: WebhookAddress, clock: Clock): Promise<() => void> {
  const listeners = createWebhookListeners(silentLogger)
  try {
    return await listeners.listen(address, async ({ headers, body }) => {
      const one = (name: string): string | undefined => {
        const value = headers[name]
        return typeof value === 'string' ? value : undefined
      }
      const callback = { timestamp: one('x-signature-timestamp'), signature: one('x-signature-ed25519'), body }
      const reading = readCallback(keys, callback, clock.nowMs())
      return reading.kind === 'event' ? { status: 503, body: {} } : reading.answer
    })
  } catch {
    return () => {}
  }
}
