/** Whether anybody listens at an address, without a word to whoever does: an open connection, and its end. */
import { request as requestOverHttp } from 'node:http'
import { request as requestOverHttps } from 'node:https'
import { connect } from 'node:net'
import { describeNetworkCause } from './cause.ts'
import { NetworkError } from './network.ts'
import type { HttpProxy } from './proxy.ts'

/** Rejects with `NetworkError` where nobody takes the connection. `signal` is its only bound. */
export type Reach = (url: URL, signal: AbortSignal) => Promise<void>

export function createReach(proxy?: HttpProxy): Reach {
  return async (url, signal) => {
    const asked = proxy?.addressFor(url)
    try {
      await (asked === undefined ? connectTo(url, signal) : tunnelTo(url, asked, signal))
    } catch (thrown) {
      const cause = thrown instanceof Error ? thrown : new Error('no connection')
      const through = asked === undefined ? '' : `through the proxy ${asked.host}: `
      const message = `${url.host}: ${through}${describeNetworkCause(cause)}`
      throw new NetworkError(signal.aborted ? 'aborted' : 'network_failed', message, { written: false, cause })
    }
  }
}

const hostOf = ({ hostname }: URL): string => hostname.replaceAll(/^\[|\]$/g, '')
const portOf = ({ port, protocol }: URL): number => (port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port))

function connectTo(url: URL, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostOf(url), port: portOf(url), signal })
    socket.on('error', reject)
    socket.on('connect', () => {
      socket.destroy()
      resolve()
    })
  })
}

/** What the proxy says to a CONNECT is what it found. */
function tunnelTo(url: URL, proxy: URL, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const { username, password } = proxy
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    const place = `${url.hostname}:${portOf(url)}`
    const outgoing = (proxy.protocol === 'https:' ? requestOverHttps : requestOverHttp)({
      hostname: hostOf(proxy),
      port: portOf(proxy),
      method: 'CONNECT',
      path: place,
      headers: {
        host: place,
        ...(login === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
      },
      agent: false,
      signal,
    })
    outgoing.on('error', reject)
    outgoing.on('connect', ({ statusCode = 0 }, socket) => {
      socket.destroy()
      if (statusCode >= 200 && statusCode < 300) resolve()
      else reject(new Error(`it answers HTTP ${statusCode}`))
    })
    outgoing.end()
  })
}
