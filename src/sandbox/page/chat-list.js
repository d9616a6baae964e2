/** The list of chats on the left: who one can be, the last words, what is unread. */
import { ApiError, api } from './api.js'
import { lastMessage } from './chats.js'
import { byId, el, fill } from './dom.js'
import { say } from './language.js'

/** @param {string} name @param {string} [kind] */
export function avatar(name, kind = 'c2c') {
  if (kind === 'bot') return el('img', { class: 'avatar', src: 'icon.svg', alt: '', width: 32, height: 32 })
  const tint = [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 6
  const initial = [...name][0]?.toUpperCase() ?? '?'
  return el('span', { class: `avatar tint-${tint} ${kind}`, 'aria-hidden': 'true' }, initial)
}

/**
 * @param {import('./chats.js').Chats} chats
 * @param {{ chosen: (chat: import('./chats.js').Chat) => void, botChosen: (appId: string) => void,
 *   added: () => Promise<void> }} on
 */
export function createChatList(chats, on) {
  const list = byId('chats')

  /** @param {import('./chats.js').Chat} chat */
  const subtitle = chat => {
    const last = lastMessage(chat)
    if (last?.recalled) return say('recalled', { name: last.name })
    if (last) return `${last.from === 'person' && chat.kind === 'c2c' ? '' : `${last.name}: `}${last.text.slice(0, 60)}`
    if (chat.kind === 'c2c') return say('privateChat')
    return chat.kind === 'channel' ? say('channel') : say('groupWith', { names: chat.members.join(', ') })
  }

  /** @param {import('./chats.js').Chat} chat */
  const item = chat =>
    el(
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
        el('span', { class: 'names' }, el('b', null, chat.name), el('small', null, subtitle(chat))),
        chat.unread > 0 && el('span', { class: 'unread', title: say('unread', { n: chat.unread }) }, chat.unread),
      ),
    )

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
  /** @param {string} what */
  const add = async what => {
    const appId = chats.bot?.appId
    try {
      if (what === 'group') await api.group({ appId, name: name.value.trim(), members: ['Bob', 'Alice'] })
      else await api.person({ appId, name: name.value.trim() })
      form.reset()
      error.hidden = true
      await on.added()
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
    /** @param {import('./api.js').BotState[]} all */
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
