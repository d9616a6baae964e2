/** The Ed25519 signatures of callbacks. Both sides make the same key pair of the bot's secret. Pure. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

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
