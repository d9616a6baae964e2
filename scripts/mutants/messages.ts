/** Faults on the way of a message: intake, conversation, delivery, the journal. */
import type { Mutant } from './mutant.ts'

const DELIVERY = 'src/delivery'
const CONVERSATION = 'src/conversation'

export const MESSAGE_MUTANTS: readonly Mutant[] = [
  {
    what: 'dedupe is off: a repeated message is handed over again',
    file: 'src/intake/intake.ts',
    from: "if (acceptance === 'known') {\n      if (begins)",
    to: "if (acceptance === 'known' && !triage.run) {\n      if (begins)",
  },
  {
    what: 'a message is acknowledged and not kept',
    file: 'src/journal/tables/inbox.ts',
    from: '  if (insert(tx, account, message, verdict)) {',
    to: '  if (tx.nowMs % 97 !== 0 && insert(tx, account, message, verdict)) {',
  },
  {
    what: 'messages that a former process left open are forgotten',
    file: `${CONVERSATION}/create-conversation.ts`,
    from: 'for (const { message, alone } of leftovers.run)',
    to: 'for (const { message, alone } of [] as typeof leftovers.run)',
  },
  {
    what: 'turns of one chat run side by side, each in a lane of its own',
    file: `${CONVERSATION}/lanes/floor.ts`,
    from: 'const admission = lanes.add(key,',
    to: 'const admission = lanes.add(key + message.id,',
  },
  {
    what: 'a lane lets two turns run at once',
    file: `${CONVERSATION}/lanes/lanes.ts`,
    from: '      if (!lane.busy) ready.add(lane)',
    to: '      ready.add(lane)',
  },
  {
    what: 'the notice about a failed turn is lost',
    file: `${CONVERSATION}/notices/ends.ts`,
    from: 'journal.endTurn(account, ids, end, detail, replies)',
    to: 'journal.endTurn(account, ids, end, detail, [])',
  },
  {
    what: 'a turn is lost when the disk refuses once',
    file: `${CONVERSATION}/create-conversation.ts`,
    from: "const persist = createPersist({ clock, random, log }, 'a turn')",
    to: 'const persist = <T>(ask: () => Promise<T>) => ask()',
  },
  {
    what: 'an outcome is forgotten when the disk refuses once',
    file: `${DELIVERY}/outbox.ts`,
    from: "write: createPersist({ clock, random, log }, 'an outcome')",
    to: 'write: ask => ask()',
  },
  {
    what: 'replies that a former process left open are forgotten',
    file: `${DELIVERY}/outbox.ts`,
    from: '        recovered.add(account)\n        lanes.add(',
    to: '        recovered.add(account)\n        if (first) return\n        lanes.add(',
  },
  {
    what: 'replies that a former process may have sent are sent as if new',
    file: `${DELIVERY}/lanes/worker.ts`,
    from: "  if (row.state === 'sending' && job.recovered) return () => leaveUnknown(context, job)\n",
    to: '',
  },
  {
    what: 'the rest that is held is dropped',
    file: `${DELIVERY}/outbox.ts`,
    from: '    return [...replies, ...held]',
    to: '    return replies',
  },
  {
    what: 'what was held stays held beside what is sent of it',
    file: `${DELIVERY}/plan/held.ts`,
    from: 'journal.replaceReplies(ids, replies)',
    to: 'journal.replaceReplies(ids.slice(0, 1), replies)',
  },
  {
    what: 'a fresh msg_seq for each try',
    file: `${DELIVERY}/outcomes/verdict.ts`,
    from: "return state.keyed && !state.inDoubt ? { kind: 'again', pace: 'doubt' } : { kind: 'unknown' }",
    to: "return state.keyed && !state.inDoubt ? { kind: 'next_seq' } : { kind: 'unknown' }",
  },
  {
    what: 'a send without a verdict is retried blindly',
    file: `${DELIVERY}/outcomes/verdict.ts`,
    from: "return state.keyed && !state.inDoubt ? { kind: 'again', pace: 'doubt' } : { kind: 'unknown' }",
    to: "return { kind: 'again', pace: 'doubt' }",
  },
  {
    what: 'what a broken server may have kept is sent again without a key',
    file: `${DELIVERY}/outcomes/verdict.ts`,
    from: "      if (!state.keyed && mayHaveKept(outcome)) return { kind: 'unknown' }\n",
    to: '',
  },
  {
    what: 'replies of one chat go out side by side',
    file: `${DELIVERY}/lanes/lanes.ts`,
    from: 'chatKey(row.chat)}`',
    to: 'chatKey(row.chat)}` + row.id',
  },
  {
    what: 'what is in doubt is sent a second way when its window closes',
    file: `${DELIVERY}/outcomes/endings.ts`,
    from: '  if (inDoubt) return leaveUnknown(context, job, detail)\n  const facts',
    to: '  const facts',
  },
  {
    what: 'a wait of delivery leaves its timer behind',
    file: `${DELIVERY}/lanes/waits.ts`,
    from: '      clock.after(delayMs, end(resolve)),',
    to: '      (clock.after(delayMs, end(resolve)), () => {}),',
  },
]
