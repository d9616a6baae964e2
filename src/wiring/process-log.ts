/** Where the log of this process goes, and how much of it. */
import { resolve } from 'node:path'
import type { Config, Environment } from '../config/config.ts'
import { createLiveLog, type LiveLog } from '../dashboard/live-log.ts'
import { LOG_LEVELS, type Logger } from '../lib/log.ts'
import type { Redactor } from '../lib/redact.ts'
import { createLogger, type LineStream, prettyLines } from '../observe/log.ts'
import { type LogFile, type LogFileSettings, openLogFile } from '../observe/log-file.ts'
import { createLogLevels, isLogLevel, type LogLevels } from '../observe/log-levels.ts'

export interface ProcessLog {
  readonly log: Logger
  readonly levels: LogLevels
  /** The newest of it. */
  readonly lines: LiveLog
  /** From now on it is as the settings have it; a level in the environment is the last word. */
  configure(settings: Config['log'], home: string): Promise<void>
  /** The file has all that was said. */
  close(): Promise<void>
}

/** To stderr (pretty on a terminal, JSON lines elsewhere), and to a file where the settings name one. */
export function createProcessLog(env: Environment, redactor: Redactor): ProcessLog {
  const { stderr } = process
  const wanted = env['HERALD_LOG_LEVEL']?.toLowerCase()
  const chosen = isLogLevel(wanted) ? wanted : undefined
  const levels = createLogLevels({ level: chosen ?? 'info', rooms: {} })
  const forPeople = prettyLines(stderr, stderr.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb')
  let console: LineStream = stderr.isTTY === true ? forPeople : stderr
  let file: LogFile | undefined
  const lines = createLiveLog()
  const all: LineStream = {
    write(line) {
      console.write(line)
      file?.write(line)
      lines.write(line)
    },
  }
  const log = createLogger({ stream: all, levels, redactor })
  if (wanted !== undefined && chosen === undefined)
    log.warn(`HERALD_LOG_LEVEL is none of ${LOG_LEVELS.join(', ')}; it is info now`)

  const useFile = async (settings: LogFileSettings | undefined): Promise<void> => {
    // Also with the same settings: a reload is how a file that somebody moved away or removed is begun anew.
    const before = file
    file = settings && (await openLogFile(settings, trouble => log.warn('the log file cannot be written', { trouble })))
    await before?.close()
  }

  return {
    log,
    levels,
    lines,
    async configure({ level, rooms, format, file: named }, home) {
      if (chosen === undefined) levels.replace({ level, rooms })
      const pretty = format === 'auto' ? stderr.isTTY === true : format === 'pretty'
      console = pretty ? forPeople : stderr
      await useFile(named === null ? undefined : { ...named, path: resolve(home, named.path) })
    },
    async close() {
      await file?.close()
    },
  }
}
