/** Who has which places among the replies to one message. Given out in memory, so that two plans never share one. */
import type { Journal } from '../../journal/journal.ts'
import type { Clock } from '../../lib/clock.ts'
import type { AccountId, ChatKind, ReplyAllowance, ReplyTarget } from '../../platforms/platform.ts'

/** The replies to one message. Nothing in here waits. */
export interface Page {
  readonly untilMs: number
  readonly placesLeft: number
  /** The seq that the next place gets. */
  readonly nextSeq: number
  /** Takes that many places; their seqs count up from `nextSeq`. */
  take(places: number): void
  /** They were never written down: the places are free again, their seqs are not. */
  giveBack(places: number): void
  /** Of what is no row, and whose number is its own affair. */
  takePlace(): void
  givePlaceBack(): void
  /** A new seq for a place that is taken already. */
  renewSeq(): number
  /** The platform says that no reply is possible any more. */
  closed: boolean
}

/** Of what nobody sent: there is nothing to reply to. */
export const NO_PAGE: Page = {
  untilMs: 0,
  placesLeft: 0,
  nextSeq: 1,
  take() {},
  giveBack() {},
  takePlace() {},
  givePlaceBack() {},
  renewSeq: () => 1,
  closed: true,
}

export interface PageKey {
  readonly account: AccountId
  readonly kind: ChatKind
  readonly target: ReplyTarget
}

export interface Book {
  /** The first page of a target that nobody has replied to yet: the journal need not be asked. */
  begin(key: PageKey, untilMs: number): void
  /** `untilMs` is asked for only when the page is not known. Throws what the journal throws. */
  open(key: PageKey, untilMs: () => Promise<number>): Promise<Page>
  /** The page, when it is known. */
  peek(account: AccountId, target: ReplyTarget): Page | undefined
  /** One reply with a place on this page is on disk. */
  committed(account: AccountId, target: ReplyTarget): void
  readonly size: number
}

export interface BookDeps {
  readonly journal: Pick<Journal, 'replyUse'>
  readonly clock: Pick<Clock, 'nowMs'>
  allowance(account: AccountId, kind: ChatKind): ReplyAllowance
  /** Pages above this are forgotten, the longest unused first; the journal knows what is on disk of them. */
  readonly mostPages?: number
}

interface HeldPage extends Page {
  /** Seqs given out that are not on disk yet: only this page knows them. */
  loose: number
}

const MOST_PAGES = 5000
/** The oldest pages that are looked at when one is added: more than one, so that pages that must stay do not dam it up. */
const MOST_LOOKS = 8

export function createBook(deps: BookDeps): Book {
  const { journal, clock, mostPages = MOST_PAGES } = deps
  /** In the order of last use. */
  const pages = new Map<string, HeldPage>()
  const opening = new Map<string, Promise<HeldPage>>()

  const touch = (name: string, page: HeldPage): HeldPage => {
    pages.delete(name)
    pages.set(name, page)
    return page
  }

  const forget = (): void => {
    let looked = 0
    for (const [name, page] of pages) {
      if (pages.size <= mostPages || looked++ >= MOST_LOOKS) return
      const over = page.untilMs <= clock.nowMs()
      if (over || page.loose === 0) pages.delete(name)
      else touch(name, page)
    }
  }

  const seed = async (name: string, key: PageKey, untilMs: () => Promise<number>): Promise<HeldPage> => {
    try {
      const [use, until] = await Promise.all([journal.replyUse(key.account, key.target), untilMs()])
      const { places } = deps.allowance(key.account, key.kind)
      const page = touch(name, createPage(places, use.used, use.lastSeq, until))
      forget()
      return page
    } finally {
      opening.delete(name)
    }
  }

  return {
    begin(key, untilMs) {
      const name = nameOf(key.account, key.target)
      if (pages.has(name) || opening.has(name)) return
      touch(name, createPage(deps.allowance(key.account, key.kind).places, 0, 0, untilMs))
      forget()
    },
    open(key, untilMs) {
      const name = nameOf(key.account, key.target)
      const known = pages.get(name)
      if (known) return Promise.resolve(touch(name, known))
      const underWay = opening.get(name)
      if (underWay !== undefined) return underWay
      const seeding = seed(name, key, untilMs)
      opening.set(name, seeding)
      return seeding
    },
    peek: (account, target) => pages.get(nameOf(account, target)),
    committed(account, target) {
      const page = pages.get(nameOf(account, target))
      if (page && page.loose > 0) page.loose -= 1
    },
    get size() {
      return pages.size
    },
  }
}

function createPage(places: number, usedBefore: number, lastSeqBefore: number, untilMs: number): HeldPage {
  let used = usedBefore
  let lastSeq = lastSeqBefore
  return {
    untilMs,
    closed: false,
    loose: 0,
    get placesLeft() {
      return Math.max(0, places - used)
    },
    get nextSeq() {
      return lastSeq + 1
    },
    take(count) {
      used += count
      lastSeq += count
      this.loose += count
    },
    giveBack(count) {
      used -= count
      this.loose -= count
    },
    takePlace() {
      used += 1
    },
    givePlaceBack() {
      used -= 1
    },
    renewSeq() {
      lastSeq += 1
      this.loose += 1
      return lastSeq
    },
  }
}

function nameOf(account: AccountId, target: ReplyTarget): string {
  return `${account} ${target.via} ${target.id}`
}
