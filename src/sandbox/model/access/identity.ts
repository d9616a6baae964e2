import { isRecord } from '../../../lib/json.ts'
import type { Link, Links } from '../link/links.ts'
import type { World } from '../world.ts'
import { type Bot, KNOWN_INTENTS } from './bots.ts'
import { acceptsToken } from './tokens.ts'

/** What an IDENTIFY or RESUME says about who it is, and what is wrong with it. */
export interface Claim {
  /** Known as soon as the token was ever issued, also when it is no longer good. */
  readonly bot: Bot | undefined
  readonly problem?: string
  /** The documented close code of the problem. */
  readonly documentedCode?: number
  /** A malformed payload is closed at once, whatever the options say. */
  readonly closeCode?: number
  readonly intents: number
  readonly shard: readonly [number, number]
  readonly sessionId: string
  readonly seq: number
}

/** The bot that a token belongs to, and whether the platform accepts the token in this place. */
function ownerOf(world: World, spelled: string, bareAllowed: boolean): { bot: Bot | undefined; good: boolean } {
  const legacy = /^Bot (\d+)\.(.+)$/.exec(spelled)
  if (legacy) {
    const bot = world.bots.get(legacy[1] ?? '')
    return { bot, good: world.options.legacyFixedToken && bot?.secret === legacy[2] }
  }
  const prefixed = spelled.startsWith('QQBot ')
  const value = prefixed ? spelled.slice(6) : spelled
  const bot = world.tokenOwners.get(value)
  return { bot, good: (prefixed || bareAllowed) && bot !== undefined && acceptsToken(bot.tokens, value, world.now()) }
}

function readShard(value: unknown): readonly [number, number] | undefined {
  if (value === undefined || value === null) return [0, 1]
  if (!Array.isArray(value)) return undefined
  const [index, count] = value as unknown[]
  if (!Number.isInteger(index) || !Number.isInteger(count)) return undefined
  const [i, n] = [Number(index), Number(count)]
  return i >= 0 && n > 0 && i < n ? [i, n] : undefined
}

export function claimIdentity(world: World, d: unknown, as: 'identify' | 'resume'): Claim {
  const none = { bot: undefined, intents: 0, shard: [0, 1] as const, sessionId: '', seq: 0 }
  if (!isRecord(d) || typeof d['token'] !== 'string')
    return { ...none, problem: 'invalid payload', documentedCode: 4002, closeCode: 4002 }
  const { bareTokenInIdentify, bareTokenInResume } = world.options
  const { bot, good } = ownerOf(world, d['token'], as === 'identify' ? bareTokenInIdentify : bareTokenInResume)
  const { intents, session_id: sessionId, seq } = d
  const claim = {
    bot,
    intents: typeof intents === 'number' ? intents : 0,
    shard: readShard(d['shard']) ?? ([0, 1] as const),
    sessionId: typeof sessionId === 'string' ? sessionId : '',
    seq: typeof seq === 'number' ? seq : 0,
  }
  if (!bot || !good) return { ...claim, problem: 'authentication failed', documentedCode: 4004 }
  if (bot.status === 'banned') return { ...claim, problem: 'bot is banned', documentedCode: 4915, closeCode: 4915 }
  if (bot.status === 'delisted')
    return { ...claim, problem: 'bot is offline, sandbox only', documentedCode: 4914, closeCode: 4914 }
  if (as === 'resume') return claim
  if (!readShard(d['shard'])) return { ...claim, problem: 'invalid shard', documentedCode: 4010, closeCode: 4010 }
  if (claim.shard[1] < world.options.shards.least)
    return { ...claim, problem: 'too many guilds', documentedCode: 4011, closeCode: 4011 }
  if (
    !Number.isInteger(intents) ||
    claim.intents < 0 ||
    (claim.intents & ~KNOWN_INTENTS) !== 0 ||
    claim.intents > 2 ** 31
  )
    return { ...claim, problem: 'invalid intents', documentedCode: 4013 }
  if ((claim.intents & ~bot.grantedIntents) !== 0)
    return { ...claim, problem: 'intents not permitted', documentedCode: 4014 }
  return claim
}

/** Whether the bot has used up its session starts. */
function startsUsedUp(world: World, bot: Bot): boolean {
  const { total, enforceConcurrency, maxConcurrency } = world.options.sessionStarts
  if (bot.starts.count(world.now()) >= total) return true
  return enforceConcurrency && bot.recentStarts.count(world.now()) >= maxConcurrency
}

/** Refuses an IDENTIFY that must not get READY, in the way the options choose. */
export function refuseIdentity(world: World, links: Links, link: Link, claim: Claim): boolean {
  if (claim.closeCode !== undefined) {
    links.close(link, claim.closeCode, claim.problem ?? '')
    return true
  }
  const usedUp = !claim.problem && claim.bot && startsUsedUp(world, claim.bot)
  if (!claim.problem && !usedUp) return false
  if (world.options.badIdentify === 'documented' && !usedUp) {
    links.close(link, claim.documentedCode, claim.problem ?? '')
    return true
  }
  links.write(link, '{"op":9,"d":false}')
  links.close(link, 4903, 'create session error')
  return true
}

/** Refuses a RESUME. `code` is the documented close code of the reason. */
export function refuseSession(world: World, links: Links, link: Link, code: number): void {
  if (world.options.badResume === 'documented') {
    links.close(link, code, 'session cannot be resumed')
    return
  }
  links.write(link, '{"op":9,"d":false}')
  links.close(link, 4902, 'reset by resume')
}
