/**
 * The door for everything that comes in: the gate's verdict, one commit, and only then the conversation. What is not on
 * disk is not acknowledged; what is on disk is handed over once, per chat in the order of arrival.
 */
import type { Conversation } from '../conversation/conversation.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { Acceptance, Journal, Triage, Verdict } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import {
  type AccountId,
  type Arrival,
  type AuditVerdict,
  asMessage,
  type ChatAddress,
  type ChatKind,
  type Click,
  type ClickVerdict,
  chatKey,
  type Inbound,
  type ReplyAllowance,
} from '../platforms/platform.ts'

export interface Intake {
  /**
   * Resolves once the arrival is on disk; it never waits for a turn. Throws `JournalUnwritableError` when the disk refused:
   * then nothing of it is kept, and the platform must be asked for it again.
   */
  accept(account: AccountId, arrival: Arrival): Promise<void>
  /** What nobody sent is kept and handed over like a message. Rejects like `accept`. */
  prompt(prompt: Prompt): Promise<void>
  /**
   * Hands over what a former process left unfinished: to be called before the account's first life, and again when it threw
   * (`JournalUnwritableError`). Once it has succeeded, further calls do nothing.
   */
  recover(account: AccountId): Promise<void>
  /** Copies of known messages that were passed over, since this process started. */
  repeats(account: AccountId): number
}

/** What an agent is asked at a set time, in the session of a chat. */
export interface Prompt {
  /** The same again is a repeat. */
  readonly id: string
  readonly chat: ChatAddress
  readonly text: string
  /** Who speaks, where many do. */
  readonly name: string
  /** A process that begins later does not take it up any more (epoch milliseconds). */
  readonly untilMs: number
}

export interface IntakeDeps {
  readonly journal: Pick<Journal, 'accept' | 'unfinished' | 'quotable'>
  readonly conversation: Pick<
    Conversation,
    'triage' | 'repliesCount' | 'reserve' | 'release' | 'take' | 'click' | 'welcome' | 'refused' | 'recover'
  >
  readonly delivery: Pick<Delivery, 'heard' | 'releaseHeld' | 'audited'>
  readonly clock: Pick<Clock, 'nowMs'>
  readonly log: Logger
  /** What the platform allows as replies to one message of that kind of chat. */
  allowance(account: AccountId, kind: ChatKind): ReplyAllowance
}

export function createIntake(deps: IntakeDeps): Intake {
  const { journal, conversation, delivery, clock, log } = deps
  const repeats = new Map<AccountId, number>()
  const recoveries = new Map<AccountId, Promise<void>>()
  /** Those whose recovery has succeeded: before that, what is known of their chats is not read yet. */
  const recovered = new Set<AccountId>()
  const inOrder = createChatOrder()

  /** A gate that breaks stays shut: the message is kept as denied, so that it does not come again and break it again. */
  const judge = (message: Inbound): Triage => {
    try {
      return conversation.triage(message)
    } catch (thrown) {
      log.error('the gate failed; the message is denied', { message: message.id, reason: describeError(thrown) })
      return { run: false, end: 'denied', detail: 'gate_failed' }
    }
  }

  const noteRepeat = (account: AccountId, id: string): void => {
    repeats.set(account, (repeats.get(account) ?? 0) + 1)
    log.debug('a repeat was passed over', { message: id })
  }

  /** What was held goes out beside the turn; delivery keeps the order of posts. */
  const release = (message: Inbound): void => {
    delivery.releaseHeld(message).then(undefined, (thrown: unknown) =>
      log.error('held replies could not be released', {
        chat: chatKey(message.chat),
        reason: describeError(thrown),
      }),
    )
  }

  const tellOf = (account: AccountId, verdict: AuditVerdict): void => {
    delivery
      .audited(account, verdict)
      .then(undefined, (thrown: unknown) =>
        log.error('the verdict of an audit could not be told', { audit: verdict.id, reason: describeError(thrown) }),
      )
  }

  const handOver = (
    account: AccountId,
    message: Inbound,
    { triage, replyUntilMs, begins }: Verdict,
    acceptance: Acceptance,
  ): void => {
    if (acceptance === 'known') {
      if (begins) conversation.release(message)
      noteRepeat(account, message.id)
      return
    }
    if (!triage.run) {
      if (triage.end === 'denied') conversation.refused(message)
      return
    }
    // What it is answered by bears its own id, and no other message could have been.
    if (acceptance === 'new' && message.reply.id === message.id) delivery.heard(message, replyUntilMs)
    release(message)
    conversation.take(message, begins)
  }

  const write = async (
    account: AccountId,
    arrival: Arrival,
    message: Inbound,
    verdict: Verdict,
  ): Promise<Acceptance> => {
    try {
      return await journal.accept(account, arrival, verdict)
    } catch (thrown) {
      if (verdict.begins) conversation.release(message)
      throw thrown
    }
  }

  const repliesToUs = (message: Inbound): boolean =>
    message.repliesTo !== undefined && !message.addressed && conversation.repliesCount(message)

  /** Who replies to the bot speaks to it; nobody but the bot itself is without an author. */
  const addressedIfOurs = async (message: Inbound): Promise<Inbound> => {
    const said = await journal.quotable(message.chat.account, message.repliesTo ?? '')
    return said?.author === null ? { ...message, addressed: true } : message
  }

  const acceptMessage = (account: AccountId, given: Arrival, message: Inbound): Promise<void> => {
    const arrival = { ...given, message }
    const triage = judge(message)
    // Counted from our own clock: the platform's may differ, and its refusal corrects us.
    const replyUntilMs = clock.nowMs() + deps.allowance(account, message.chat.kind).windowMs
    // Where nobody is before it, the message and its first attempt share a commit.
    const verdict = { triage, replyUntilMs, begins: triage.run && conversation.reserve(message) }
    const kept = write(account, arrival, message, verdict)
    return inOrder(chatKey(message.chat), kept, acceptance => handOver(account, message, verdict, acceptance))
  }

  /** Kept by its key alone, as a message that needs no turn. What it decides is in memory, and so is what it is about. */
  const acceptClick = (account: AccountId, arrival: Arrival, click: Click): Promise<void> => {
    const { click: _, onVerdict, ...others } = arrival
    const { chat } = click
    const triage: Triage = { run: false, end: 'silent', detail: 'button' }
    const replyUntilMs = clock.nowMs() + deps.allowance(account, chat.kind).windowMs
    const kept = journal.accept(account, { ...others, message: asMessage(click) }, { triage, replyUntilMs })
    return inOrder(chatKey(chat), kept, acceptance => onVerdict?.(verdictOn(account, click, acceptance)))
  }

  const verdictOn = (account: AccountId, click: Click, acceptance: Acceptance): ClickVerdict => {
    if (acceptance === 'known') {
      noteRepeat(account, click.id)
      return 'repeated'
    }
    try {
      return conversation.click(click)
    } catch (thrown) {
      log.error('a press on a button failed', { press: click.id, reason: describeError(thrown) })
      return 'unknown'
    }
  }

  /** What comes before its account begins is among what is recovered; what comes in the middle of that may be. */
  const takeOnceRecovered = async (message: Inbound): Promise<void> => {
    const { account } = message.chat
    const begun = await recoveries.get(account)?.then(
      () => true,
      () => false,
    )
    if (begun !== true) return
    const left = await journal.unfinished(account)
    // A second time it is known, if it is still at work.
    if (left.some(row => row.message.id === message.id)) conversation.take(message)
  }

  return {
    async prompt({ id, chat, text, name, untilMs }) {
      // In private it belongs to the one whose chat it is.
      const sender = { id: chat.kind === 'c2c' ? chat.id : name, name, isBot: false }
      const reply = { via: 'none', id } as const
      const message: Inbound = { id, chat, sender, text, attachments: [], addressed: false, reply, raw: null }
      const verdict: Verdict = { triage: { run: true }, replyUntilMs: untilMs }
      const kept = journal.accept(chat.account, { message }, verdict)
      let waits = false
      await inOrder(chatKey(chat), kept, acceptance => {
        if (acceptance !== 'new') return
        if (recovered.has(chat.account)) conversation.take(message)
        else waits = true
      })
      if (waits) await takeOnceRecovered(message)
    },
    async accept(account, arrival) {
      if (arrival.click) return acceptClick(account, arrival, arrival.click)
      if (arrival.message) {
        const { message } = arrival
        return acceptMessage(account, arrival, repliesToUs(message) ? await addressedIfOurs(message) : message)
      }
      const { welcome, ...others } = arrival
      await journal.accept(account, others)
      if (welcome) conversation.welcome(welcome)
      if (others.audit) tellOf(account, others.audit)
    },
    recover(account) {
      const known = recoveries.get(account)
      if (known !== undefined) return known
      const recovery = (async () => {
        await conversation.recover(account, await journal.unfinished(account))
        recovered.add(account)
      })()
      recoveries.set(account, recovery)
      return recovery.catch((thrown: unknown) => {
        recoveries.delete(account)
        throw thrown
      })
    },
    repeats: account => repeats.get(account) ?? 0,
  }
}

/** Uses results in the order of the calls for one chat, whatever the order in which a store commits them. */
function createChatOrder(): <T>(chat: string, result: Promise<T>, use: (value: T) => void) => Promise<void> {
  const tails = new Map<string, Promise<unknown>>()
  return (chat, result, use) => {
    const before = tails.get(chat)
    const own = (async () => {
      await Promise.allSettled([before, result])
      use(await result)
    })()
    const settled = Promise.allSettled([own]).then(() => {
      if (tails.get(chat) === settled) tails.delete(chat)
    })
    tails.set(chat, settled)
    return own
  }
}
