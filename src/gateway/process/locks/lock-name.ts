import { connect, createServer, type Server } from 'node:net'
import type { Clock } from '../../../lib/clock.ts'
import { isRecord, parseJson } from '../../../lib/json.ts'
import type { ClaimOutcome, LockOwner } from './lock.ts'
import { pidOfSocket } from './lock-owner.ts'

/** How long an owner is waited for to say who it is; it is the owner all the same. */
const ASK_MS = 1000
const LONGEST_ANSWER = 4096
/** An owner may die between our refusal and our question; then the name is free again. */
const TRIES = 3

/** Claims an abstract socket name (Linux). While it is held, whoever connects is told `mine`. */
export async function claimName(name: string, mine: LockOwner, clock: Clock): Promise<ClaimOutcome> {
  for (let tries = 0; tries < TRIES; tries++) {
    const server = await listen(`\0${name}`, mine)
    if (server) return { lock: { release: () => closed(server) } }
    const owner = await askOwner(`\0${name}`, clock)
    if (owner !== 'nobody') return { owner: owner ?? ownerFromKernel(name) }
  }
  return { owner: ownerFromKernel(name) }
}

/** Undefined when the name is taken. */
function listen(path: string, mine: LockOwner): Promise<Server | undefined> {
  const server = createServer(socket => {
    // The other side may be gone already, or never read; neither is our concern.
    socket.on('error', () => socket.destroy())
    socket.setTimeout(ASK_MS, () => socket.destroy())
    socket.end(JSON.stringify(mine))
  })
  return new Promise((resolve, reject) => {
    // Also after the name is ours: a connection that could not be taken must not end the process.
    server.on('error', error => ('code' in error && error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(path, () => {
      // The lock lasts as long as the process, and must not be what keeps it alive.
      server.unref()
      resolve(server)
    })
  })
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()))
}

/** What the owner says; undefined when it holds the name and says nothing of use in time. */
function askOwner(path: string, clock: Clock): Promise<LockOwner | undefined | 'nobody'> {
  return new Promise(resolve => {
    let text = ''
    const socket = connect(path)
    const settle = (answer: LockOwner | undefined | 'nobody'): void => {
      cancel()
      socket.destroy()
      resolve(answer)
    }
    const cancel = clock.after(ASK_MS, () => settle(undefined))
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > LONGEST_ANSWER) settle(undefined)
    })
    socket.on('end', () => settle(parseOwner(text)))
    socket.on('error', error => settle('code' in error && error.code === 'ECONNREFUSED' ? 'nobody' : undefined))
  })
}

function parseOwner(text: string): LockOwner | undefined {
  const answer = parseJson(text)
  if (!isRecord(answer) || !Number.isSafeInteger(answer['pid'])) return undefined
  const home = answer['home']
  return { pid: Number(answer['pid']), ...(typeof home === 'string' ? { home } : {}) }
}

function ownerFromKernel(name: string): LockOwner {
  const pid = pidOfSocket(name)
  return pid === undefined ? {} : { pid }
}
