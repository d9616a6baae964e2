/** The way through an HTTP proxy. Node's own agents do the work; this says which proxy is asked, and for whom. */

export interface HttpProxy {
  /** For the agents of `node:http` and `node:https`. */
  readonly env: Readonly<Record<string, string>>
  /** What the addresses hold that nobody should read. */
  readonly secrets: readonly string[]
  /** The proxy that is asked for a URL; undefined where the way is direct. It may hold a secret. */
  addressFor(url: URL): URL | undefined
  /** The same as `host:port`. */
  askedFor(url: URL): string | undefined
}

/** What never leaves the machine never asks a proxy, unless one was named for just that. */
const LOOPBACK = 'localhost,127.0.0.1,::1'

/** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment, also in lower case; undefined where there is none. */
export function proxyFromEnv(env: Readonly<Record<string, string | undefined>>): HttpProxy | undefined {
  const read = (name: string): string => env[name.toLowerCase()] || env[name] || ''
  const [http, https] = [usable(read('HTTP_PROXY')), usable(read('HTTPS_PROXY'))]
  if (http === '' && https === '') return undefined
  const no = [read('NO_PROXY'), LOOPBACK].filter(part => part !== '').join(',')
  return createProxy({ http, https, no })
}

/** The one that is named; where none is, that of the environment. */
export function proxyFor(
  named: string | null,
  env: Readonly<Record<string, string | undefined>>,
): HttpProxy | undefined {
  return named === null ? proxyFromEnv(env) : proxyAt(named)
}

/** One proxy for everything. */
export function proxyAt(address: string): HttpProxy {
  return createProxy({ http: address, https: address, no: '' })
}

function createProxy({
  http,
  https,
  no,
}: {
  readonly http: string
  readonly https: string
  readonly no: string
}): HttpProxy {
  const spared = no.split(/[,\s]+/).filter(entry => entry !== '')
  const addressFor = (url: URL): URL | undefined => {
    const address = /^(https|wss):$/.test(url.protocol) ? https : http
    return address === '' || spared.some(entry => matches(entry, url)) ? undefined : new URL(address)
  }
  return {
    env: {
      ...(http === '' ? {} : { HTTP_PROXY: http }),
      ...(https === '' ? {} : { HTTPS_PROXY: https }),
      ...(no === '' ? {} : { NO_PROXY: no }),
    },
    secrets: [http, https].flatMap(address => (address === '' ? [] : [decodeURIComponent(new URL(address).password)])),
    addressFor,
    askedFor: url => addressFor(url)?.host,
  }
}

/** `*`, a host, `host:port`, or a domain as `.example.org` or `*.example.org`. */
function matches(entry: string, { hostname, port }: URL): boolean {
  if (entry === '*') return true
  const host = hostname.replaceAll(/^\[|\]$/g, '')
  // More than one colon: an address of IPv6, and no port.
  const [, name = entry, wanted] = /^([^:]*):(\d+)$/.exec(entry) ?? []
  if (wanted !== undefined && wanted !== port) return false
  const domain = name.replace(/^\*?\./, '')
  return domain === name ? host === name : host.endsWith(`.${domain}`)
}

/** Other kinds of proxies (SOCKS) are not spoken; whoever names one is told so by the settings. */
function usable(address: string): string {
  return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol) ? address : ''
}
