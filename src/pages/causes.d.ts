/** The types of a table that browsers read as it is. */

interface InBoth {
  readonly en: string
  readonly zh: string
}

export interface Cause {
  readonly codes: readonly string[]
  readonly what: InBoth
  readonly cure: InBoth
}

export const PROCESS_CAUSES: readonly Cause[]
export const ACCOUNT_CAUSES: readonly Cause[]
export const AGENT_CAUSES: readonly Cause[]

/** Undefined for a code that is in no table. */
export function causeOf(
  code: string,
  language: 'zh' | 'en',
): { readonly what: string; readonly cure: string } | undefined

/** What the platform does not let an account do, under its name in Chinese. */
export function limitInChinese(what: string, words: string): string
