/** An event or a challenge as it goes out. */
export interface Posted {
  readonly type: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Without a status nobody answered. */
export interface CallbackAnswer {
  readonly status?: number
  readonly body: string
}

/** One post. Whoever carries it out calls `settled` once. */
export interface CallbackPost {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
  settled(answer: CallbackAnswer): void
}
