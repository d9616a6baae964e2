/** Clocks and things that happen a little later. */

let aheadMs = 0

/** The platform's clock runs apart from the browser's once somebody has moved it. @param {number} nowMs */
export function setPlatformTime(nowMs) {
  aheadMs = nowMs - Date.now()
}

/** The platform's time, in milliseconds since the epoch. */
export function platformNow() {
  return Date.now() + aheadMs
}

/** @param {number} atMs @returns {string} `14:03:07` */
export function clockTime(atMs) {
  return new Date(atMs).toTimeString().slice(0, 8)
}

/** @param {number} atMs @returns {string} `14:03`, and the date before it when that was another day */
export function dayTime(atMs) {
  const at = new Date(atMs)
  const time = clockTime(atMs).slice(0, 5)
  if (at.toDateString() === new Date(platformNow()).toDateString()) return time
  return `${at.toLocaleDateString(document.documentElement.lang)} ${time}`
}

/** @param {number} atMs @returns {string} `14:03:07.250` */
export function clockTimeMs(atMs) {
  return `${clockTime(atMs)}.${String(Math.floor(atMs % 1000)).padStart(3, '0')}`
}

/**
 * Runs `task` once, a little after the last of several calls in a row, but no later than `longestMs` after the first.
 * @param {() => void} task
 * @param {number} delayMs
 * @param {number} [longestMs]
 */
export function debounced(task, delayMs, longestMs = delayMs * 5) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let firstMs = 0
  return () => {
    const nowMs = performance.now()
    if (timer === undefined) firstMs = nowMs
    clearTimeout(timer)
    const leftMs = Math.max(0, firstMs + longestMs - nowMs)
    timer = setTimeout(
      () => {
        timer = undefined
        task()
      },
      Math.min(delayMs, leftMs),
    )
  }
}
