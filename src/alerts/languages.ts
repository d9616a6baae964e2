/** What may be read in either language, until it is known who reads it. */
export type AlertLanguage = 'zh' | 'en'

export type InBoth = Readonly<Record<AlertLanguage, string>>

/** Words that came from elsewhere stay as they came. */
export const same = (words: string): InBoth => ({ zh: words, en: words })
