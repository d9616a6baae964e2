/** Faults of the link to the platform: the session machine, the shell around it, the token. */
import type { Mutant } from './mutant.ts'

const LINK = 'src/platforms/qqbot/link'
const REST = 'src/platforms/qqbot/rest'

export const LINK_MUTANTS: readonly Mutant[] = [
  {
    what: 'the cursor moves before the commit',
    file: `${LINK}/connection.ts`,
    from: `    host.accept(arrival).then(() => {
      if (arrival.cursor !== undefined) track.kept(arrival.cursor)
    }, given.onBroken)`,
    to: `    if (arrival.cursor !== undefined) track.kept(arrival.cursor)
    host.accept(arrival).then(() => {}, given.onBroken)`,
  },
  {
    what: 'a life that gave up does not return: `fatal` is not reported',
    file: `${LINK}/connection.ts`,
    from: '      given.onEnded(next.state.ending)\n',
    to: '',
  },
  {
    what: 'a bare return where the socket closes',
    file: `${LINK}/connection.ts`,
    from: "          if (socket === dialled) socket = undefined\n          dispatch({ type: 'closed', ticket, code, reason })",
    to: '          if (socket === dialled) socket = undefined\n          return',
  },
  {
    what: 'a frozen socket is not terminated: two are alive',
    file: `${LINK}/connection.ts`,
    from: '        socket?.terminate()\n        socket = undefined\n        break',
    to: '        socket = undefined\n        break',
  },
  {
    what: 'the identify budget is not spent on disk',
    file: `${LINK}/bot/starts.ts`,
    from: '      await store.set(STORE_KEY, budget)\n',
    to: '',
  },
  {
    what: 'a new process does not resume the session on disk',
    file: `${LINK}/connection.ts`,
    from: '      cursor: fresh && belongsTo(cursor, shard) ? cursor : undefined,',
    to: '      cursor: undefined,',
  },
  {
    what: 'op 7 is ignored (a bare return in the reader)',
    file: `${LINK}/frame-reader.ts`,
    from: "        case OP.reconnect:\n          ports.dispatch({ type: 'reconnect', ticket })",
    to: '        case OP.reconnect:\n          return',
  },
  {
    what: 'the cursor stays where it was: what comes is never acknowledged',
    file: `${LINK}/frame-reader.ts`,
    from: 'const cursor = ports.inSession() ? track.receive(frame.s, host.clock.nowMs()) : undefined',
    to: 'const cursor = ports.inSession() ? track.receive(undefined, host.clock.nowMs()) : undefined',
  },
  {
    what: 'heartbeat ACKs are not counted',
    file: `${LINK}/session.ts`,
    from: "  if (state.phase !== 'live' || state.pulse.unacked === 0) return still(state)",
    to: '  if (input.nowMs >= 0) return still(state)',
  },
  {
    what: 'op 9 that ends a session is taken for one that can be resumed',
    file: `${LINK}/losses.ts`,
    from: 'dropSession: !resumable',
    to: 'dropSession: false',
  },
  {
    what: 'op 9 that leaves the session is taken for its end',
    file: `${LINK}/losses.ts`,
    from: 'dropSession: !resumable',
    to: 'dropSession: true',
  },
  {
    what: 'an ordinary close drops the session',
    file: `${LINK}/losses.ts`,
    from: "      return lose(config, state, { fault, atOnce: 'proven' }, input, effects)\n    case 'slow'",
    to: "      return lose(config, state, { fault, atOnce: 'proven', dropSession: true }, input, effects)\n    case 'slow'",
  },
  {
    what: 'a wait between two tries is not armed',
    file: `${LINK}/session.ts`,
    from: "    case 'waiting':\n      return state.wakeAtMs",
    to: "    case 'waiting':\n      return undefined",
  },
  {
    what: 'a HELLO that never comes is waited for for ever',
    file: `${LINK}/session.ts`,
    from: '    default:\n      return state.deadlineAtMs',
    to: "    default:\n      return state.phase === 'awaiting_hello' ? undefined : state.deadlineAtMs",
  },
  {
    what: 'answers of an operation that was given up are counted',
    file: `${LINK}/session.ts`,
    from: "if (!('ticket' in state) || event.ticket !== state.ticket) return still(state)",
    to: "if (!('ticket' in state)) return still(state)",
  },
  {
    what: 'an IDENTIFY is sent although the budget is used up',
    file: `${LINK}/bot/budget.ts`,
    from: '  return Math.max(burstWaitMs, dayWaitMs(hours, wallNowMs), toldWaitMs)',
    to: '  return Math.max(burstWaitMs, dayWaitMs(hours, wallNowMs), toldWaitMs) * 0',
  },
  {
    what: 'the connections of a bot begin their sessions all at once',
    file: `${LINK}/bot/starts.ts`,
    from: '      if (turns.size + sentMs.length < atOnce) return 0',
    to: '      if (turns.size + sentMs.length >= 0) return 0',
  },
  {
    what: 'the account is shown as its best connection is',
    file: 'src/gateway/lives/shown/account-state.ts',
    from: '(isWorse(view, worse) ? view : worse)',
    to: '(isWorse(worse, view) ? view : worse)',
  },
  {
    what: 'a link that falls silent is kept',
    file: `${LINK}/pulse.ts`,
    from: '  if (nowMs >= proofDeadlineMs(pulse)) return { pulse, beats: false, lost: missingAcks(pulse, nowMs) }\n',
    to: '',
  },
  {
    what: 'a session is resumed in vain for ever',
    file: `${LINK}/retry.ts`,
    from: '  return !memory.session || memory.resumes >= MOST_RESUMES',
    to: '  return !memory.session',
  },
  {
    what: 'it is tried again without a backoff',
    file: `${LINK}/retry.ts`,
    from: '  const next = wait(config, memory, loss.fault, delayMs, input, all)',
    to: '  const next = wait(config, memory, loss.fault, delayMs * 0, input, all)',
  },
  {
    what: 'the token is never fetched anew, whatever the platform says of it',
    file: `${REST}/token.ts`,
    from: 'if (token === undefined || held?.token === token) held = undefined',
    to: 'if (nextAskAtMs < 0) held = undefined',
  },
  {
    what: 'a request whose answer was lost counts as not sent',
    file: `${REST}/api.ts`,
    from: "kind: thrown.written ? 'unanswered' : 'not_sent'",
    to: "kind: 'not_sent'",
  },
]
