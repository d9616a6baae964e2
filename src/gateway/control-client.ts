import { request } from 'node:http'
import { describeError } from '../lib/errors.ts'
import type { Json } from '../lib/json.ts'
import { parseJson } from '../lib/json.ts'
import { controlSocketPath } from './socket-path.ts'

export type ControlReply =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  /** Nobody listens: there is no socket, or its process is gone. */
  | { readonly kind: 'not_running' }
  /** Somebody holds the socket and gave no usable answer in time: frozen, stopped, or not ours to ask. */
  | { readonly kind: 'no_answer'; readonly message: string }

const NOBODY: ReadonlySet<unknown> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR'])
const LONGEST_ANSWER_BYTES = 16 * 1024 * 1024

/** One call to the gateway that runs in `home`. Never throws, and answers at once when nobody listens. */
export function callControl(
  home: string,
  method: string,
  path: string,
  body: Json | undefined,
  timeoutMs: number,
): Promise<ControlReply> {
  return new Promise(resolve => {
    const noAnswer = (message: string): void => resolve({ kind: 'no_answer', message })
    try {
      const socket = controlSocketPath(home)
      const payload = body === undefined ? '' : JSON.stringify(body)
      const call = request({
        socketPath: socket.path,
        method,
        path,
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        headers: { host: 'herald', 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
      })
      call.on('close', () => {
        socket.forget()
        noAnswer('the connection was closed without an answer')
      })
      call.on('error', error => {
        const code = 'code' in error ? error.code : undefined
        if (NOBODY.has(code)) resolve({ kind: 'not_running' })
        else if (error.name === 'AbortError') noAnswer(`no answer within ${timeoutMs} ms`)
        else noAnswer(describeError(error))
      })
      call.on('response', response => {
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > LONGEST_ANSWER_BYTES) call.destroy(new Error('the answer is too long'))
          chunks.push(chunk)
        })
        response.on('error', error => noAnswer(describeError(error)))
        response.on('end', () => {
          const parsed = parseJson(Buffer.concat(chunks).toString('utf8'))
          resolve({ kind: 'answer', status: response.statusCode ?? 0, body: parsed })
        })
      })
      call.end(payload)
    } catch (error) {
      noAnswer(describeError(error))
    }
  })
}
