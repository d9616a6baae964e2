/** One post. Whoever carries it out calls `settled` once. */
export interface CallbackPost {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
  /** Without a status nobody answered. */
  settled(answer: { readonly status?: number; readonly body: string }): void
}
