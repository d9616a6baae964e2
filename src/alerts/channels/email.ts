/** An alert by SMTP. The library is loaded when there is something to send. */

import { localTimeWithZone, replaceIsoTimes } from '../../lib/local-time.ts'
import { loadLate } from '../../lib/process/late-code.ts'
import type { Channel, Notice } from '../channel.ts'

export interface EmailSettings {
  readonly host: string
  readonly port: number
  /** `tls`: encrypted from the first byte; `starttls`: before the password; `none`: for a server on this machine. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly user?: string
  readonly password?: string
  readonly from: string
  readonly to: readonly string[]
}

const TIMEOUT_MS = 15_000
const LONGEST_SUBJECT = 120

export function createEmail(settings: EmailSettings): Channel {
  const { host, port, security, user, password, from, to } = settings
  return {
    name: `mail by ${host}`,
    async deliver(notice, signal) {
      const { createTransport } = await loadLate(() => import('nodemailer'))
      const text = replaceIsoTimes(notice.textIn(notice.language), localTimeWithZone)
      const transport = createTransport({
        host,
        port,
        secure: security === 'tls',
        requireTLS: security === 'starttls',
        ignoreTLS: security === 'none',
        ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
      })
      const onAbort = (): void => transport.close()
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        signal.throwIfAborted()
        await transport.sendMail({ from, to: [...to], subject: subjectOf(text), text: bodyOf(text, notice) })
      } finally {
        signal.removeEventListener('abort', onAbort)
        transport.close()
      }
    },
  }
}

function subjectOf(text: string): string {
  const [first = ''] = text.split('\n')
  return `[Herald] ${[...first].slice(0, LONGEST_SUBJECT).join('')}`
}

function bodyOf(text: string, { host, version, alert }: Notice): string {
  return `${text}\n\n${localTimeWithZone(alert.atMs)}, Herald ${version} on ${host}\n`
}
