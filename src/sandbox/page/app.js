/** Puts the page together: asks the sandbox what there is, listens to what happens, and hands it round. */

import { byId } from '../../pages/dom.js'
import { createAccount } from './account/account.js'
import { createRecovery } from './account/recovery.js'
import { api, listen } from './api.js'
import { createAttach } from './chats/attach.js'
import { createChatList } from './chats/chat-list.js'
import { createChats } from './chats/chats.js'
import { createComposer } from './chats/composer.js'
import { createConversation } from './chats/conversation.js'
import { createCallbacks } from './faults/callbacks.js'
import { createFaults } from './faults/faults.js'
import { inEveryLanguage, switchLanguage, translatePage } from './language.js'
import { debounced, setPlatformTime } from './time.js'
import { createWire, WIRE_KINDS } from './wire/wire.js'

const STATUS_EVERY_MS = 1_000
const STATE_EVERY_MS = 3_000
/** After something happened: soon, and once for a burst of it. */
const LOOK_AFTER_MS = 80
const LOG_AT_START = 1_000
const KINDS = [...WIRE_KINDS, 'message', 'message_changed', 'typing', 'click']

const chats = createChats()
const composer = createComposer(chats, {
  notHeard: refIdx => conversation.redraw(refIdx),
  personaChosen: () => conversation.draw(),
})
createAttach(composer)
const conversation = createConversation(chats, composer)
const wire = createWire()
const faults = createFaults()
const callbacks = createCallbacks()
const account = createAccount()
const recovery = createRecovery()
const chatList = createChatList(chats, {
  chosen: chat => void choose(chat),
  botChosen: appId => void chooseBot(appId),
  async added(kind, name) {
    await lookAtState()
    const chat = chats.list().find(each => each.kind === kind && each.name === name)
    if (chat) await choose(chat)
  },
})

/** Which parts of the sandbox answer; the page says so when one does not. */
const answering = { calls: true, events: true }

/** @param {keyof typeof answering} part @param {boolean} yes */
function note(part, yes) {
  answering[part] = yes
  byId('offline').hidden = answering.calls && answering.events
}

/** @type {import('./api.js').SandboxState | undefined} */
let state

/** @param {import('./chats/chats.js').Chat} chat */
async function choose(chat) {
  chats.select(chat)
  chatList.draw()
  conversation.draw()
  composer.focus()
  await chats.load(chat).catch(() => note('calls', false))
  if (chats.selected === chat) conversation.draw()
}

/** @param {string} appId */
async function chooseBot(appId) {
  const bot = state?.bots.find(each => each.appId === appId)
  if (!bot) return
  chats.begin(bot)
  callbacks.seen(bot)
  await chats.loadFirst().catch(() => note('calls', false))
  chatList.draw()
  conversation.draw()
}

/** Asks for everything that is not told by events. */
async function lookAtState() {
  const next = await api.state()
  note('calls', true)
  // Another sandbox has taken the place of the one that this page knows.
  if (state && state.startedAtMs !== next.startedAtMs) return location.reload()
  const bots = next.bots.map(({ appId, name }) => appId + name).join()
  const known = state?.bots.map(({ appId, name }) => appId + name).join()
  state = next
  setPlatformTime(next.nowMs)
  account.seen(next)
  const mine = next.bots.find(({ appId }) => appId === chats.bot?.appId)
  const chosen = mine ?? next.bots[0]
  if (chosen && (!mine || chats.isForgotten(mine, next.lastEntry))) await chooseBot(chosen.appId)
  else if (mine) chats.adopt(mine)
  if (bots !== known) chatList.drawBots(next.bots)
  callbacks.seen(next.bots.find(({ appId }) => appId === chats.bot?.appId))
  chatList.draw()
}

async function lookAtStatus() {
  account.told(await api.gateway())
  note('calls', true)
}

/**
 * Repeats a look for as long as the page is open, failures included.
 * @param {() => Promise<void>} look
 * @param {number} everyMs
 */
function repeat(look, everyMs) {
  const once = () =>
    look()
      .catch(() => note('calls', false))
      .finally(() => setTimeout(once, everyMs))
  setTimeout(once, everyMs)
}

const lookSoon = debounced(() => {
  Promise.all([lookAtState(), lookAtStatus()]).catch(() => note('calls', false))
}, LOOK_AFTER_MS)

/** After the stream of events was broken: whatever it may have missed. */
async function catchUp() {
  await Promise.all([lookAtState(), lookAtStatus(), chats.loadFirst(), chats.selected && chats.load(chats.selected)])
  conversation.catchUp()
  chatList.draw()
}

/** @param {import('./api.js').Entry} entry */
function happened(entry) {
  if (WIRE_KINDS.includes(entry.kind)) wire.add(entry)
  if (entry.kind === 'fault') {
    faults.look()
    if (entry.change === 'fired') faults.struck(entry.fault?.name)
  }
  if (entry.kind === 'connection') recovery.seen(entry)
  if (entry.kind === 'fault' || entry.kind === 'connection') lookSoon()
  if (entry.kind === 'click' && entry.ack !== undefined) conversation.acknowledged(entry.interactionId ?? '', entry.ack)
  if (!entry.chat || entry.appId !== chats.bot?.appId) return
  if (entry.kind === 'typing') {
    chats.typing(entry)
    conversation.drawTyping()
  } else if (entry.message) {
    const chat = chats.heard(entry)
    if (chat === chats.selected) conversation.put(entry.message)
    chatListSoon()
  }
}
const chatListSoon = debounced(chatList.draw, 30, 60)

/** On a narrow screen one part is seen at a time. */
function switchViews() {
  const buttons = byId('views').querySelectorAll('button')
  /** @param {string} view */
  const show = view => {
    document.body.dataset['view'] = view
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset['shows'] === view))
  }
  for (const button of buttons) button.addEventListener('click', () => show(button.dataset['shows'] ?? 'chat'))
  show('chat')
}

async function start() {
  await lookAtState()
  const last = state?.lastEntry ?? 0
  const [{ entries }] = await Promise.all([api.log(WIRE_KINDS, LOG_AT_START), lookAtStatus()])
  const before = entries.filter(({ n }) => n <= last)
  wire.add(...before)
  for (const entry of before) if (entry.kind === 'connection') recovery.seen(entry)
  faults.look()
  listen(last, KINDS, {
    entry: happened,
    reachable(yes) {
      const wasBroken = !answering.events
      note('events', yes)
      if (yes && wasBroken) catchUp().catch(() => note('calls', false))
    },
  })
  repeat(lookAtStatus, STATUS_EVERY_MS)
  repeat(lookAtState, STATE_EVERY_MS)
}

function startWhenReachable() {
  start().catch(() => {
    note('calls', false)
    setTimeout(startWhenReachable, STATUS_EVERY_MS)
  })
}

byId('language').addEventListener('click', switchLanguage)
switchViews()
inEveryLanguage(() => {
  translatePage()
  chatList.draw()
  conversation.draw()
  wire.draw()
  faults.draw()
  callbacks.draw()
  account.draw()
  recovery.draw()
})
startWhenReachable()
