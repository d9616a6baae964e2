/** All that delivery itself says to the people in a chat. */

/** `auto` answers in the language that the text at hand is written in. */
export type Language = 'auto' | 'zh' | 'en'

export interface Words {
  /** In the last place of an answer that has more parts than places. */
  readonly restIsKept: string
  /** At the end of a part that was held, when there is still more. */
  readonly moreIsKept: string
  /** At the end of an answer that was cut off while it was shown. */
  readonly interrupted: string
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

/** What a code means for the one who waits for the file; most codes say nothing to anybody. */
const MEDIA_REASONS: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  '40093002': { zh: '机器人今日的上传额度已用完', en: 'the bot has used up what it may upload in a day' },
  '850031': { zh: '文件过大', en: 'it is too large' },
  too_large: { zh: '文件过大', en: 'it is too large' },
  '850019': { zh: '平台不支持这种格式', en: 'the platform does not take this kind of file' },
  '40034002': { zh: '平台不支持这种格式', en: 'the platform does not take this kind of file' },
  guild_file: { zh: '频道只接受图片', en: 'guilds take pictures alone' },
  unsupported: { zh: '文件无法读取', en: 'it cannot be read' },
  gone: { zh: '文件已不存在', en: 'it is not there any more' },
  timeout: { zh: '上传超时', en: 'it took too long' },
}
const zhReason = (code: string): string => (MEDIA_REASONS[code] ? `：${MEDIA_REASONS[code].zh}` : '')
const enReason = (code: string): string => (MEDIA_REASONS[code] ? `: ${MEDIA_REASONS[code].en}` : '')

const WORDS: Readonly<Record<'zh' | 'en', Words>> = {
  zh: {
    restIsKept: '（回复较长，剩余部分已保留，会在你发来下一条消息时继续发送。）',
    moreIsKept: '（还没有发完，会在你发来下一条消息时继续。）',
    interrupted: '（回答在这里中断了。）',
    contentRefused: '（有一段回复没有通过平台的内容审核，未能送达。）',
    formRefused: code => `（有一段回复的格式被平台拒绝，未能送达。代码：${code}）`,
    mediaNotAllowed: name => `（文件“${name}”不在允许发送的范围内，未发送。）`,
    mediaNotTaken: (name, code) => `（文件“${name}”未能发送${zhReason(code)}。代码：${code}）`,
    mediaAt: (name, url) => `${name}：${url}`,
    mayBeMissing: excerpt => `（之前有一条消息可能没有送达：“${excerpt}”）`,
  },
  en: {
    restIsKept: '(This answer is long. The rest is kept and comes with your next message.)',
    moreIsKept: '(There is more. It comes with your next message.)',
    interrupted: '(The answer was interrupted here.)',
    contentRefused: '(A part of the answer did not pass the content check of the platform and was not delivered.)',
    formRefused: code => `(The platform refused the form of a part of the answer; it was not delivered. Code: ${code})`,
    mediaNotAllowed: name => `(The file “${name}” may not be sent.)`,
    mediaNotTaken: (name, code) => `(The file “${name}” could not be sent${enReason(code)}. Code: ${code})`,
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
