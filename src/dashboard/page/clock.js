/** Moments. */

/** @param {number} atMs @returns {string} `14:03:07` */
export function clockTime(atMs) {
  return new Date(atMs).toTimeString().slice(0, 8)
}

/** @param {number} atMs @returns {string} with the date before it when that was another day */
export function dayTime(atMs) {
  const at = new Date(atMs)
  if (at.toDateString() === new Date().toDateString()) return clockTime(atMs)
  return `${at.toLocaleDateString(document.documentElement.lang, { month: 'short', day: 'numeric' })} ${clockTime(atMs)}`
}
