/** What an account was, and for how long, made of its changes. Pure. */

/** @typedef {import('./stretches.js').Change} Change @typedef {import('./stretches.js').Stretch} Stretch */

/** Nothing speaks against either: without a callback of late an account by webhook is but unverified. */
const WELL = ['connected', 'unverified']

/** In a stretch of time; before the first change nothing is known. @param {readonly Change[]} changes @param {number} fromMs @param {number} nowMs */
export function stretches(changes, fromMs, nowMs) {
  const sorted = [...changes].sort((a, b) => a.atMs - b.atMs)
  /** @type {Stretch[]} */
  const all = []
  for (const [at, change] of sorted.entries()) {
    const toMs = sorted[at + 1]?.atMs ?? nowMs
    if (toMs > fromMs) all.push({ state: change.to, fromMs: Math.max(fromMs, change.atMs), toMs, change })
  }
  return all
}

/** The part of the time that is known; undefined where nothing is. @param {readonly Stretch[]} all */
export function upShare(all) {
  const lengthOf = (/** @type {readonly Stretch[]} */ some) =>
    some.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  const knownMs = lengthOf(all)
  return knownMs === 0 ? undefined : lengthOf(all.filter(({ state }) => WELL.includes(state))) / knownMs
}

/** As a list for people: callbacks that come and pause are one time in which all was well. @param {readonly Stretch[]} all */
export function withoutPauses(all) {
  /** @type {Stretch[]} */
  const listed = []
  for (const stretch of all) {
    const before = listed.at(-1)
    if (before !== undefined && WELL.includes(before.state) && WELL.includes(stretch.state)) {
      const shown = stretch.state === 'connected' ? stretch : before
      listed[listed.length - 1] = { ...shown, fromMs: before.fromMs, toMs: stretch.toMs }
    } else listed.push(stretch)
  }
  return listed
}
