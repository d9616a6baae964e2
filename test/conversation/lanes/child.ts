/** A gateway without a network. Its agent ends the process when it reads `boom`; prints what it posts, with its key. */
import { writeSync } from 'node:fs'
import { createConversation } from '../../../src/conversation/create-conversation.ts'
import { createDelivery } from '../../../src/delivery/outbox.ts'
import { createIntake } from '../../../src/intake/intake.ts'
import { openJournal } from '../../../src/journal/sqlite.ts'
import { systemClock as clock } from '../../../src/lib/clock.ts'
import { silentLogger as log } from '../../../src/lib/log.ts'
import { systemRandom as random } from '../../../src/lib/random.ts'
import type { Capabilities, PlatformAdapter } from '../../../src/platforms/platform.ts'
import { ACCOUNT, message, OPEN, privateChat } from '../house.ts'

const allowance = { windowMs: 3_600_000, places: 4 }
const capabilities: Capabilities = {
  textLimit: 1000,
  markdown: false,
  proof: 'calls',
  replyAllowance: () => allowance,
  keyedReplies: () => true,
}
const adapter: PlatformAdapter = {
  account: ACCOUNT,
  capabilities,
  run: () => new Promise(() => {}),
  async send({ text, reply }) {
    writeSync(1, `${reply?.id} ${reply?.seq} ${text}\n`)
    return { kind: 'accepted' }
  },
}
const common = { clock, random, log, language: 'en' } as const
const journal = openJournal({ path: process.argv[2] ?? '', clock })
const delivery = createDelivery({
  ...common,
  journal,
  adapterFor: () => adapter,
  links: { isUp: () => true, onUp: () => () => {} },
})
const conversation = createConversation({
  ...common,
  journal,
  delivery,
  access: () => OPEN,
  agent: {
    async *run({ text }) {
      if (text === 'boom') process.kill(process.pid, 'SIGKILL')
      yield { kind: 'text', text: `re: ${text}` }
    },
  },
})
const intake = createIntake({ ...common, journal, conversation, delivery, allowance: () => allowance })

await delivery.recover(ACCOUNT)
await intake.recover(ACCOUNT)
for (const text of process.argv.slice(3)) {
  // The same ids in every process: the platform tells again what it does not know to be kept.
  await intake.accept(ACCOUNT, { message: message(text, { chat: privateChat(`chat of ${text}`) }) })
}
setInterval(async () => {
  const { incoming, outgoing } = journal.pending(ACCOUNT)
  if (incoming + outgoing > 0) return
  writeSync(1, 'idle\n')
  process.exit(0)
}, 20)
