/** The key, which everything needs that changes something; kept for this tab alone. */
import { byId, fill } from '../../pages/dom.js'
import { onLanguage, say } from './words/language.js'

const STORED = 'herald-key'
let key = fromAddress() ?? remembered()

/** `herald dashboard` puts it behind the `#`, which no server sees; it does not stay in the address. */
function fromAddress() {
  const found = /^#key=([A-Za-z0-9_-]+)$/.exec(location.hash)?.[1]
  if (found === undefined) return undefined
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
  const answer = await fetch('/api/key', { method: 'POST', headers: { 'x-herald-key': input.value.trim() } }).catch(
    () => undefined,
  )
  if (!answer?.ok) {
    fill(error, say('keyWrong'))
    error.hidden = false
    return
  }
  use(input.value.trim())
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
