/** The list of chats on the left: who one can be, the last words, what is unread. */

import { byId, el, fill } from '../../../pages/dom.js'
import { ApiError, api } from '../api.js'
import { say } from '../language.js'
import { avatar } from '../message/avatar.js'
import { dayTime } from '../time.js'
import { lastMessage } from './chats.js'

/** The beginning of a message without the signs of Markdown. @param {string} text */
function plain(text) {
  return text
    .slice(0, 200)
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*`~#>|]+/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 60)
}

/**
 * @param {import('./chats.js').Chats} chats
 * @param {{ chosen: (chat: import('./chats.js').Chat) => void, botChosen: (appId: string) => void,
 *   added: (kind: 'c2c' | 'group', name: string) => Promise<void> }} on
 */
export function createChatList(chats, on) {
  const list = byId('chats')

  /** @param {import('./chats.js').Chat} chat @param {import('../api.js').Message | undefined} last */
  const subtitle = (chat, last) => {
    if (last?.recalled) return say('recalled', { name: last.name })
    if (last) return `${chat.kind === 'c2c' ? '' : `${last.name}: `}${plain(last.text)}`
    if (chat.kind === 'c2c') return say('privateChat')
    return chat.kind === 'channel' ? say('channel') : say('groupWith', { names: chat.members.join(', ') })
  }

  /** @param {import('./chats.js').Chat} chat */
  const item = chat => {
    const last = lastMessage(chat)
    return el(
      'li',
      null,
      el(
        'button',
        {
          type: 'button',
          'data-key': chat.key,
          'aria-current': chat === chats.selected ? 'true' : undefined,
          onclick: () => on.chosen(chat),
        },
        avatar(chat.name, chat.kind),
        el(
          'span',
          { class: 'names' },
          el('span', null, el('b', null, chat.name), last && el('time', null, dayTime(last.atMs))),
          el('small', null, subtitle(chat, last)),
        ),
        chat.unread > 0 && el('span', { class: 'unread', title: say('unread', { n: chat.unread }) }, chat.unread),
      ),
    )
  }

  const draw = () => {
    const focused = document.activeElement?.getAttribute('data-key')
    fill(list, chats.list().map(item))
    if (focused)
      for (const button of list.querySelectorAll('button')) if (button.dataset['key'] === focused) button.focus()
  }

  /** @type {HTMLSelectElement} */
  const bots = byId('bots')
  bots.addEventListener('change', () => on.botChosen(bots.value))

  /** @type {HTMLFormElement} */
  const form = byId('add')
  /** @type {HTMLInputElement} */
  const name = byId('add-name')
  const error = byId('add-error')
  /** @type {HTMLDetailsElement} */
  const box = byId('add-box')
  const close = () => {
    form.reset()
    error.hidden = true
    box.open = false
  }
  box.addEventListener('toggle', () => box.open && name.focus())
  box.addEventListener('keydown', event => {
    if (event.key !== 'Escape') return
    close()
    box.querySelector('summary')?.focus()
  })
  /** @param {string} what */
  const add = async what => {
    const appId = chats.bot?.appId
    const wanted = name.value.trim()
    try {
      if (what === 'group') await api.group({ appId, name: wanted, members: ['Bob', 'Alice'] })
      else await api.person({ appId, name: wanted })
      close()
      await on.added(what === 'group' ? 'group' : 'c2c', wanted)
    } catch (thrown) {
      error.textContent = thrown instanceof ApiError && thrown.status === 0 ? say('unreachable') : String(thrown)
      error.hidden = false
    }
  }
  form.addEventListener('submit', event => {
    event.preventDefault()
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter)
    if (name.value.trim() !== '') void add(button?.value ?? 'person')
  })

  return {
    draw,
    /** @param {import('../api.js').BotState[]} all */
    drawBots(all) {
      byId('bots-box').hidden = all.length < 2
      fill(
        bots,
        all.map(({ appId, name: botName }) =>
          el('option', { value: appId, selected: appId === chats.bot?.appId }, `${botName} (${appId})`),
        ),
      )
    },
  }
}
