/** What helps, in Chinese: the hint itself where it is one of Herald's own; else what helps in general, and the hint as it came. */
export function cureInChinese(code: string, hint: string): string
