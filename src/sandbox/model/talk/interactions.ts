import { isRecord } from '../../../lib/json.ts'
import { addSource, type Bot, type SentMessage } from '../access/bots.ts'
import { createRecentMap } from '../bounded.ts'
import type { Gateway } from '../link/gateway.ts'
import { refuse } from '../rest/errors.ts'
import { type Call, emptyReply, type Reply, type Route, route } from '../rest/http.ts'
import { rfc3339 } from '../time.ts'
import type { World } from '../world.ts'
import type { Chat, Group } from './chats.ts'
import { placeOf as guildPlace, speakerId } from './guilds.ts'
import { chatName, memberNamed } from './people.ts'

/** A press on a callback button. */
export interface Click {
  readonly appId?: string | undefined
  /** The bot's message that carries the button. */
  readonly message: string
  readonly button: string
  /** Who presses, in a group or a guild; the first who is known there without one. */
  readonly person?: string | undefined
  /** Delivers an earlier click once more, under the same id. */
  readonly again?: string | undefined
  /** In place of the button's own data. */
  readonly data?: string | undefined
}

export interface Interaction {
  readonly id: string
  readonly eventId: string
  readonly appId: string
  readonly atMs: number
  readonly d: object
  /** The acknowledgement's body; a button spins until there is one. */
  ack: unknown
  ackedAtMs: number | undefined
}

export interface Interactions {
  click(bot: Bot, click: Click): Interaction
  find(id: string): Interaction | undefined
  readonly route: Route
}

const CLICKS_KEPT = 5_000

interface Button {
  readonly id: string
  readonly data: string
}

const CALLBACK = 1

function buttonOf(keyboard: unknown, id: string): Button | undefined {
  const content = isRecord(keyboard) ? keyboard['content'] : undefined
  const rows: unknown[] = isRecord(content) && Array.isArray(content['rows']) ? content['rows'] : []
  for (const row of rows) {
    const buttons: unknown[] = isRecord(row) && Array.isArray(row['buttons']) ? row['buttons'] : []
    for (const button of buttons) {
      if (!isRecord(button) || button['id'] !== id) continue
      const action = isRecord(button['action']) ? button['action'] : {}
      // The others are the people's own affair: a link, or words for them to say.
      if (action['type'] !== undefined && action['type'] !== CALLBACK) return undefined
      const { data } = action
      return { id, data: typeof data === 'string' ? data : '' }
    }
  }
  return undefined
}

export function createInteractions(world: World, gateway: Gateway): Interactions {
  const byId = createRecentMap<string, Interaction>(CLICKS_KEPT)

  const bodyOf = (id: string, bot: Bot, sent: SentMessage, button: Button, person: string | undefined): object => {
    const { chat } = sent
    const place = placeOf(world, chat, person)
    return {
      id,
      application_id: bot.appId,
      type: 11,
      ...place,
      timestamp: rfc3339(world.now()),
      version: 1,
      data: {
        type: 11,
        resolved: { button_data: button.data, button_id: button.id, ...inGuild(world, sent, person) },
      },
    }
  }

  const acknowledge = ({ bot, params, body }: Call): Reply => {
    const interaction = byId.get(params[0] ?? '')
    if (!interaction || interaction.appId !== bot?.appId || interaction.ackedAtMs !== undefined)
      return { refusal: refuse(630001) }
    interaction.ack = body
    interaction.ackedAtMs = world.now()
    world.record.add({ kind: 'click', appId: interaction.appId, interactionId: interaction.id, ack: body })
    return emptyReply(world)
  }

  return {
    click(bot, click) {
      const type = 'INTERACTION_CREATE'
      const earlier = click.again === undefined ? undefined : byId.get(click.again)
      if (earlier) {
        gateway.dispatch(bot, type, earlier.d, world.ids.eventId(type))
        return earlier
      }
      const sent = bot.sent.get(click.message)
      const button = buttonOf(sent?.shown.keyboard, click.button)
      if (!sent || !button) throw new Error(`message ${click.message} has no button ${click.button} that calls back`)
      const id = world.ids.uuid()
      const eventId = world.ids.eventId(type)
      const pressed = { ...button, data: click.data ?? button.data }
      const d = bodyOf(id, bot, sent, pressed, click.person)
      const interaction: Interaction = {
        id,
        eventId,
        appId: bot.appId,
        atMs: world.now(),
        d,
        ack: undefined,
        ackedAtMs: undefined,
      }
      byId.set(id, interaction)
      addSource(bot, { id: eventId, via: 'event_id', eventType: type, chat: sent.chat, atMs: world.now() })
      world.record.add({ kind: 'click', appId: bot.appId, chat: chatName(sent.chat), interactionId: id })
      gateway.dispatch(bot, type, d, eventId)
      return interaction
    },
    find: id => byId.get(id),
    route: route('interaction', 'PUT /interactions/*', acknowledge),
  }
}

function placeOf(world: World, chat: Chat, person: string | undefined): object {
  if (chat.kind === 'group') return groupPlace(world, chat, person)
  if (chat.kind === 'c2c') return { scene: 'c2c', chat_type: 2, user_openid: chat.openid }
  return { scene: 'guild', chat_type: 0, ...guildPlace(chat) }
}

/** Guilds say here who pressed, and on which message. */
function inGuild(world: World, { chat, shown }: SentMessage, person: string | undefined): object {
  if (chat.kind !== 'channel') return {}
  const [first] = chat.speakers.keys()
  return { user_id: speakerId(world, chat, person ?? first ?? ''), message_id: shown.id }
}

function groupPlace(world: World, group: Group, person: string | undefined): object {
  const member = person === undefined ? group.members.values().next().value : memberNamed(world, group, person)
  return { scene: 'group', chat_type: 1, group_openid: group.openid, group_member_openid: member?.openid ?? '' }
}
