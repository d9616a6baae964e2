/** Node, the words to systemd, and proxies. */
import { existsSync } from 'node:fs'
import { proxyFromEnv } from '../../lib/net/proxy.ts'
import { programPath } from '../../lib/process/program-path.ts'
import type { Cli } from '../context.ts'
import { bad, doubt, type Finding, ok } from './check.ts'

/** As package.json and the launcher have it. */
const OLDEST_NODE = [24, 5] as const
/** A host that nobody names in NO_PROXY. */
const OUTSIDE = ['https://host.example', 'http://host.example']
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy']

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldest, oldestMinor] = OLDEST_NODE
  if (major > oldest || (major === oldest && minor >= oldestMinor)) return ok('node', version)
  return bad('node', `${version} is too old`, `install Node ${OLDEST_NODE.join('.')} or newer`)
}

export function checkProxies(env: Cli['env']): Finding {
  const set = PROXIES.filter(name => env[name])
  if (set.length === 0) return ok('proxies', 'none in the environment')
  const proxy = proxyFromEnv(env)
  const asked = [...new Set(OUTSIDE.flatMap(url => proxy?.askedFor(new URL(url)) ?? []))]
  if (asked.length > 0)
    return ok('proxies', `${set.join(', ')}: what leaves this machine goes through ${asked.join(' and ')}`)
  return doubt(
    'proxies',
    `${set.join(', ')} set, and nothing goes through it: Herald speaks to HTTP proxies, and spares what NO_PROXY names`,
    'nothing, where the platform can be reached directly (see the accounts); else set HTTPS_PROXY to an http:// address',
  )
}

/** Without it a unit with Type=notify never comes up. */
export function checkNotify(env: Cli['env']): Finding {
  const path = programPath('systemd-notify', env['PATH'])
  if (path !== undefined) return ok('systemd-notify', path)
  if (!existsSync('/run/systemd/system'))
    return ok('systemd-notify', 'not needed: this system was not started by systemd')
  return bad('systemd-notify', 'not found in PATH', 'install the package systemd')
}
