import type { Cancel, Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'

/** Tells what the gateway says of itself; the sandbox passes it on to the page and understands nothing of it. */
export type GatewayStatus = () => Promise<unknown> | unknown

export interface GatewayView {
  /** Null without a gateway, or when it does not tell; then `error` says why. */
  readonly gateway: unknown
  readonly error?: string
}

const LONGEST_WAIT_MS = 2_000

/** Asks for the gateway's status; always answers, and in bounded time. */
export async function askGateway(status: GatewayStatus | undefined, clock: Clock): Promise<GatewayView> {
  if (!status) return { gateway: null }
  let cancel: Cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(LONGEST_WAIT_MS, () => reject(new Error(`no status within ${LONGEST_WAIT_MS} ms`)))
  })
  try {
    return { gateway: (await Promise.race([status(), late])) ?? null }
  } catch (thrown) {
    return { gateway: null, error: describeError(thrown) }
  } finally {
    cancel()
  }
}
