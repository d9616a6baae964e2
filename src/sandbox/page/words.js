/** What the page says, by language. */
import { english, englishTerms } from './words/en.js'
import { chineseFaultTitles } from './words/fault-titles-zh.js'
import { chinese, chineseTerms } from './words/zh.js'

/** @typedef {keyof typeof english} Key */

/** @type {Record<'en' | 'zh', { texts: Record<Key, string>, terms: Record<string, string>, faults: Record<string, string> }>} */
export const WORDS = {
  en: { texts: english, terms: englishTerms, faults: {} },
  zh: { texts: chinese, terms: chineseTerms, faults: chineseFaultTitles },
}
