/** The name of a chat in the settings: `<account>:<kind>:<id>`. */
import { z } from 'zod'
import { wants } from './kinds.ts'

export const chatKey = (() => {
  const wanted = wants('a chat, such as qqbot:c2c:OPENID')
  return z
    .string(wanted)
    .trim()
    .regex(/^qqbot(:[A-Za-z0-9_-]{1,32})?:(c2c|group|channel|dm):[^\s:]{1,200}$/, wanted)
})()

export function accountOfChat(key: string): string {
  return key.replace(/:[^:]+:[^:]+$/, '')
}
