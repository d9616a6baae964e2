/** Which addresses lie on the open internet. Pure. What is not surely public is not. */
import { BlockList, isIP } from 'node:net'

/** Everything that is reserved, private, shared, local to a link or a machine, or many at once. */
const NOT_PUBLIC_V4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
])
const GLOBAL_V6 = blockList('ipv6', [['2000::', 3]])
/** Inside of that: documentation, benchmarks, and the tunnels that carry any IPv4 address inside. */
const NOT_PUBLIC_V6 = blockList('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
])
/** What some proxies answer for every name, to take the connection over themselves. */
const FAKE_V4 = blockList('ipv4', [['198.18.0.0', 15]])

export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !NOT_PUBLIC_V4.check(address, 'ipv4')
  return family === 6 && GLOBAL_V6.check(address, 'ipv6') && !NOT_PUBLIC_V6.check(address, 'ipv6')
}

export function isFakeAddress(address: string): boolean {
  return isIP(address) === 4 && FAKE_V4.check(address, 'ipv4')
}

function blockList(family: 'ipv4' | 'ipv6', nets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [net, prefix] of nets) list.addSubnet(net, prefix, family)
  return list
}
