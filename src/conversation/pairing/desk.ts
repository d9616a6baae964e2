/** What an operator asks of the pairing, over the control socket or, while no gateway runs, of the journal itself. */
import type { AccountId } from '../../platforms/platform.ts'
import { type Person, REQUEST_LIVES_MS } from './book.ts'
import type { PendingPerson, People } from './people.ts'

export interface AccountPairing {
  readonly account: AccountId
  readonly people: readonly Person[]
  readonly pending: readonly PendingPerson[]
}

/** `refused`: why not, in one line with what to do. */
export type DeskAnswer =
  | { readonly kind: 'done'; readonly account: AccountId; readonly id: string; readonly name?: string }
  | { readonly kind: 'code'; readonly account: AccountId; readonly code: string }
  | { readonly kind: 'refused'; readonly why: string }

/** Where `account` is left out, the one is meant that the code or the id belongs to. */
export interface PairingDesk {
  list(): Promise<readonly AccountPairing[]>
  approve(codeOrId: string, account?: AccountId): Promise<DeskAnswer>
  revoke(id: string, account?: AccountId): Promise<DeskAnswer>
  /** Somebody who need not be known, such as a member of a group, is let in nowhere. */
  block(id: string, account?: AccountId): Promise<DeskAnswer>
  /** A new code that makes an owner. */
  owner(account?: AccountId): Promise<DeskAnswer>
}

const MINUTE_MS = 60_000
const AN_ID = /^[^\s\p{C}]{1,200}$/u

const refused = (why: string): DeskAnswer => ({ kind: 'refused', why })

export function createPairingDesk(
  people: People,
  accounts: () => readonly AccountId[],
  clock: { nowMs(): number },
): PairingDesk {
  const named = (account: AccountId | undefined): readonly AccountId[] =>
    accounts().filter(each => account === undefined || each === account)
  /** The one that is meant, or why it is not clear which. */
  const oneOf = (wanted: AccountId | undefined): AccountId | DeskAnswer => {
    const [account, ...others] = named(wanted)
    if (account === undefined) return noAccount(wanted)
    return others.length > 0 ? refused(`name the account with --account: ${accounts().join(', ')}`) : account
  }
  const noAccount = (account: AccountId | undefined): DeskAnswer =>
    refused(`no account ${account ?? ''}; there are: ${accounts().join(', ')}`)

  return {
    list: () => Promise.all(accounts().map(async account => ({ account, ...(await people.list(account)) }))),
    async approve(codeOrId, wanted) {
      const among = named(wanted)
      if (among.length === 0) return noAccount(wanted)
      const known: AccountId[] = []
      for (const account of among) if (await people.knows(account, codeOrId)) known.push(account)
      let answer = noAccount(wanted)
      // A code that is nobody's is a wrong guess wherever it might have been right.
      for (const account of known.length > 0 ? known.slice(0, 1) : among) {
        const approval = await people.approve(account, codeOrId)
        if (approval.kind === 'approved') {
          const { id, name } = approval
          answer = { kind: 'done', account, id, ...(name === undefined ? {} : { name }) }
        } else if (approval.kind === 'locked') {
          const minutes = Math.ceil((approval.untilMs - clock.nowMs()) / MINUTE_MS)
          answer = refused(`too many wrong codes for ${account}: nobody can be approved for ${minutes} more minutes`)
        } else {
          const lives = REQUEST_LIVES_MS / MINUTE_MS
          answer = refused(`no open request has this code, codes live ${lives} minutes; ${triesLeft(approval.left)}`)
        }
      }
      return answer
    },
    async revoke(id, wanted) {
      for (const account of named(wanted)) {
        if (await people.revoke(account, id)) return { kind: 'done', account, id }
      }
      return refused(
        'nobody of this id is paired; `herald pairing list` shows who is, `herald pairing block` is for others, allowed_users is in the settings',
      )
    },
    async block(id, wanted) {
      const account = oneOf(wanted)
      if (typeof account !== 'string') return account
      const wantedId = id.trim()
      if (!AN_ID.test(wantedId)) return refused('it wants the id of a person, as `herald trace` and the log show it')
      await people.block(account, wantedId)
      return { kind: 'done', account, id: wantedId }
    },
    async owner(wanted) {
      const account = oneOf(wanted)
      if (typeof account !== 'string') return account
      return { kind: 'code', account, code: await people.issueOwnerCode(account) }
    },
  }
}

function triesLeft(left: number): string {
  return left === 0 ? 'approving is locked for an hour now' : `${left} more wrong ones lock approving for an hour`
}
