import { ConfigError } from '../../lib/errors.ts'
import type { Schedule } from '../../schedules/schedule.ts'
import { nearest } from '../nearest.ts'
import { accountOfChat } from '../schema/chat-key.ts'
import type { Settings } from '../schema/schema.ts'
import { located, type RawSettings } from '../sources/raw.ts'

/** `cronTrouble`: what is wrong with a cron line in its time zone, if anything. */
export function buildSchedules(
  { schedules, platforms }: Settings,
  raw: RawSettings,
  cronTrouble: (cron: string, timeZone: string) => string | undefined,
): readonly Schedule[] {
  const names = new Set<string>()
  const accounts = Object.keys(platforms)
  return schedules.map(({ name, cron, time_zone: timeZone, to: chat, text, prompt }, index) => {
    const complain = (key: string, what: string): ConfigError =>
      new ConfigError(`${located(raw.origins, ['schedules', index, key])}: ${what}`)
    if (names.has(name)) throw complain('name', 'there are two of this name; a name stands for one schedule')
    names.add(name)
    const account = accountOfChat(chat)
    if (!accounts.includes(account)) {
      const meant = nearest(account, accounts)
      const cure = meant === undefined ? `known here: ${accounts.join(', ') || 'none'}` : `did you mean ${meant}?`
      throw complain('to', `there is no account ${account}; ${cure}`)
    }
    if (cronTrouble('0 0 * * *', timeZone) !== undefined)
      throw complain('time_zone', 'no time zone is known by this name; write one such as Asia/Shanghai')
    const trouble = cronTrouble(cron, timeZone)
    if (trouble !== undefined) throw complain('cron', `${trouble}; write five fields, such as "0 8 * * 1-5"`)
    const when = { name, cron, timeZone, chat }
    if (text !== undefined && prompt !== undefined)
      throw complain('prompt', 'stands beside text; a schedule says a text, or asks a prompt: remove one of them')
    if (text !== undefined) return { ...when, kind: 'text', words: text }
    if (prompt !== undefined) return { ...when, kind: 'prompt', words: prompt }
    throw complain('text', 'missing; write text (said as it is), or prompt (asked of the agent, whose answer is said)')
  })
}
