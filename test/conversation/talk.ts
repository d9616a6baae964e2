/** People who talk to a process in private, and an owner among them. */
import type { TestContext } from 'node:test'
import type { Admin } from '../../src/conversation/commands/admin.ts'
import type { Inbound } from '../../src/platforms/platform.ts'
import { ACCOUNT, message, oneProcess, type Process, type ProcessOptions, privateChat } from './house.ts'

export const by = (who: string, id: string, text: string): Inbound =>
  message(id, { chat: privateChat(who), sender: { id: who, isBot: false }, text })

/** What one person says in private, and what is answered: the last thing shown there. */
export function chatOf(process: Process, who = 'alice') {
  let next = 0
  return async (text: string): Promise<string> => {
    const id = `${who} says ${next++}`
    await process.hear(by(who, id, text))
    await process.ended(id, 'answered')
    return process.shown(privateChat(who)).at(-1) ?? ''
  }
}

export async function makeOwner(process: Process, who: string): Promise<void> {
  await process.hear(by(who, `owner ${who}`, await process.conversation.people.issueOwnerCode(ACCOUNT)))
  await process.ended(`owner ${who}`, 'answered')
}

/** Stands for the gateway around the conversation, and notes what it is told. */
export function adminOf(trace: Admin['trace'] = async () => undefined): {
  readonly admin: Admin
  readonly told: string[]
} {
  const told: string[] = []
  const steer = (verb: string) => (account: string) => {
    told.push(`${verb} ${account}`)
    return true
  }
  const admin: Admin = {
    accounts: [ACCOUNT, 'qqbot:work'],
    platforms: () => ['qqbot: connected', 'qqbot:work: paused'],
    trace,
    agents: ['default', 'coder'],
    serving: ({ agent = 'default' }) =>
      agent === 'coder'
        ? { name: agent, kind: 'acp', state: 'ok' }
        : { name: agent, kind: 'toy', state: 'ok', model: 'small' },
    pause: steer('pause'),
    resume: steer('resume'),
    restart: steer('restart'),
  }
  return { admin, told }
}

export function owned(t: TestContext, options: ProcessOptions = {}) {
  const { admin, told } = adminOf(named => process.journal.trace(named))
  const process = oneProcess(t, { admin, ...options })
  return { process, told }
}
