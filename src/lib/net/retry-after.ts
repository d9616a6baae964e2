/** How long a `Retry-After` asks to wait: seconds, or a date. Undefined where there is none that makes sense. */
export function retryAfterMs(header: string | undefined, wallNowMs: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined
  const seconds = Number(header)
  const waitMs = Number.isNaN(seconds) ? Date.parse(header) - wallNowMs : seconds * 1000
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined
}
