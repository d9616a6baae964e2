/** The control socket `<home>/herald.sock`: how commands speak to the gateway that runs. Small HTTP with JSON bodies. */
import { chmodSync, lstatSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describeError, HeraldError } from '../../lib/errors.ts'
import { type Json, parseJson } from '../../lib/json.ts'
import type { Logger } from '../../lib/log.ts'
import { readRequestBody } from '../../lib/net/request-body.ts'
import { CONTROL_SOCKET_NAME, controlSocketPath } from './socket-path.ts'

export interface ControlAnswer {
  readonly status: number
  readonly body: Json
}

/** `path` with its query, as it was asked; `body` is undefined where none was sent. What it throws becomes a 500. */
export type ControlHandler = (method: string, path: string, body: unknown) => Promise<ControlAnswer>

export interface ControlServer {
  /** Ends open calls too, and removes the socket. */
  close(): Promise<void>
}

const PRIVATE_SOCKET = 0o600
const LONGEST_BODY_BYTES = 64 * 1024
const REQUEST_TIMEOUT_MS = 5000
const PROBE_MS = 500

/**
 * Listens on `<home>/herald.sock`. A socket that a dead process left behind is replaced; one that somebody answers on is
 * not: then, and where the socket cannot be made, it throws a `HeraldError` (`control_taken`, `control_unusable`).
 */
export async function serveControl(home: string, handler: ControlHandler, log: Logger): Promise<ControlServer> {
  const file = join(home, CONTROL_SOCKET_NAME)
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    answer(handler, request).then(
      answered => respond(response, answered),
      thrown => respond(response, { status: 500, body: { error: describeError(thrown) } }),
    )
  })
  server.on('error', error => log.warn('control socket', { trouble: describeError(error) }))
  const socket = controlSocketPath(home)
  try {
    await removeStale(file, socket.path)
    await listen(server, socket.path)
    chmodSync(file, PRIVATE_SOCKET)
  } catch (cause) {
    if (cause instanceof HeraldError) throw cause
    throw new HeraldError('control_unusable', `control socket ${file} cannot be made: ${describeError(cause)}`)
  } finally {
    socket.forget()
  }
  return {
    close: () =>
      new Promise(resolve => {
        server.close(() => {
          // Node removes it by the path it was bound with, which may have been the short one.
          rmSync(file, { force: true })
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function removeStale(file: string, path: string): Promise<void> {
  const present = lstatSync(file, { throwIfNoEntry: false })
  if (!present) return
  if (!present.isSocket()) {
    const hint = 'move it away; Herald puts its control socket there'
    throw new HeraldError('control_unusable', `${file} is in the way and is no socket: ${hint}`, { hint })
  }
  if (await isAnswered(path)) throw new HeraldError('control_taken', `another process listens on ${file}`)
  rmSync(file, { force: true })
}

/** A refusal is the only proof that nobody is there; an owner that is frozen is still an owner. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect(path)
    const settle = (answered: boolean): void => {
      probe.destroy()
      resolve(answered)
    }
    probe.setTimeout(PROBE_MS, () => settle(true))
    probe.on('connect', () => settle(true))
    probe.on('error', error => settle(!('code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT'))))
  })
}

async function answer(handler: ControlHandler, request: IncomingMessage): Promise<ControlAnswer> {
  const text = await readRequestBody(request, LONGEST_BODY_BYTES)
  if (text === undefined) return { status: 413, body: { error: `the body is longer than ${LONGEST_BODY_BYTES} bytes` } }
  const body = text === '' ? undefined : parseJson(text)
  if (text !== '' && body === undefined) return { status: 400, body: { error: 'the body is not JSON' } }
  return handler(request.method ?? 'GET', request.url ?? '/', body)
}

function respond(response: ServerResponse, { status, body }: ControlAnswer): void {
  if (response.destroyed) return
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  })
  response.end(text)
}
