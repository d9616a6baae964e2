/** What came of a press of a button, for a few seconds. */
import { byId, fill } from '../../pages/dom.js'
import { say } from './words/language.js'

const SHOWN_MS = 5_000
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer

/** @param {string} text @param {boolean} isBad */
function show(text, isBad) {
  const toast = byId('toast')
  fill(toast, text)
  toast.classList.toggle('bad', isBad)
  toast.hidden = false
  clearTimeout(timer)
  timer = setTimeout(() => {
    toast.hidden = true
  }, SHOWN_MS)
}

/** Says how it went, and resolves with whether it went well. @param {Promise<unknown>} work */
export async function told(work) {
  try {
    await work
    show(say('done'), false)
    return true
  } catch (thrown) {
    show(say('failed', { why: thrown instanceof Error ? thrown.message : String(thrown) }), true)
    return false
  }
}
