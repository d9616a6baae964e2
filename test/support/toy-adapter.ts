/** An adapter that lives well, and can fail in every way that there is. */
import { EventEmitter } from 'node:events'
import type { AdapterHost, Arrival, Ending, PlatformAdapter } from '../../src/platforms/platform.ts'

export const PROOF_MS = 20_000
export const CALL_PROOF_MS = 600_000
const BEAT_MS = 10_000
/** When a life that is to go wrong does so: it has been connected for a while by then. */
export const TROUBLE_AFTER_MS = 3_000

export type Conduct =
  | 'healthy'
  /** Gives up with a cause that can pass, after `TROUBLE_AFTER_MS`; or at once; or with one that cannot. */
  | 'gives_up'
  | 'gives_up_at_once'
  | 'gives_up_for_good'
  | 'returns_nothing'
  | 'returns_nonsense'
  | 'throws'
  | 'throws_synchronously'
  | 'rejects_unawaited'
  | 'throws_in_raw_timer'
  | 'throws_in_host_timer'
  | 'throws_in_socket_listener'
  | 'rejects_in_socket_listener'
  | 'emits_unheard_error'
  /** Reports nothing from the first moment on, and never settles. */
  | 'never_speaks'
  /** Connects, then says nothing any more. */
  | 'falls_silent'
  | 'hangs_on_stop'
  /** Ignores its end in a tight loop of sleeps that it catches. */
  | 'spins_on_stop'
  | 'floods'
  /** Wants to be opened anew. */
  | 'reopens'
  /** Goes on reporting after its end, through a timer of its own. */
  | 'speaks_after_end'
  /** Every message it gets goes to the journal. */
  | 'accepts'

export interface ToyOptions {
  readonly account: string
  readonly conduct: Conduct
  /** What single connections do instead, by their index. */
  readonly conducts?: readonly (Conduct | undefined)[]
  /** How many connections it needs. */
  readonly shards?: number
  readonly proof?: 'heartbeat' | 'calls'
  readonly beatMs?: number
  /** In place of `TROUBLE_AFTER_MS`. */
  readonly troubleAfterMs?: number
  /** Called in the middle of `run`, when the trouble is to happen. */
  readonly onTrouble?: () => void
}

const giveUp: Ending = { code: 'toy_exhausted', message: 'tried everything', hint: 'wait', retryable: true }
const giveUpForGood: Ending = { code: 'toy_secret_wrong', message: 'the secret is wrong', retryable: false }

export function createToyAdapter(options: ToyOptions): PlatformAdapter {
  const { account, conduct, shards } = options
  return {
    account,
    ...(shards === undefined ? {} : { shards: () => Promise.resolve(shards) }),
    capabilities: {
      textLimit: 100,
      markdown: false,
      proof: options.proof ?? 'heartbeat',
      replyAllowance: () => ({ windowMs: 60_000, places: 4 }),
      keyedReplies: () => true,
    },
    run(host, signal) {
      if (conduct === 'throws_synchronously') throw new Error('thrown before any promise')
      return live({ ...options, conduct: options.conducts?.[host.shard.index] ?? conduct }, host, signal)
    },
    send: () =>
      conduct === 'rejects_unawaited'
        ? Promise.reject(new Error('a send that throws'))
        : Promise.resolve({ kind: 'accepted' }),
  }
}

async function live(options: ToyOptions, host: AdapterHost, signal: AbortSignal): Promise<Ending> {
  const { conduct } = options
  if (conduct === 'gives_up_at_once') return giveUp
  if (conduct === 'gives_up_for_good') return giveUpForGood
  if (conduct === 'never_speaks') return new Promise(() => {})

  const beatMs = options.beatMs ?? BEAT_MS
  let silent = false
  const ends = Promise.withResolvers<Ending>()
  const nextBy = (): number => host.clock.monotonicMs() + beatMs + 1000
  host.report({ kind: 'connecting', step: 'dial' }, nextBy())
  const socket = host.dial(
    { url: 'ws://toy', handshakeTimeoutMs: 1000, maxMessageBytes: 1000 },
    {
      opened() {
        host.report({ kind: 'socket_open' }, nextBy())
        host.report({ kind: 'ready', resumed: false, proofMs: PROOF_MS }, nextBy())
        beat()
      },
      text(data) {
        if (data === 'ack' && !silent) host.report({ kind: 'ack' }, nextBy())
        if (data === 'call') host.report({ kind: 'called', proofMs: CALL_PROOF_MS }, nextBy())
        if (data !== 'message') return
        host.report({ kind: 'event' }, nextBy())
        onMessage(options, host)
      },
      binary() {},
      closed() {
        host.report({ kind: 'socket_closed' }, nextBy())
        ends.resolve({ code: 'toy_closed', message: 'the peer hung up', retryable: true })
      },
    },
  )
  const beat = (): void => {
    if (!silent) socket.send('beat')
    host.clock.after(beatMs, beat)
  }
  signal.addEventListener('abort', () => {
    if (conduct === 'hangs_on_stop' || conduct === 'falls_silent') return
    if (conduct === 'spins_on_stop') {
      spin(host)
      return
    }
    if (conduct === 'speaks_after_end') setTimeout(() => host.report({ kind: 'ack' }, nextBy()), 1)
    ends.resolve(giveUp)
  })
  host.clock.after(options.troubleAfterMs ?? TROUBLE_AFTER_MS, () => {
    options.onTrouble?.()
    silent = conduct === 'falls_silent'
    makeTrouble(conduct, host, ends)
  })
  return ends.promise
}

function makeTrouble(conduct: Conduct, host: AdapterHost, ends: PromiseWithResolvers<Ending>): void {
  switch (conduct) {
    case 'gives_up':
      ends.resolve(giveUp)
      return
    case 'returns_nothing':
      settleWith(ends, undefined)
      return
    case 'returns_nonsense':
      settleWith(ends, { code: 7 })
      return
    case 'throws':
      ends.reject(new Error('thrown out of run'))
      return
    case 'throws_in_host_timer':
      throw new Error('thrown in a host timer')
    case 'rejects_unawaited':
      noteOnly(Promise.reject(new Error('rejected, and nobody awaits it')))
      return
    case 'throws_in_raw_timer':
      setTimeout(() => {
        throw new Error('thrown in a raw timer')
      }, 1)
      return
    case 'emits_unheard_error':
      setImmediate(() => new EventEmitter().emit('error', new Error('an error event that nobody hears')))
      return
    case 'reopens':
      host.reopen('told by the test')
      return
    case 'floods':
      for (let word = 0; word < 100_000; word += 1)
        host.report({ kind: 'event' }, host.clock.monotonicMs() + BEAT_MS + 1000)
      for (let name = 0; name < 1000; name += 1) host.observe({ kind: 'unknown', what: 'event', name: `FLOOD_${name}` })
      return
    default:
      return
  }
}

function onMessage({ conduct }: ToyOptions, host: AdapterHost): void {
  const arrival: Arrival = { cursor: 1 }
  if (conduct === 'throws_in_socket_listener') throw new Error('thrown in a socket listener')
  if (conduct === 'rejects_in_socket_listener') noteOnly(host.sleep(1).then(() => Promise.reject(new Error('async'))))
  if (conduct === 'accepts') host.accept(arrival).then(noteOnly, noteOnly)
}

/** A promise that is dropped on purpose: what these lives are made of. */
function noteOnly(_dropped: unknown): void {}

/** What a careless adapter written without types would settle with. */
function settleWith(ends: { resolve: (value: Ending) => void }, value: unknown): void {
  const settle: (value: never) => void = ends.resolve
  Reflect.apply(settle, undefined, [value])
}

function spin(host: AdapterHost): void {
  const again = (): Promise<void> => host.sleep(10).then(again, again)
  noteOnly(again())
}
