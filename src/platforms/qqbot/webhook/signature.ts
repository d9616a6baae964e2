/** The Ed25519 signatures of callbacks. Both sides make the same key pair of the bot's secret. Pure. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { hexId, type Random } from '../../../lib/random.ts'

export interface SigningKeys {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const SEED_BYTES = 32
const SIGNATURE = /^[0-9a-f]{128}$/i
/** What stands before the seed of a private key in PKCS #8 (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The secret, doubled until it is long enough, and cut. */
export function seedOf(secret: string): Buffer {
  const bytes = Buffer.from(secret, 'utf8')
  if (bytes.length === 0) throw new RangeError('a secret without a byte makes no key')
  return Buffer.alloc(SEED_BYTES, bytes)
}

export function keysOf(secret: string): SigningKeys {
  const der = Buffer.concat([PKCS8_HEAD, seedOf(secret)])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

/** As hexadecimal digits, over the time stamp and what follows it. */
export function signatureOf(keys: Pick<SigningKeys, 'privateKey'>, timestamp: string, tail: string | Buffer): string {
  return sign(null, Buffer.concat([Buffer.from(timestamp), Buffer.from(tail)]), keys.privateKey).toString('hex')
}

const NONCE_DIGITS = 20
const MARK_DIGITS = 20
/** No time stamp begins like this, so that nothing the platform has us sign is such a mark. */
const MARK_HEAD = 'herald'

/** The token of a challenge of our own, another one each time, which whoever holds the secret knows again. */
export function ownToken(keys: Pick<SigningKeys, 'privateKey'>, random: Random): string {
  return marked(keys, hexId(random, NONCE_DIGITS))
}

export function isOwnToken(keys: Pick<SigningKeys, 'privateKey'>, token: string): boolean {
  return token === marked(keys, token.slice(0, NONCE_DIGITS))
}

function marked(keys: Pick<SigningKeys, 'privateKey'>, nonce: string): string {
  return `${nonce}${signatureOf(keys, MARK_HEAD, nonce).slice(0, MARK_DIGITS)}`
}

/** `body`: the bytes as they came; what a parser makes of them may be spelled otherwise. */
export function isSigned(
  keys: Pick<SigningKeys, 'publicKey'>,
  timestamp: string,
  body: Buffer,
  signature: string,
): boolean {
  if (!SIGNATURE.test(signature)) return false
  return verify(null, Buffer.concat([Buffer.from(timestamp), body]), keys.publicKey, Buffer.from(signature, 'hex'))
}
