import { isIP } from 'node:net'

export interface Asked {
  readonly host: string | undefined
  readonly origin: string | undefined
  /** The browser's own word on who asks (`sec-fetch-site`). */
  readonly site: string | undefined
}

/**
 * Why a request is refused, if it is: a page of another site in the operator's browser must not read the gateway, also not
 * under a name that was made to point here (DNS rebinding). Bare addresses cannot be such names.
 */
export function refusal(asked: Asked, ownHost: string): string | undefined {
  const name = hostName(asked.host ?? '')
  if (name !== 'localhost' && name !== ownHost.toLowerCase() && isIP(name) === 0)
    return 'this name is not the gateway; use its address, localhost, or the name in gateway.http.host'
  if (asked.origin !== undefined && asked.origin.toLowerCase() !== `http://${asked.host?.toLowerCase()}`)
    return 'pages of other sites may not call the gateway'
  if (asked.site === 'cross-site') return 'pages of other sites may not call the gateway'
  return undefined
}

/** Without port and brackets, in lower case. */
function hostName(host: string): string {
  const [, bracketed, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(host) ?? []
  return (bracketed ?? plain).toLowerCase()
}
