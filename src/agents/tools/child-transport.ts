/** The wire between the client of the SDK and a program in a process group of its own: one JSON object a line. */
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client'
import { describeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Child } from '../../lib/process/child.ts'
import { createLineReader } from '../../lib/process/line-reader.ts'

/** A program that is stopped gets so long to put its things in order. */
const GRACE_MS = 300
const LONGEST_MESSAGE_CHARS = 16 * 1024 * 1024

/** How the SDK reads and writes a message; it is loaded only where there are tools. */
export interface Coding {
  deserializeMessage(line: string): JSONRPCMessage
  serializeMessage(message: JSONRPCMessage): string
}

export function childTransport(child: Child, { deserializeMessage, serializeMessage }: Coding, log: Logger): Transport {
  const lines = createLineReader()
  const transport: Transport = {
    async start() {
      child.stdout.setEncoding('utf8').on('data', (piece: string) => {
        for (const line of lines.push(piece)) read(line)
        if (lines.rest.length > LONGEST_MESSAGE_CHARS) void child.stop(0)
      })
      void child.ended.then(() => transport.onclose?.())
    },
    send: message =>
      new Promise((resolve, reject) => {
        child.stdin.write(serializeMessage(message), error => (error ? reject(error) : resolve()))
      }),
    async close() {
      await child.stop(GRACE_MS)
    },
  }
  /** Programs that print beside the protocol are common; what they say so is no message. */
  const read = (line: string): void => {
    if (line.trim() === '') return
    let message: JSONRPCMessage
    try {
      message = deserializeMessage(line)
    } catch (thrown) {
      log.debug('a line of a tool server is no message', { reason: describeError(thrown).slice(0, 200) })
      return
    }
    transport.onmessage?.(message)
  }
  return transport
}
