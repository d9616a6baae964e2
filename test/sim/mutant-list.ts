/** Faults to plant in the code, one at a time, each of which a gateway could well have: does the net catch them? */

export interface Mutant {
  /** What is wrong with a gateway that has it. */
  readonly what: string
  readonly file: string
  /** Found exactly once in the file. */
  readonly from: string
  readonly to: string
}

const QQ = 'src/platforms/qqbot'

export const MUTANTS: readonly Mutant[] = [
  {
    what: 'the cursor moves before the commit',
    file: `${QQ}/connection.ts`,
    from: `    host.accept(arrival).then(() => {
      if (arrival.cursor !== undefined) track.kept(arrival.cursor)
    }, given.onBroken)`,
    to: `    if (arrival.cursor !== undefined) track.kept(arrival.cursor)
    host.accept(arrival).then(() => {}, given.onBroken)`,
  },
  {
    what: 'identifies are not counted on disk',
    file: `${QQ}/connection.ts`,
    from: '    await host.store.set(BUDGET_KEY, budget)\n',
    to: '',
  },
  {
    what: 'an abandoned socket stays open',
    file: `${QQ}/connection.ts`,
    from: '        socket?.terminate()\n        socket = undefined\n        break',
    to: '        socket = undefined\n        break',
  },
  {
    what: 'frames are read on, whatever the session says (a bare return in the reader)',
    file: `${QQ}/frame-reader.ts`,
    from: "        case OP.reconnect:\n          ports.dispatch({ type: 'reconnect', ticket })",
    to: '        case OP.reconnect:\n          return',
  },
  {
    what: 'heartbeat ACKs are not counted',
    file: `${QQ}/session.ts`,
    from: "  if (state.phase !== 'live' || state.pulse.unacked === 0) return still(state)",
    to: '  if (input.nowMs >= 0) return still(state)',
  },
  {
    what: 'a link that falls silent is kept',
    file: `${QQ}/pulse.ts`,
    from: '  if (nowMs >= proofDeadlineMs(pulse)) return { pulse, beats: false, lost: missingAcks(pulse, nowMs) }\n',
    to: '',
  },
  {
    what: 'an ordinary close drops the session',
    file: `${QQ}/session.ts`,
    from: "      return lose(config, state, { fault, atOnce: 'proven' }, input, effects)\n    case 'slow'",
    to: "      return lose(config, state, { fault, atOnce: 'proven', dropSession: true }, input, effects)\n    case 'slow'",
  },
  {
    what: 'a wait between two tries is not armed',
    file: `${QQ}/session.ts`,
    from: "    case 'waiting':\n      return state.wakeAtMs",
    to: "    case 'waiting':\n      return undefined",
  },
  {
    what: 'a HELLO that never comes is waited for for ever',
    file: `${QQ}/session.ts`,
    from: '    default:\n      return state.deadlineAtMs',
    to: "    default:\n      return state.phase === 'awaiting_hello' ? undefined : state.deadlineAtMs",
  },
  {
    what: 'the state is not aged',
    file: 'src/gateway/lives/evidence.ts',
    from: '  return nowMs - proof.lastMs <= proof.holdsMs',
    to: '  return nowMs >= 0 && proof.holdsMs >= 0',
  },
  {
    what: 'a proof outlives its socket',
    file: 'src/gateway/lives/evidence.ts',
    from: "    case 'socket_closed':\n      return {\n        ...seen,\n        proof: null,",
    to: "    case 'socket_closed':\n      return {\n        ...seen,",
  },
  {
    what: 'a refusal of the journal does not end the life',
    file: 'src/gateway/lives/generation.ts',
    from: '      if (thrown instanceof JournalUnwritableError) fail(endingOfThrown(thrown))\n      throw thrown',
    to: '      return undefined as never',
  },
  {
    what: 'a parked account is not probed again, and does not hear a person',
    file: 'src/gateway/lives/life.ts',
    from: "    case 'waiting':\n    case 'parked':\n      return tryAgain(forgiven, life.fall, nowMs)\n    case 'stopping':",
    to: "    case 'waiting':\n    case 'parked':\n      return still(life)\n    case 'stopping':",
  },
  {
    what: 'open replies of a former process are forgotten',
    file: 'src/delivery/outbox.ts',
    from: '        recovered.add(account)\n        lanes.add(',
    to: '        recovered.add(account)\n        if (first) return\n        lanes.add(',
  },
  {
    what: 'open messages of a former process are forgotten',
    file: 'src/conversation/create-conversation.ts',
    from: 'for (const { message, alone } of leftovers.run)',
    to: 'for (const { message, alone } of [] as typeof leftovers.run)',
  },
  {
    what: 'a fresh msg_seq for each try',
    file: 'src/delivery/verdict.ts',
    from: "return state.keyed && !state.inDoubt ? { kind: 'again', pace: 'doubt' } : { kind: 'unknown' }",
    to: "return state.keyed && !state.inDoubt ? { kind: 'next_seq' } : { kind: 'unknown' }",
  },
  {
    what: 'a lost answer counts as not sent',
    file: `${QQ}/api.ts`,
    from: "kind: thrown.written ? 'unanswered' : 'not_sent'",
    to: "kind: 'not_sent'",
  },
  {
    what: 'replies of one chat go out side by side',
    file: 'src/delivery/lanes.ts',
    from: 'chatKey(row.chat)}`',
    to: 'chatKey(row.chat)}` + row.id',
  },
  {
    what: 'turns of one chat run side by side',
    file: 'src/conversation/floor.ts',
    from: 'const admission = lanes.add(key,',
    to: 'const admission = lanes.add(key + message.id,',
  },
  {
    what: 'a repeated message is handed over again',
    file: 'src/intake/intake.ts',
    from: "acceptance: Acceptance): void => {\n    if (acceptance === 'known') {",
    to: "acceptance: Acceptance): void => {\n    if (acceptance === 'known' && !triage.run) {",
  },
  {
    what: 'a wait of delivery leaves its timer behind',
    file: 'src/delivery/waits.ts',
    from: '      clock.after(delayMs, end(resolve)),',
    to: '      (clock.after(delayMs, end(resolve)), () => {}),',
  },
  {
    what: 'what is in doubt is sent a second way when its window closes',
    file: 'src/delivery/endings.ts',
    from: '  if (inDoubt) return leaveUnknown(context, job, detail)\n  const facts',
    to: '  const facts',
  },
]
