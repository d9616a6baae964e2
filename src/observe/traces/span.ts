/** One thing that took time. Times are epoch milliseconds. */
export interface Span {
  /** 32 hexadecimal digits; the same for all spans of one message. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  readonly parentId?: string
  readonly name: string
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  /** Why it failed; absent where it did not. */
  readonly error?: string
}
