/** Reads the frames of one link: into events for the session machine, and into what is to be kept on disk. */
import { describeError } from '../../../lib/errors.ts'
import type { AccountId, AdapterHost, Arrival, Click } from '../../platform.ts'
import type { PressAnswer } from '../inbound/acks.ts'
import { type Parsed, parseDispatch } from '../inbound/inbound.ts'
import type { CursorTrack } from './cursor.ts'
import { type Frame, helloInterval, OP, parseFrame, readReady } from './frames.ts'
import type { SessionEvent } from './session-types.ts'

const LONGEST_SAMPLE = 500
/** A verdict on a press that takes longer is not waited for: the button turns all the while. */
const VERDICT_MS = 600

export interface FrameReader {
  /** `ticket` names the link that it came on. */
  text(ticket: number, data: string): void
  /** A frame that nobody can read: counted, and the link goes on. */
  unknown(name: string, sample: string): void
}

interface Ports {
  dispatch(event: SessionEvent): void
  /** Brings it to disk; the cursor in it counts once it is there. */
  keep(arrival: Arrival): void
  /** Tells the platform that a press was heard, and what it comes to. */
  acknowledge(pressId: string, answer: Promise<PressAnswer>): void
  /** False before READY: then an event belongs to no session that we know. */
  inSession(): boolean
}

export function createFrameReader(
  account: AccountId,
  host: Pick<AdapterHost, 'clock' | 'log' | 'observe'>,
  track: CursorTrack,
  ports: Ports,
): FrameReader {
  const unknown = (name: string, sample: string): void =>
    host.observe({ kind: 'unknown', what: 'frame', name, sample: sample.slice(0, LONGEST_SAMPLE) })

  const onDispatch = (ticket: number, frame: Frame): void => {
    switch (frame.t) {
      case 'READY': {
        const { session, self } = readReady(frame.d)
        if (session !== undefined) ports.keep({ cursor: track.begin(session, self, frame.s ?? 0, host.clock.nowMs()) })
        ports.dispatch({ type: 'ready', ticket, resumable: session !== undefined })
        break
      }
      case 'RESUMED':
        // Its own number is not to be relied on: the events before it carry the true ones.
        ports.dispatch({ type: 'resumed', ticket })
        break
      default:
        ports.dispatch({ type: 'dispatch', ticket })
        onEvent(frame)
    }
  }

  const onEvent = (frame: Frame): void => {
    const parsed = parse(frame)
    const cursor = ports.inSession() ? track.receive(frame.s, host.clock.nowMs()) : undefined
    const arrival: Arrival = {
      ...(cursor === undefined ? {} : { cursor }),
      ...(parsed.kind === 'message' ? { message: parsed.message } : {}),
      ...(parsed.kind === 'click' ? clickOf(parsed.click) : {}),
      ...('facts' in parsed && parsed.facts !== undefined ? { facts: parsed.facts } : {}),
      ...(parsed.kind === 'audit' ? { audit: parsed.audit } : {}),
      ...('welcome' in parsed && parsed.welcome !== undefined ? { welcome: parsed.welcome } : {}),
    }
    if (Object.keys(arrival).length > 0) ports.keep(arrival)
  }

  const clickOf = (click: Click): Pick<Arrival, 'click' | 'onVerdict'> => {
    const { promise, resolve } = Promise.withResolvers<PressAnswer>()
    // A timer of this life: what it could not write down is told again, and acknowledged by the next one.
    const cancel = host.clock.after(VERDICT_MS, () => resolve('heard'))
    ports.acknowledge(click.id, promise)
    return {
      click,
      onVerdict(verdict) {
        cancel()
        if (verdict === 'unknown') unknown('INTERACTION_CREATE: nothing of ours', click.data)
        resolve(verdict)
      },
    }
  }

  /** An event that cannot be read must not come again and again: it is counted, and the cursor moves past it. */
  const parse = (frame: Frame): Parsed => {
    const name = frame.t ?? 'unnamed'
    const sample = (): string => JSON.stringify(frame.d ?? null)
    try {
      const parsed = parseDispatch(account, frame, track.self === undefined ? {} : { id: track.self })
      if (parsed.kind === 'unknown')
        host.observe({ kind: 'unknown', what: 'event', name, sample: sample().slice(0, LONGEST_SAMPLE) })
      if (parsed.kind === 'malformed') unknown(`${name}: ${parsed.why}`, sample())
      if (parsed.kind === 'malformed' && parsed.pressId !== undefined)
        ports.acknowledge(parsed.pressId, Promise.resolve('unknown'))
      return parsed
    } catch (thrown) {
      host.log.error('an event could not be read', { event: name, error: describeError(thrown) })
      unknown(`${name}: unreadable`, sample())
      return { kind: 'malformed', why: 'unreadable' }
    }
  }

  return {
    unknown,
    text(ticket, data) {
      const frame = parseFrame(data)
      if (typeof frame === 'string') {
        unknown(frame, data)
        return
      }
      switch (frame.op) {
        case OP.dispatch:
          onDispatch(ticket, frame)
          break
        case OP.ack:
          ports.dispatch({ type: 'ack', ticket })
          break
        case OP.hello:
          ports.dispatch({ type: 'hello', ticket, intervalMs: helloInterval(frame.d) })
          break
        case OP.heartbeat:
          ports.dispatch({ type: 'beat_wanted', ticket })
          break
        case OP.reconnect:
          ports.dispatch({ type: 'reconnect', ticket })
          break
        case OP.invalidSession:
          ports.dispatch({ type: 'invalid_session', ticket, resumable: frame.d === true })
          break
        default:
          unknown(`op_${frame.op}`, data)
      }
    },
  }
}
