/** How much each room says. May be changed while the gateway runs. */
import { LOG_ROOMS, type LogLevel, type LogRoom } from '../lib/log.ts'

export interface LevelTable {
  readonly level: LogLevel
  /** Rooms that say more or less than the others. */
  readonly rooms: Readonly<Partial<Record<LogRoom, LogLevel>>>
}

export interface LogLevels {
  readonly table: LevelTable
  allows(room: unknown, level: Exclude<LogLevel, 'silent'>): boolean
  replace(table: LevelTable): void
  /** For one room; without one for all, and no room is an exception any more. */
  set(level: LogLevel, room?: LogRoom): void
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

export function createLogLevels(first: LevelTable): LogLevels {
  let table = first
  return {
    get table() {
      return table
    },
    allows(room, level) {
      const own = isLogRoom(room) ? table.rooms[room] : undefined
      return RANK[level] >= RANK[own ?? table.level]
    },
    replace(next) {
      table = next
    },
    set(level, room) {
      table = room === undefined ? { level, rooms: {} } : { ...table, rooms: { ...table.rooms, [room]: level } }
    },
  }
}

export function isLogLevel(word: unknown): word is LogLevel {
  return typeof word === 'string' && Object.hasOwn(RANK, word)
}

export function isLogRoom(word: unknown): word is LogRoom {
  return LOG_ROOMS.some(room => room === word)
}
