import type { AccountId, Inbound } from '../../platforms/platform.ts'

/** Messages that have no end yet and are somebody's business in this process. */
export interface InHand {
  has(message: Inbound): boolean
  /** `begun`: its attempt is on disk already. */
  hold(message: Inbound, begun: boolean): void
  /** An attempt of this process is on disk. */
  begun(message: Inbound): void
  isBegun(message: Inbound): boolean
  letGo(message: Inbound): void
  readonly size: number
  /** Those of each account, and which of them were begun. */
  byAccount(): ReadonlyMap<AccountId, { readonly ids: readonly string[]; readonly begun: ReadonlySet<string> }>
}

export function createInHand(): InHand {
  const held = new Map<string, { readonly message: Inbound; begun: boolean }>()
  const nameOf = ({ id, chat }: Inbound): string => `${chat.account} ${id}`
  return {
    has: message => held.has(nameOf(message)),
    hold(message, begun) {
      held.set(nameOf(message), { message, begun })
    },
    begun(message) {
      const entry = held.get(nameOf(message))
      if (entry) entry.begun = true
    },
    isBegun: message => held.get(nameOf(message))?.begun === true,
    letGo(message) {
      held.delete(nameOf(message))
    },
    get size() {
      return held.size
    },
    byAccount() {
      const groups = Map.groupBy(held.values(), ({ message }) => message.chat.account)
      return new Map(
        [...groups].map(([account, entries]) => {
          const ids = entries.map(({ message }) => message.id)
          const begun = new Set(entries.filter(entry => entry.begun).map(({ message }) => message.id))
          return [account, { ids, begun }]
        }),
      )
    },
  }
}
