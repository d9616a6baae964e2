/** Where an account's platform is: one setting moves all of it, finer ones move a part. */
import type { Settings } from '../schema/schema.ts'
import { type RawSettings, showPath } from '../sources/raw.ts'

export interface Hosts {
  /** Of messages and the gateway, without a closing slash. */
  readonly apiBase: string
  readonly tokenUrl: string
}

type Family = 'sgroup' | 'bot' | 'sandbox'

const TOKEN_PATH = '/app/getAppAccessToken'
const FAMILIES: Readonly<Record<Family, Hosts>> = {
  sgroup: { apiBase: 'https://api.sgroup.qq.com', tokenUrl: `https://bots.qq.com${TOKEN_PATH}` },
  bot: { apiBase: 'https://api.bot.qq.com', tokenUrl: `https://api.bot.qq.com${TOKEN_PATH}` },
  // It has a gateway of its own, and no tokens.
  sandbox: { apiBase: 'https://sandbox.api.sgroup.qq.com', tokenUrl: `https://bots.qq.com${TOKEN_PATH}` },
}

export function hostsOf({
  host,
  api_base: apiBase,
  token_url: tokenUrl,
}: Pick<Settings['platforms'][string], 'host' | 'api_base' | 'token_url'>): Hosts {
  const base = withoutSlash(host)
  const whole = isFamily(base) ? FAMILIES[base] : { apiBase: base, tokenUrl: base + TOKEN_PATH }
  return {
    apiBase: apiBase === undefined ? whole.apiBase : withoutSlash(apiBase),
    tokenUrl: tokenUrl ?? whole.tokenUrl,
  }
}

function isFamily(host: string): host is Family {
  return Object.hasOwn(FAMILIES, host)
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '')
}

/** Accounts whose `host` moves nothing, because both finer settings are there too. */
export function idleHosts({ platforms }: Settings, { origins }: RawSettings): string[] {
  return Object.entries(platforms).flatMap(([name, { api_base: apiBase, token_url: tokenUrl }]) => {
    const isSaid = origins.has(showPath(['platforms', name, 'host']))
    if (!isSaid || apiBase === undefined || tokenUrl === undefined) return []
    return [`platforms.${name}.host: moves nothing, because api_base and token_url are set too; remove them`]
  })
}
