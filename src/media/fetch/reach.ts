/** Whom Herald may ask for a file: the open internet, and the hosts that the settings themselves name. */
import { lookup as systemLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { describeError } from '../../lib/errors.ts'
import { MediaError } from '../media-error.ts'
import { isFakeAddress, isPublicAddress } from './addresses.ts'

export interface Address {
  readonly address: string
  readonly family: number
}

export type Lookup = (host: string) => Promise<readonly Address[]>

export interface ReachRules {
  /** `host:port` of platforms that the settings name now: allowed wherever they lie, so that one on this machine works. */
  ownHosts(): ReadonlySet<string>
  /** QQ's hosts may have an address of the range that fake-IP proxies answer with. */
  readonly fakeIpDns: boolean
  readonly lookup?: Lookup
}

const WEB_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }
const QQ_HOST = /(?:^|\.)(?:qq\.com|qq\.com\.cn|qpic\.cn|myqcloud\.com|gtimg\.cn|gtimg\.com)$/

/** `host:port`, the port spelled out. */
export function hostAndPort(url: URL): string {
  return `${url.hostname.toLowerCase()}:${url.port || WEB_PORTS[url.protocol] || ''}`
}

/**
 * The addresses that a connection to this URL may go to. Throws `MediaError` unless every one of the name's addresses may be
 * asked: a name that also leads inside is not asked at all.
 */
export async function addressesFor(url: URL, rules: ReachRules): Promise<readonly Address[]> {
  if (!(url.protocol in WEB_PORTS)) throw refused(`${url.protocol} is not an address of the web`)
  if (url.username !== '' || url.password !== '') throw refused('an address with a password in it')
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const own = rules.ownHosts().has(hostAndPort(url))
  const family = isIP(host)
  const found = family === 0 ? await resolve(host, rules.lookup ?? lookupAll) : [{ address: host, family }]
  const fake = rules.fakeIpDns && QQ_HOST.test(host)
  for (const { address } of found) {
    if (own || isPublicAddress(address) || (fake && isFakeAddress(address))) continue
    throw refused(family === 0 ? `${host} leads to ${address}, which is not public` : `${host} is not public`)
  }
  return found
}

/** What can be told without asking a name server. Undefined when nothing speaks against the address. */
export function plainlyRefused(text: string): string | undefined {
  const url = URL.parse(text)
  if (!url || !(url.protocol in WEB_PORTS)) return 'it is not an address of the web'
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || host.endsWith('.localhost')) return `${host} is this machine`
  return isIP(host) !== 0 && !isPublicAddress(host) ? `${host} is not public` : undefined
}

async function resolve(host: string, lookup: Lookup): Promise<readonly Address[]> {
  try {
    const found = await lookup(host)
    if (found.length > 0) return found
  } catch (cause) {
    throw new MediaError('unreachable', `${host} has no address (${describeError(cause)})`, { cause })
  }
  throw new MediaError('unreachable', `${host} has no address`)
}

function lookupAll(host: string): Promise<readonly Address[]> {
  return systemLookup(host, { all: true })
}

function refused(why: string): MediaError {
  return new MediaError('address_refused', why)
}
