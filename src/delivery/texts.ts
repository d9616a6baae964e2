/** All that delivery itself says to the people in a chat. */

/** `auto` answers in the language that the text at hand is written in. */
export type Language = 'auto' | 'zh' | 'en'

export interface Words {
  /** In the last place of an answer that has more parts than places. */
  readonly restIsKept: string
  /** At the end of a part that was held, when there is still more. */
  readonly moreIsKept: string
  readonly contentRefused: string
  formRefused(code: string): string
  mayBeMissing(excerpt: string): string
  /** A file that may not be sent. */
  mediaNotAllowed(name: string): string
  /** A file that the platform did not take. */
  mediaNotTaken(name: string, code: string): string
  /** What lies on the web and could not be shown. */
  mediaAt(name: string, url: string): string
}

const WORDS: Readonly<Record<'zh' | 'en', Words>> = {
  zh: {
    restIsKept: '（回复较长，剩余部分已保留，会在你发来下一条消息时继续发送。）',
    moreIsKept: '（还没有发完，会在你发来下一条消息时继续。）',
    contentRefused: '（有一段回复没有通过平台的内容审核，未能送达。）',
    formRefused: code => `（有一段回复的格式被平台拒绝，未能送达。代码：${code}）`,
    mediaNotAllowed: name => `（文件“${name}”不在允许发送的范围内，未发送。）`,
    mediaNotTaken: (name, code) => `（文件“${name}”未能发送。代码：${code}）`,
    mediaAt: (name, url) => `${name}：${url}`,
    mayBeMissing: excerpt => `（之前有一条消息可能没有送达：“${excerpt}”）`,
  },
  en: {
    restIsKept: '(This answer is long. The rest is kept and comes with your next message.)',
    moreIsKept: '(There is more. It comes with your next message.)',
    contentRefused: '(A part of the answer did not pass the content check of the platform and was not delivered.)',
    formRefused: code => `(The platform refused the form of a part of the answer; it was not delivered. Code: ${code})`,
    mediaNotAllowed: name => `(The file “${name}” may not be sent.)`,
    mediaNotTaken: (name, code) => `(The file “${name}” could not be sent. Code: ${code})`,
    mediaAt: (name, url) => `${name}: ${url}`,
    mayBeMissing: excerpt => `(An earlier message may not have reached you: “${excerpt}”)`,
  },
}

/** In every language, to be found again. */
export const MORE_IS_KEPT: readonly string[] = Object.values(WORDS).map(words => words.moreIsKept)

const CHINESE = /\p{Script=Han}/u
/** Enough of a text to tell its language. */
const SAMPLE_UNITS = 400

export function wordsFor(language: Language, sample: string): Words {
  if (language !== 'auto') return WORDS[language]
  return WORDS[CHINESE.test(sample.slice(0, SAMPLE_UNITS)) ? 'zh' : 'en']
}
