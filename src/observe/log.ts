import { pino } from 'pino'
import { type Clock, systemClock } from '../lib/clock.ts'
import { isRecord, parseJson } from '../lib/json.ts'
import type { LogFields, Logger } from '../lib/log.ts'
import type { Redactor } from '../lib/redact.ts'
import { type Clean, cleanFields, cleanText, printable } from './clean.ts'
import type { LogLevels } from './log-levels.ts'

/** Takes whole lines. */
export interface LineStream {
  write(line: string): unknown
}

export interface LogOptions {
  /** One JSON object a line: `level`, `time`, `msg` and the fields. */
  readonly stream: LineStream
  readonly levels: Pick<LogLevels, 'allows'>
  readonly redactor: Pick<Redactor, 'redact'>
  readonly clock?: Pick<Clock, 'nowMs'>
}

/** Names that a line has of its own; a field of that name gets an underscore. */
const OWN = new Set(['level', 'time', 'msg'])

/** Every text in a line, also inside fields and errors, has its secrets masked and its length bounded. */
export function createLogger(options: LogOptions): Logger {
  const { nowMs } = options.clock ?? systemClock
  const { stream } = options
  const sink = pino(
    {
      level: 'debug',
      base: null,
      timestamp: () => `,"time":"${new Date(nowMs()).toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
    },
    { write: text => void stream.write(text) },
  )
  return wrap(sink, options.levels, text => options.redactor.redact(text), {})
}

function wrap(
  sink: pino.Logger,
  levels: Pick<LogLevels, 'allows'>,
  redact: (text: string) => string,
  bound: { [key: string]: Clean },
): Logger {
  const { room } = bound
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields?: LogFields): void => {
      if (!levels.allows(room, level)) return
      sink[level](fields === undefined ? bound : { ...bound, ...renamed(fields, redact) }, cleanText(message, redact))
    }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: fields => wrap(sink, levels, redact, { ...bound, ...renamed(fields, redact) }),
  }
}

function renamed(fields: LogFields, redact: (text: string) => string): { [key: string]: Clean } {
  const clean = Object.entries(cleanFields(fields, redact))
  return Object.fromEntries(clean.map(([key, value]) => [OWN.has(key) ? `${key}_` : key, value]))
}

const COLOURS: Readonly<Record<string, string>> = {
  debug: '\x1b[90m',
  info: '\x1b[36m',
  warn: '\x1b[33m',
  error: '\x1b[31m',
}
const DIM = '\x1b[90m'
const PLAIN = '\x1b[0m'

/** Makes lines for people of the lines of a log. */
export function prettyLines(stream: LineStream, colour: boolean): LineStream {
  const paint = (code: string, text: string): string => (colour ? `${code}${text}${PLAIN}` : text)
  return {
    write(line) {
      const record = parseJson(line)
      if (!isRecord(record)) return stream.write(line)
      const { level, time, msg, ...fields } = record
      const label = String(level)
      const clock = new Date(String(time))
      const parts = Object.entries(fields).map(([key, value]) => paint(DIM, `${printable(key)}=`) + inLine(value))
      const head = `${paint(DIM, timeOfDay(clock))} ${paint(COLOURS[label] ?? '', label.padEnd(5))} ${printable(String(msg))}`
      return stream.write(`${[head, ...parts].join('  ')}\n`)
    },
  }
}

function timeOfDay(date: Date): string {
  const part = (value: number, width = 2): string => String(value).padStart(width, '0')
  return `${part(date.getHours())}:${part(date.getMinutes())}:${part(date.getSeconds())}.${part(date.getMilliseconds(), 3)}`
}

function inLine(value: unknown): string {
  if (typeof value === 'string') return /^[\w.:/@+-]+$/.test(value) ? value : printable(JSON.stringify(value))
  return printable(JSON.stringify(value))
}
