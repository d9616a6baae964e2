/** The files of an answer, each asked about: what may not be sent is told by its name, and logged. */
import { describeError, HeraldError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { OutgoingMedia } from '../platforms/platform.ts'
import { type AnswerPart, tidy } from './text/answer-parts.ts'
import { shownName } from './text/media-words.ts'
import type { Words } from './text/texts.ts'

/** What may go out; throws `HeraldError` for what may not. */
export type Admit = (media: OutgoingMedia) => Promise<OutgoingMedia>

export async function admitParts(
  parts: readonly AnswerPart[],
  admit: Admit,
  words: Words,
  log: Logger,
): Promise<readonly AnswerPart[]> {
  const admitted = parts.map(async (part): Promise<AnswerPart> => {
    if (part.kind === 'text') return part
    try {
      return { ...part, media: await admit(part.media) }
    } catch (thrown) {
      if (!(thrown instanceof HeraldError)) throw thrown
      const { source } = part.media
      const asked = 'url' in source ? source.url : source.path
      log.warn('a file of an answer may not be sent', { asked, code: thrown.code, reason: describeError(thrown) })
      const told = words.mediaNotAllowed(shownName(part.media))
      return { kind: 'text', text: part.caption === undefined ? told : `${part.caption}\n${told}` }
    }
  })
  return tidy(await Promise.all(admitted))
}

/** Where no file can be sent at all. */
export const admitNothing: Admit = () => Promise.reject(new HeraldError('no_media', 'files are not set up'))
