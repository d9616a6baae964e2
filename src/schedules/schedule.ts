export interface Schedule {
  /** Part of the key of its runs: a schedule that is renamed is another one. */
  readonly name: string
  /** Five fields, or six with seconds. */
  readonly cron: string
  /** Such as `Asia/Shanghai`. */
  readonly timeZone: string
  /** `<account>:<kind>:<id>`. */
  readonly chat: string
  /** A `text` is said as it is; a `prompt` is asked of the agent, and its answer is said. */
  readonly kind: 'text' | 'prompt'
  readonly words: string
}
