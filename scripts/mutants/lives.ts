/** Faults of the lives of an account, of what is said of its state, and of the stop. */
import type { Mutant } from './mutant.ts'

const LIVES = 'src/gateway/lives'

export const LIFE_MUTANTS: readonly Mutant[] = [
  {
    what: 'the state is not aged',
    file: `${LIVES}/shown/evidence.ts`,
    from: '  return nowMs - proof.lastMs <= proof.holdsMs',
    to: '  return nowMs >= 0 && proof.holdsMs >= 0',
  },
  {
    what: 'a proof outlives its socket',
    file: `${LIVES}/shown/evidence.ts`,
    from: "    case 'socket_closed':\n      return {\n        ...seen,\n        proof: null,",
    to: "    case 'socket_closed':\n      return {\n        ...seen,",
  },
  {
    what: 'a new life begins with the proof of the last one',
    file: `${LIVES}/shown/evidence.ts`,
    from: '  return { ...emptyRecord(nowMs), readyAtMs,',
    to: '  return { ...emptyRecord(nowMs), proof: record.proof, readyAtMs,',
  },
  {
    what: 'the end of a life leaves its socket open',
    file: `${LIVES}/generation.ts`,
    from: '      for (const socket of sockets) terminate(socket, ports.log)\n',
    to: '',
  },
  {
    what: 'the end of a life leaves its timers behind',
    file: `${LIVES}/generation.ts`,
    from: '      for (const cancel of timers) cancel()\n',
    to: '',
  },
  {
    what: 'a refusal of the journal is swallowed',
    file: `${LIVES}/generation.ts`,
    from: '      if (thrown instanceof JournalUnwritableError) fail(endingOfThrown(thrown))\n      throw thrown',
    to: '      return undefined as never',
  },
  {
    what: 'late words of a former life are taken for those of the present one',
    file: `${LIVES}/life.ts`,
    from: "  if (event.generation !== life.generation) return still(life)\n  if (life.phase === 'stopping')",
    to: "  if (life.phase === 'stopping')",
  },
  {
    what: 'a parked account is not probed again',
    file: `${LIVES}/life.ts`,
    from: "    case 'waiting':\n    case 'parked':\n      return life.fall.nextLifeAtMs",
    to: "    case 'parked':\n      return undefined\n    case 'waiting':\n      return life.fall.nextLifeAtMs",
  },
  {
    what: 'an account that waits does not hear a person',
    file: `${LIVES}/life.ts`,
    from: "    case 'waiting':\n    case 'parked':\n      return tryAgain(forgiven, life.fall, nowMs)\n    case 'stopping':",
    to: "    case 'waiting':\n    case 'parked':\n      return still(life)\n    case 'stopping':",
  },
  {
    what: 'a life that hangs at its stop is waited for for ever',
    file: `${LIVES}/life.ts`,
    from: "    case 'stopping':\n    case 'probing':\n      return life.deadlineMs",
    to: "    case 'stopping':\n      return undefined\n    case 'probing':\n      return life.deadlineMs",
  },
  {
    what: 'the stop does not wait for replies under way, nor cut them',
    file: 'src/wiring/gateway.ts',
    from: 'run: signal => delivery.stop(signal) }',
    to: 'run: async () => {} }',
  },
  {
    what: 'what tells a chat of work outlives the stop',
    file: 'src/delivery/outbox.ts',
    from: '      // What only tells a chat of work is not waited for.\n      cut()\n',
    to: '',
  },
  {
    what: 'the stop does not end turns',
    file: 'src/conversation/create-conversation.ts',
    from: '    lanes.stop()\n    stopping.abort(new StoppedError())',
    to: '    lanes.stop()',
  },
]
