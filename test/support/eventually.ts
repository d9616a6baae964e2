import { setTimeout as delay } from 'node:timers/promises'

const LOOK_AGAIN_MS = 25

/** Asks again and again until `probe` answers with something. Fails by name, with what `seen` says, when it does not in time. */
export async function eventually<T>(
  what: string,
  boundMs: number,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  seen: () => string = () => '',
): Promise<T> {
  const endMs = performance.now() + boundMs
  for (;;) {
    const found = await probe()
    if (found !== undefined && found !== false) return found
    if (performance.now() > endMs) throw new Error(`not within ${boundMs} ms: ${what}\n${seen()}`)
    await delay(LOOK_AGAIN_MS)
  }
}
