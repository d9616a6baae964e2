import { HeraldError } from '../lib/errors.ts'

export type MediaErrorCode =
  /** An address that must not be asked: of this machine, of its network, or none of the web's. */
  | 'address_refused'
  /** A path outside the allowed folders, or one that a link leads to. */
  | 'path_refused'
  | 'too_large'
  | 'timeout'
  | 'http_status'
  | 'unreachable'
  | 'gone'
  | 'no_room'
  | 'unsupported'

/** A file could not be fetched, read or converted. `message` is for the log; the chat reads the code in its own words. */
export class MediaError extends HeraldError {
  override readonly name = 'MediaError'
  declare readonly code: MediaErrorCode
  constructor(code: MediaErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options)
  }
}
