import type { Environment } from '../config/config.ts'
import type { Logger } from '../lib/log.ts'
import type { Redactor } from '../lib/redact.ts'
import { createLogger, type LogLevel } from '../observe/log.ts'

const LEVELS: ReadonlySet<string> = new Set<LogLevel>(['debug', 'info', 'warn', 'error', 'silent'])

/** The log of this process goes to stderr: pretty on a terminal, JSON lines elsewhere. `HERALD_LOG_LEVEL` chooses how much. */
export function createProcessLog(env: Environment, redactor: Redactor): Logger {
  const wanted = env['HERALD_LOG_LEVEL']?.toLowerCase() ?? 'info'
  const { stderr } = process
  const pretty = stderr.isTTY === true
  const log = createLogger({
    stream: stderr,
    level: isLevel(wanted) ? wanted : 'info',
    redactor,
    pretty,
    colour: pretty && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
  })
  if (!isLevel(wanted)) log.warn('HERALD_LOG_LEVEL is none of debug, info, warn, error, silent; it is info now')
  return log
}

function isLevel(word: string): word is LogLevel {
  return LEVELS.has(word)
}
