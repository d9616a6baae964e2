import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { describeError } from '../../lib/errors.ts'
import { type Json, parseJson } from '../../lib/json.ts'
import { controlSocketPath, type SocketPath } from './socket-path.ts'

export type ControlReply =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  /** Nobody listens: there is no socket, or its process is gone. */
  | { readonly kind: 'not_running' }
  /** Somebody holds the socket and gave no usable answer in time: frozen, stopped, or not ours to ask. */
  | { readonly kind: 'no_answer'; readonly message: string }

const NOBODY: ReadonlySet<unknown> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR'])
/** A timer so late means that we did not run, and what was said meanwhile has yet to be heard. */
const OWN_DELAY_MS = 20
const LONGEST_ANSWER_BYTES = 16 * 1024 * 1024

/** One call to the gateway that runs in `home`. Never throws, and answers at once when nobody listens. */
export function callControl(
  home: string,
  method: string,
  path: string,
  body: Json | undefined,
  timeoutMs: number,
): Promise<ControlReply> {
  let socket: SocketPath
  try {
    socket = controlSocketPath(home)
  } catch (error) {
    return Promise.resolve(noAnswer(describeError(error)))
  }
  return new Promise(resolve => {
    // Only the first word counts; by then the short link must be gone, for the caller may exit on it.
    const settle = (reply: ControlReply): void => {
      forgetTimer()
      socket.forget()
      resolve(reply)
    }
    const payload = body === undefined ? '' : JSON.stringify(body)
    const call = request({
      socketPath: socket.path,
      method,
      path,
      agent: false,
      headers: { host: 'herald', 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
    })
    const forgetTimer = whenPatienceEnds(timeoutMs, () => {
      settle(noAnswer(`no answer within ${timeoutMs} ms`))
      call.destroy()
    })
    call.on('response', response => collect(call, response, settle))
    call.on('error', error => settle(replyOfError(error)))
    call.on('close', () => settle(noAnswer('the connection was closed without an answer')))
    call.end(payload)
  })
}

function collect(call: ClientRequest, response: IncomingMessage, settle: (reply: ControlReply) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > LONGEST_ANSWER_BYTES) call.destroy(new Error('the answer is too long'))
    else chunks.push(chunk)
  })
  response.on('error', error => settle(noAnswer(describeError(error))))
  response.on('end', () => {
    const parsed = parseJson(Buffer.concat(chunks).toString('utf8'))
    settle({ kind: 'answer', status: response.statusCode ?? 0, body: parsed })
  })
}

/** Returns how to forget it. On a machine that is busy, our own delay is not the other side's silence. */
function whenPatienceEnds(timeoutMs: number, onEnd: () => void): () => void {
  let timer: NodeJS.Timeout
  const wait = (ms: number): void => {
    const dueAtMs = performance.now() + ms
    timer = setTimeout(() => {
      if (performance.now() - dueAtMs > OWN_DELAY_MS) wait(timeoutMs / 2)
      else onEnd()
    }, ms)
  }
  wait(timeoutMs)
  return () => clearTimeout(timer)
}

function replyOfError(error: Error): ControlReply {
  if ('code' in error && NOBODY.has(error.code)) return { kind: 'not_running' }
  return noAnswer(describeError(error))
}

const noAnswer = (message: string): ControlReply => ({ kind: 'no_answer', message })
