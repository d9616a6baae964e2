/** The key, which everything needs that changes something; kept for this tab alone. */
import { byId, fill } from '../../pages/dom.js'
import { onLanguage, say } from './words/language.js'

const STORED = 'herald-key'
const KEY = /^[A-Za-z0-9_-]+$/
const CALL_MS = 10_000
let key = fromAddress() ?? remembered()

/** `herald dashboard` puts it behind the `#`, which no server sees; it does not stay in the address. */
function fromAddress() {
  const [, found = ''] = location.hash.split('#key=')
  if (!KEY.test(found)) return undefined
  history.replaceState(null, '', location.pathname)
  remember(found)
  return found
}

function remembered() {
  try {
    return sessionStorage.getItem(STORED) ?? ''
  } catch {
    return ''
  }
}

/** @param {string} given */
function remember(given) {
  try {
    sessionStorage.setItem(STORED, given)
  } catch {
    // Then it holds until the page is loaded again.
  }
}

/** @returns {Record<string, string>} */
export const keyHeaders = () => (key ? { 'x-herald-key': key } : {})

/** @type {HTMLDialogElement} */
const dialog = byId('key-dialog')
/** @type {HTMLInputElement} */
const input = byId('key-input')
const error = byId('key-error')
/** @type {(() => void)[]} */
let waiting = []

/** @param {string} given @returns {Promise<'keyWrong' | 'noAnswer' | undefined>} */
async function refusalOf(given) {
  // A header takes no other letters, and no key has them.
  if (!KEY.test(given)) return 'keyWrong'
  const signal = AbortSignal.timeout(CALL_MS)
  const answer = await fetch('/api/key', { method: 'POST', headers: { 'x-herald-key': given }, signal }).catch(
    () => undefined,
  )
  if (answer === undefined) return 'noAnswer'
  return answer.ok ? undefined : 'keyWrong'
}

const draw = () => fill(byId('key'), say(key ? 'lock' : 'locked'))

/** @param {string} given */
function use(given) {
  key = given
  remember(given)
  draw()
}

/** Asks for the key; resolves when the dialog is closed, with the key or without. @returns {Promise<void>} */
export function askForKey() {
  if (key) use('')
  error.hidden = true
  input.value = ''
  if (!dialog.open) dialog.showModal()
  return new Promise(resolve => waiting.push(resolve))
}

byId('key-form').addEventListener('submit', async event => {
  event.preventDefault()
  const given = input.value.trim()
  const trouble = await refusalOf(given)
  if (trouble !== undefined) {
    fill(error, say(trouble))
    error.hidden = false
    return
  }
  use(given)
  dialog.close()
})
byId('key-cancel').addEventListener('click', () => dialog.close())
dialog.addEventListener('close', () => {
  for (const resolve of waiting) resolve()
  waiting = []
})
byId('key').addEventListener('click', () => {
  if (key) use('')
  else void askForKey()
})
onLanguage(draw)
draw()
