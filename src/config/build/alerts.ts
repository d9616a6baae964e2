import { ConfigError } from '../../lib/errors.ts'
import type { AlertsConfig, AlertWay } from '../config.ts'
import { accountOfChat } from '../schema/chat-key.ts'
import type { Settings } from '../schema/schema.ts'
import { located, type RawSettings } from '../sources/raw.ts'
import { secretHeaders, secretVariables } from './agents.ts'

export function buildAlerts({ alerts, platforms }: Settings, raw: RawSettings): AlertsConfig {
  return {
    afterMs: alerts.after_s * 1000,
    to: alerts.to.map((way, index) => buildWay(way, index, Object.keys(platforms), raw)),
    ping: alerts.ping === undefined ? null : { url: alerts.ping.url, everyMs: alerts.ping.every_s * 1000 },
    freeMiB: alerts.free_disk_mb,
    deadList: alerts.dead_list,
  }
}

function buildWay(
  way: Settings['alerts']['to'][number],
  index: number,
  accounts: readonly string[],
  raw: RawSettings,
): AlertWay {
  switch (way.type) {
    case 'webhook':
      return way
    case 'command': {
      const { type, command, args, cwd, env } = way
      return { type, command, args, env, ...(cwd === undefined ? {} : { cwd }) }
    }
    case 'email': {
      const { user, password, ...rest } = way
      return { ...rest, ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) }
    }
    case 'chat': {
      if (accounts.includes(accountOfChat(way.chat))) return way
      const where = located(raw.origins, ['alerts', 'to', index, 'chat'])
      throw new ConfigError(`${where}: there is no such account; known here: ${accounts.join(', ') || 'none'}`)
    }
  }
}

/** What the redactor is to know. */
export function alertSecrets({ to, ping }: AlertsConfig): readonly string[] {
  return [...to.flatMap(secretsOfWay), ...(ping === null ? [] : urlSecrets(ping.url))]
}

function secretsOfWay(way: AlertWay): readonly string[] {
  switch (way.type) {
    case 'webhook':
      return [...urlSecrets(way.url), ...secretHeaders(way.headers)]
    case 'command':
      return secretVariables(way.env)
    case 'email':
      return way.password === undefined ? [] : [way.password]
    case 'chat':
      return []
  }
}

/** Shorter parts of a path are words. */
const SHORTEST_SECRET = 16

/** The query and the path of a hook are often its key. */
function urlSecrets(url: string): readonly string[] {
  const { pathname, searchParams } = new URL(url)
  return [...pathname.split('/').filter(part => part.length >= SHORTEST_SECRET), ...searchParams.values()]
}
