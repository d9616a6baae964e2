import type { IncomingMessage } from 'node:http'

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])

function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}

/**
 * Why a control request is refused, if it is: a page of another site in the operator's browser must neither steer the
 * sandbox nor read it, also not under a name that was made to point here (DNS rebinding).
 */
export function crossSiteReason(request: IncomingMessage, ownHost: string): string | undefined {
  const { host = '', origin } = request.headers
  const name = hostName(host)
  if (!LOOPBACK.has(name) && name !== ownHost) return `host ${host} is not this sandbox`
  if (origin !== undefined && origin !== `http://${host}`) return `origin ${origin} may not call this sandbox`
  if (request.headers['sec-fetch-site'] === 'cross-site') return 'cross-site calls are refused'
  return undefined
}
