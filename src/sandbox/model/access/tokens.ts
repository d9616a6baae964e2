/** The access tokens of one bot: the current one and, for the overlap, its predecessor. */
export interface Tokens {
  current: IssuedToken | undefined
  previous: IssuedToken | undefined
}

export interface IssuedToken {
  readonly value: string
  readonly expiresAtMs: number
}

export interface TokenRules {
  readonly tokenLifeSeconds: number
  readonly tokenOverlapSeconds: number
}

/** The same token with what is left of it, or a new one inside the overlap; the old one lives its last seconds out. */
export function issueToken(tokens: Tokens, nowMs: number, rules: TokenRules, fresh: () => string): IssuedToken {
  const { current } = tokens
  if (current && current.expiresAtMs - nowMs > rules.tokenOverlapSeconds * 1000) return current
  const issued = { value: fresh(), expiresAtMs: nowMs + rules.tokenLifeSeconds * 1000 }
  tokens.previous = current
  tokens.current = issued
  return issued
}

export function remainingSeconds(token: IssuedToken, nowMs: number): number {
  return Math.max(0, Math.floor((token.expiresAtMs - nowMs) / 1000))
}

export function acceptsToken(tokens: Tokens, value: string, nowMs: number): boolean {
  return [tokens.current, tokens.previous].some(token => token?.value === value && token.expiresAtMs > nowMs)
}

/** From now on neither token is accepted, and the next call issues a new one. */
export function revokeTokens(tokens: Tokens): void {
  tokens.current = undefined
  tokens.previous = undefined
}
