/** HTTP to places that strangers name: every hop is checked, and the connection goes to the address that was checked. */
import { type IncomingMessage, type RequestOptions, request as requestOverHttp } from 'node:http'
import { request as requestOverHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { describeNetworkCause } from '../../lib/net/cause.ts'
import { MediaError } from '../media-error.ts'
import { type Address, addressesFor, type ReachRules } from './reach.ts'

/** `signal` is the only bound of both; once it aborts, they reject with its reason. */
export interface Web {
  /** A GET without any credential, redirects followed. Whoever gets the answer reads or destroys it. */
  get(url: string, signal: AbortSignal): Promise<IncomingMessage>
  /** Puts bytes where a platform asked for them. Resolves with the status. */
  put(url: string, bytes: Uint8Array, signal: AbortSignal): Promise<number>
}

const MOST_REDIRECTS = 5
const REDIRECTS = new Set([301, 302, 303, 307, 308])

export function createWeb(rules: ReachRules): Web {
  const ask = async (
    url: URL,
    options: Pick<RequestOptions, 'method' | 'headers'>,
    body: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<IncomingMessage> => {
    const addresses = await addressesFor(url, rules)
    signal.throwIfAborted()
    return exchange(url, { ...options, lookup: fixed(addresses), signal }, body, signal)
  }

  return {
    async get(given, signal) {
      let url = parsed(given)
      for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
        const answer = await ask(url, { method: 'GET', headers: { 'accept-encoding': 'identity' } }, undefined, signal)
        const { location } = answer.headers
        if (!REDIRECTS.has(answer.statusCode ?? 0) || location === undefined) return answer
        answer.destroy()
        url = parsed(location, url)
      }
      throw new MediaError('unreachable', `more than ${MOST_REDIRECTS} redirects`)
    },
    async put(given, bytes, signal) {
      const headers = { 'content-length': bytes.length }
      const answer = await ask(parsed(given), { method: 'PUT', headers }, bytes, signal)
      answer.resume()
      return answer.statusCode ?? 0
    },
  }
}

function parsed(given: string, base?: URL): URL {
  const url = URL.parse(given, base?.href)
  if (!url) throw new MediaError('address_refused', 'the address is not a URL')
  return url
}

/** Whatever the name may lead to by now, the connection goes to what was checked. */
function fixed(addresses: readonly Address[]): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses
    if (options.all) done(null, [...addresses])
    else done(null, first?.address ?? '', first?.family ?? 0)
  }
}

function exchange(
  url: URL,
  options: RequestOptions,
  body: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void =>
      reject(
        signal.aborted
          ? signal.reason
          : new MediaError('unreachable', `${url.host}: ${describeNetworkCause(cause)}`, { cause }),
      )
    const request = url.protocol === 'https:' ? requestOverHttps : requestOverHttp
    const outgoing = request(url, { ...options, agent: false })
    outgoing.on('error', fail)
    outgoing.on('upgrade', (_answer, socket) => {
      socket.destroy()
      fail(new Error('it left HTTP for another protocol'))
    })
    outgoing.on('response', resolve)
    outgoing.end(body)
  })
}
