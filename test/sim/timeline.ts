/** What happened in a world, line by line; and a fingerprint of it, by which two runs of a seed can be compared. */
import type { LogFields, Logger } from '../../src/lib/log.ts'

/** Who speaks in a line. */
export type Voice = 'users' | 'fault' | 'process' | 'wire' | 'platform' | 'disk' | 'state' | 'log' | 'check'

export interface Timeline {
  readonly on: boolean
  /** `what` is asked for only when somebody reads it. */
  note(voice: Voice, what: () => string): void
  /** The same for two runs in which the same happened. */
  readonly fingerprint: number
}

export function createTimeline(nowMs: () => number, print: ((line: string) => void) | undefined): Timeline {
  let fingerprint = 0x811c9dc5
  const mix = (text: string): void => {
    for (let at = 0; at < text.length; at++) fingerprint = Math.imul(fingerprint ^ text.charCodeAt(at), 0x01000193)
  }
  return {
    on: print !== undefined,
    note(voice, what) {
      mix(`${Math.round(nowMs())} ${voice}`)
      print?.(`${stamp(nowMs())} ${voice.padEnd(8)} ${what()}`)
    },
    get fingerprint() {
      return fingerprint >>> 0
    },
  }
}

/** Days, hours, minutes and seconds since the world began. */
export function stamp(atMs: number): string {
  const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0')
  const seconds = Math.floor(atMs / 1000)
  const clock = `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`
  return `+${clock}.${pad(Math.floor(atMs % 1000), 3)}`
}

/** The gateway's own log, as lines of the time line; warnings and errors are told to whoever watches for them. */
export function createSimLog(timeline: Timeline, onTrouble: (message: string, fields: LogFields) => void): Logger {
  const make = (base: LogFields): Logger => {
    const say =
      (level: 'debug' | 'info' | 'warn' | 'error') =>
      (message: string, fields: LogFields = {}): void => {
        if (level === 'error' || level === 'warn') onTrouble(message, { ...base, ...fields, level })
        if (level === 'debug') return
        timeline.note('log', () => `${level} ${message} ${JSON.stringify({ ...base, ...fields })}`)
      }
    return {
      debug: say('debug'),
      info: say('info'),
      warn: say('warn'),
      error: say('error'),
      child: fields => make({ ...base, ...fields }),
    }
  }
  return make({})
}
