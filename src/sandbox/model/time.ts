const OFFSET_MS = 8 * 3_600_000

let lastSecond = Number.NaN
let lastText = ''

/** RFC 3339 with the platform's `+08:00`, to the second. */
export function rfc3339(atMs: number): string {
  const second = Math.floor(atMs / 1000)
  if (second !== lastSecond) {
    lastSecond = second
    lastText = `${new Date(second * 1000 + OFFSET_MS).toISOString().slice(0, 19)}+08:00`
  }
  return lastText
}
