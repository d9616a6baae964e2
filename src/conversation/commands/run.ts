/** Carries commands out, beside whatever else goes on in a chat, and answers them like any message. */
import type { Inbound } from '../../platforms/platform.ts'
import { isGroup, roleOf } from '../access/gate.ts'
import { type Session, sessionOf } from '../history/sessions.ts'
import type { InHand } from '../lanes/in-hand.ts'
import { endWith, giveUp, type Notice } from '../notices/ends.ts'
import { PAIRING_WORDS } from '../pairing/words.ts'
import { TurnStopped } from '../turns/task.ts'
import type { Command, Kit } from './command.ts'
import { lastQuestion, RETRY } from './session.ts'
import { mayUse, readCommand } from './table.ts'
import { COMMAND_WORDS } from './words.ts'

export interface Commands {
  /** The words may be a command, or a code: then they may be no question to the agent. */
  isMeant(message: Inbound): boolean
  /**
   * True when the message was a command of ours, which is being carried out. `old`: it came before this process began, and
   * commands that change something are void.
   */
  take(message: Inbound, old: boolean): boolean
}

interface Plan {
  readonly message: Inbound
  readonly command: Command
  readonly args: string
  readonly session: Session
  readonly old: boolean
  readonly stopped: boolean
}

/** `beside` keeps the work in sight until it is done; it may throw what `persist` throws. */
export function createCommands(
  kit: Kit,
  inHand: InHand,
  beside: (message: Inbound, work: () => Promise<void>) => void,
): Commands {
  const { context, floor, people } = kit
  const { journal, persist, stopping } = context

  const roleFor = (message: Inbound) =>
    roleOf(message.sender.id, context.access(message.chat.account), context.standingOf(message))

  const begin = async (message: Inbound): Promise<void> => {
    await persist(() => journal.beginTurn(message.chat.account, message.id), stopping)
    inHand.begun(message)
  }

  const answer = async (plan: Plan): Promise<void> => {
    const { message, command, args, session, old, stopped } = plan
    const role = roleFor(message)
    const language = await context.languages.of(message)
    const words = COMMAND_WORDS[language]
    let text: Notice
    if (!mayUse(role, command)) text = words.notAllowed(command.name, command.role)
    else if (old && command.control) text = words.tooOld(command.name)
    else text = await command.run(kit, { message, args, role, session, language, words, stopped })
    await endWith(context, [message], 'answered', `/${command.name}`, () => text)
  }

  const carryOut = async (plan: Plan): Promise<void> => {
    const { message, command, session, old } = plan
    // It begins when its turn does, like any question.
    const question = command === RETRY && !old ? await lastQuestion(kit, session) : undefined
    if (question) return floor.askAgain(session, message, question)
    await begin(message)
    try {
      await answer(plan)
    } catch (thrown) {
      if (stopping.aborted) throw thrown
      await giveUp(context, [message], thrown)
    }
  }

  const redeem = async (message: Inbound): Promise<void> => {
    const { account } = message.chat
    await begin(message)
    const words = PAIRING_WORDS[await context.languages.of(message)]
    const done = await persist(() => people.redeem(account, message.sender.id, message.text), stopping)
    await endWith(context, [message], 'answered', 'owner code', () => (done ? words.nowOwner : words.codeUsedUp))
    if (done) context.log.info('an account has an owner', { account, user: message.sender.id })
  }

  const redeems = (message: Inbound): boolean => !isGroup(message) && context.standingOf(message).redeems

  return {
    isMeant: message => redeems(message) || readCommand(message.text) !== undefined,
    take(message, old) {
      if (redeems(message)) {
        beside(message, () => redeem(message))
        return true
      }
      const read = readCommand(message.text)
      if (!read || (read.command.needsAdmin && !kit.admin)) return false
      const { command, args } = read
      const session = sessionOf(message, context.talk(message.chat.account).sessions)
      const plan = { message, command, args, session, old }
      if (!command.stopsTurn || old || !mayUse(roleFor(message), command)) {
        beside(message, () => carryOut({ ...plan, stopped: false }))
        return true
      }
      const reason = new TurnStopped(`ended by /${command.name}, ${message.id}`, true)
      const stopped = floor.stop(session, reason)
      const done = Promise.withResolvers<void>()
      // A lane that has stopped begins nothing any more, and nobody may wait for it.
      const onStop = (): void => done.reject(stopping.reason)
      stopping.addEventListener('abort', onStop, { once: true })
      beside(message, () => done.promise.finally(() => stopping.removeEventListener('abort', onStop)))
      const job = () => carryOut({ ...plan, stopped }).then(done.resolve, done.reject)
      // A question that is asked again is a turn like any other.
      floor.next(session, job, command !== RETRY)
      return true
    },
  }
}
