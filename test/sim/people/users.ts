/** The people: they write singly and in bursts, in private and in groups, and the platform repeats some of it. */

import type { Platform } from '../../../src/sandbox/model/platform.ts'
import type { ShownMessage } from '../../../src/sandbox/model/talk/chats.ts'
import type { Ledger } from '../checks/ledger.ts'
import type { Dice } from '../dice.ts'
import type { Timeline } from '../timeline.ts'
import type { WorldClock } from '../world-clock.ts'
import type { Mood } from './agent.ts'
import { tagOf } from './tags.ts'

export interface Crowd {
  readonly people: readonly string[]
  readonly groups: readonly string[]
  /** The groups take messages of the bot's own accord, and say so once it listens. */
  readonly open: boolean
  /** Between two messages of everybody, on average. */
  readonly gapMs: number
  /** Moods of the agent, by how often. */
  readonly moods: readonly (readonly [Mood, number])[]
}

export interface Users {
  begin(): void
  fallSilent(): void
}

export interface UsersDeps {
  readonly clock: WorldClock
  readonly dice: Dice
  readonly timeline: Timeline
  readonly platform: Platform
  readonly ledger: Ledger
  readonly crowd: Crowd
}

/** Longer than what an excerpt of it would show. */
const OPENING = 'a question that is long enough to be cut in every excerpt of it'
const LONGEST_BURST = 12
const OPENS_AFTER_MS = 60_000
const PRESSED_AFTER_MS = 20_000

export function createUsers(deps: UsersDeps): Users {
  const { clock, dice, timeline, platform, ledger, crowd } = deps
  let cancel = (): void => {}
  let stopWatching = (): void => {}

  const mood = (): Mood => {
    let left = dice.next() * crowd.moods.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [each, weight] of crowd.moods) {
      left -= weight
      if (left < 0) return each
    }
    return 'echo'
  }

  const write = (): void => {
    const tag = ledger.nextTag()
    const person = dice.pick(crowd.people)
    const inGroup = crowd.groups.length > 0 && dice.chance(0.35)
    const text = `${OPENING} ${tagOf(tag)}`
    const where = inGroup
      ? {
          group: dice.pick(crowd.groups),
          mention: dice.chance(0.8),
          ...(dice.chance(0.1) ? { events: 'both' as const } : {}),
        }
      : {}
    const bot = platform.bot()
    const said = platform.inbox.say(bot, { person, text, ...where, ...(dice.chance(0.01) ? { asBot: true } : {}) })
    timeline.note('users', () => `${person}${inGroup ? ` in ${said.chat.name}` : ''} writes ${tagOf(tag)} ${said.id}`)
    ledger.add({ tag, id: said.id, chat: said.chat, mood: mood(), atMs: clock.monotonicMs() }, bot)
  }
  const repeat = (): void => {
    const old = ledger.all.at(-dice.whole(1, 50))
    if (!old) return
    const bot = platform.bot()
    timeline.note('users', () => `the platform repeats ${tagOf(old.tag)}`)
    platform.inbox.say(bot, { person: '', again: old.id })
    ledger.add(old, bot)
  }
  const turn = (): void => {
    if (dice.chance(0.04)) repeat()
    else if (dice.chance(0.05)) for (let left = dice.whole(2, LONGEST_BURST); left > 0; left--) write()
    else write()
    next()
  }
  const next = (): void => {
    cancel = clock.after(dice.gap(crowd.gapMs), turn)
  }
  /** Somebody presses a button, now and then more than once, or the same press comes twice. */
  const press = (message: ShownMessage): void => {
    const bot = platform.bot()
    const chat = [...bot.chats.values()].find(({ shown }) => shown.some(({ id }) => id === message.id))
    if (!chat) return
    const click = { message: message.id, button: dice.pick(['1', '2']), person: dice.pick(crowd.people) }
    timeline.note('users', () => `${click.person} presses ${click.button} in ${chat.name}`)
    const { id } = platform.interactions.click(bot, click)
    if (dice.chance(0.1)) platform.interactions.click(bot, { ...click, again: id })
    if (dice.chance(0.2)) clock.after(dice.gap(PRESSED_AFTER_MS), () => press(message))
  }
  const openUp = (): void => {
    for (const group of crowd.groups) platform.setGroup(platform.bot(), group, { proactive: true })
  }
  return {
    begin() {
      stopWatching = platform.world.record.listen(
        entry => {
          if (entry.kind !== 'message' || entry.message.keyboard === undefined || dice.chance(0.2)) return
          clock.after(dice.gap(PRESSED_AFTER_MS), () => press(entry.message))
        },
        ['message'],
      )
      next()
      if (crowd.open) clock.after(OPENS_AFTER_MS, openUp)
    },
    fallSilent() {
      stopWatching()
      cancel()
    },
  }
}
