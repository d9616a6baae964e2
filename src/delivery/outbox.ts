/** The room that brings replies out, put together. */
import type { Journal, NewReply, OutboxRow } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'
import { createPersist } from '../lib/tasks/persist.ts'
import { type AccountId, chatKey, type Inbound, isOwnPrompt, type SendingAdapter } from '../platforms/platform.ts'
import { type Admit, admitNothing, admitParts } from './admission.ts'
import { createAudits } from './audits.ts'
import { CAUTIOUS, type Context } from './context.ts'
import type { Delivery, Links, ShownStream } from './delivery.ts'
import { createMarkdownMemory } from './known/markdown-memory.ts'
import { createQuietChats } from './known/quiet-chats.ts'
import { unaskedOf } from './known/unasked.ts'
import { createLanes } from './lanes/lanes.ts'
import { noteUntried, takeUntried } from './lanes/untried.ts'
import { createWaits } from './lanes/waits.ts'
import { asTaken, unseenOf } from './live/finish.ts'
import { createLive } from './live/live.ts'
import { recallLast } from './live/recall.ts'
import { say } from './own/say.ts'
import { createBook, NO_PAGE, type Page } from './plan/book.ts'
import { releaseHeld } from './plan/held.ts'
import { type PartsPlan, planParts } from './plan/plan-parts.ts'
import { planReply } from './plan/planner.ts'
import { type AnswerPart, heldAs, readPartsOf, tidy, wordsOf } from './text/answer-parts.ts'
import { isBlank } from './text/code-points.ts'
import { type Language, wordsFor } from './text/texts.ts'

export interface DeliveryDeps {
  readonly journal: Journal
  /** The adapter of an account, whether it lives at the moment or not. */
  adapterFor(account: AccountId): SendingAdapter | undefined
  readonly links: Links
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** What the notices of delivery itself are written in; read anew for each. */
  readonly language: Language
  /** What may be sent of the files that an answer names; without it none, and links stay links. */
  readonly admit?: Admit
  /** A reply was shown, and that is on disk. */
  readonly onAccepted?: (row: OutboxRow) => void
}

export function createDelivery(deps: DeliveryDeps): Delivery {
  const { journal, clock, random, log, links } = deps
  const waits = createWaits(clock, links)
  const capabilities = (account: AccountId) => deps.adapterFor(account)?.capabilities ?? CAUTIOUS
  const context: Context = {
    journal,
    clock,
    random,
    log,
    get language() {
      return deps.language
    },
    waits,
    write: createPersist({ clock, random, log }, 'an outcome'),
    book: createBook({
      journal,
      clock,
      allowance: (account, kind) => capabilities(account).replyAllowance(kind),
    }),
    markdown: createMarkdownMemory(journal, clock),
    quiet: createQuietChats(),
    adapterFor: account => deps.adapterFor(account),
    capabilities,
    onAccepted(row) {
      audits.taken(row)
      deps.onAccepted?.(row)
    },
  }
  /** Rows that came to rest while a `recover` was reading what is open. */
  const settledMeanwhile = new Set<number>()
  const recovered = new Set<AccountId>()
  const releases = new Map<string, Promise<void>>()
  let recovering = 0
  const lanes = createLanes(context, id => {
    live.settled(id)
    if (recovering > 0) settledMeanwhile.add(id)
  })

  const audits = createAudits(context, lanes)

  const open = (message: Inbound): Promise<Page> => {
    if (isOwnPrompt(message)) return Promise.resolve(NO_PAGE)
    const { account, kind } = message.chat
    return context.book.open({ account, kind, target: message.reply }, async () => {
      const known = await journal.replyUntilMs(account, message.id)
      return known ?? clock.nowMs() + capabilities(account).replyAllowance(kind).windowMs
    })
  }

  const live = createLive(context, lanes, open)

  const draft = (
    message: Inbound,
    parts: readonly AnswerPart[],
    purpose: NewReply['purpose'],
    page: Page,
    proactive: boolean,
    shown: ShownStream | undefined,
  ): PartsPlan => {
    const { textLimit, markdown } = capabilities(message.chat.account)
    const budget = {
      // What is seen already has its place.
      placesLeft: page.closed ? 0 : page.placesLeft + (shown ? 1 : 0),
      nextSeq: page.nextSeq - (shown ? 1 : 0),
      untilMs: page.untilMs,
      nowMs: clock.nowMs(),
      proactive,
    }
    const limits = { textLimit, markdown: markdown && !context.markdown.isRefused(message.chat.account) }
    const words = wordsFor(deps.language, wordsOf(parts))
    const [only, ...more] = parts
    if (only?.kind !== 'text' || more.length > 0)
      return planParts(parts, purpose, budget, limits, words.restIsKept, shown ? 'item' : 'notice')
    const { posts, heldText } = planReply(only.text, purpose, budget, limits, words, shown !== undefined)
    return { posts, held: heldText === undefined ? [] : [{ kind: 'text', text: heldText }] }
  }

  const toReplies = (message: Inbound, plan: PartsPlan, page: Page, purpose: NewReply['purpose']): NewReply[] => {
    const { chat, id: inboundId, reply } = message
    const replies = plan.posts.map(
      ({ seq, media, ...post }): NewReply => ({
        chat,
        inboundId,
        ...post,
        ...(media === undefined ? {} : { extras: { media } }),
        state: 'pending',
        reply: seq === null ? null : { ...reply, seq, untilMs: page.untilMs },
      }),
    )
    const held = plan.held.map(
      (part): NewReply => ({ chat, inboundId, purpose, ...heldAs(part), form: 'plain', state: 'held', reply: null }),
    )
    return [...replies, ...held]
  }

  /** The words of an answer may name files; those of a notice do not. */
  const partsOf = async (
    answer: string | readonly AnswerPart[],
    purpose: NewReply['purpose'],
  ): Promise<readonly AnswerPart[]> => {
    const given = typeof answer === 'string' ? [{ kind: 'text', text: answer } as const] : answer
    const read = purpose === 'notice' || !deps.admit ? given : given.flatMap(readPartsOf)
    if (read.every(part => part.kind === 'text')) return read.length > 1 ? tidy(read) : read
    return admitParts(read, deps.admit ?? admitNothing, wordsFor(deps.language, wordsOf(read)), log)
  }

  return {
    heard({ chat, reply }, replyUntilMs) {
      context.book.begin({ account: chat.account, kind: chat.kind, target: reply }, replyUntilMs)
    },
    async plan(message, answer, wanted, begun) {
      // What the platform has ended stays as it is seen: the answer comes as a whole.
      const growing = begun?.isOver ? undefined : begun
      const purpose = wanted === 'progress' ? 'notice' : wanted
      if (typeof answer === 'string' && isBlank(answer)) return []
      const parts = await partsOf(answer, purpose)
      if (parts.length === 0) return []
      if (growing && purpose === 'notice') return [live.withMark(growing, wordsOf(parts))]
      const { chat } = message
      // What was held for this chat comes first, in the budget of this message too.
      await releases.get(chatKey(chat))
      await context.markdown.load(chat.account)
      const page = await open(message)
      const isOver = page.closed || clock.nowMs() >= page.untilMs
      const shown = growing && isOver ? asTaken(growing) : growing
      const left = shown && isOver ? unseenOf(shown, parts) : parts
      let plan = draft(message, left, purpose, page, false, shown)
      if (wanted === 'progress' && (plan.held.length > 0 || plan.posts.length >= page.placesLeft)) return []
      if (plan.held.length > 0) {
        // What answers nobody has no other way.
        const unasked = isOwnPrompt(message) || (await journal.chatFacts(chat))['proactive'] === 'granted'
        plan = draft(message, left, purpose, page, unasked, shown)
      }
      if (shown) return live.follow(shown, plan, page, made => toReplies(message, made, page, purpose))
      page.take(plan.posts.filter(post => post.seq !== null).length)
      if (plan.held.length > 0) context.quiet.disturb(chat)
      return toReplies(message, plan, page, purpose)
    },
    stream: live.stream,
    adopted: live.adopted,
    interrupt: live.interrupt,
    typing: live.typing,
    audited: audits.judged,
    unasked: chat => unaskedOf(context, chat),
    recall: (chat, may) => recallLast(context, chat, may),
    say: (chat, text, along = () => Promise.resolve()) => say(context, lanes, chat, text, along),
    enqueue: rows => lanes.add(rows),
    releaseHeld(message) {
      const key = chatKey(message.chat)
      const before = releases.get(key)
      if (before === undefined && context.quiet.has(message.chat)) return Promise.resolve()
      const release = (async () => {
        await before
        lanes.add(await releaseHeld(context, message, () => open(message)))
      })()
      const settled: Promise<void> = Promise.allSettled([release]).then(() => {
        if (releases.get(key) === settled) releases.delete(key)
      })
      releases.set(key, settled)
      return release
    },
    async recover(account) {
      recovering += 1
      try {
        const first = !recovered.has(account)
        const left = await journal.openReplies(account)
        await context.markdown.load(account)
        // Last of all: it strikes its note out, and whoever calls again would not find it.
        const untried = await takeUntried(journal, account)
        const { rows, ended } = await live.recover(left)
        recovered.add(account)
        lanes.add(
          rows.filter(row => !settledMeanwhile.has(row.id)),
          row => row.state === 'sending' || (first && !untried.has(row.id) && !ended.has(row.id)),
        )
      } finally {
        recovering -= 1
        if (recovering === 0) settledMeanwhile.clear()
      }
    },
    get inFlight() {
      return lanes.inFlight
    },
    async stop(signal) {
      waits.stop()
      const cut = (): void => waits.abort()
      if (signal.aborted) cut()
      signal.addEventListener('abort', cut, { once: true })
      const left = await lanes.quiet()
      signal.removeEventListener('abort', cut)
      await noteUntried(journal, left).catch((thrown: unknown) => {
        log.warn('replies that were not tried will be taken for tried ones', { reason: describeError(thrown) })
      })
      // What only tells a chat of work is not waited for.
      cut()
    },
  }
}
