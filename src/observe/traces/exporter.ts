/**
 * Sends spans to a collector by OTLP over HTTP, in its JSON form (OpenTelemetry Protocol 1.x). The official packages do the same
 * with twelve packages and 28 MB; this is one stable request.
 */
import { hostname } from 'node:os'
import { type Clock, sleep } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { RequestHttp } from '../../lib/net/network.ts'
import { createTroubleLog } from '../../lib/trouble-log.ts'
import type { Span } from './span.ts'

export interface ExporterSettings {
  /** The whole address, such as `http://127.0.0.1:4318/v1/traces`. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
}

export interface SpanExporter {
  add(span: Span): void
  /** Sends what has gathered, again and again, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
  /** Sends what is left, once. */
  flush(): Promise<void>
}

export interface ExporterDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly request: RequestHttp
  readonly version: string
  /** What a platform or an agent said of a failure may hold anything. */
  redact(text: string): string
}

const EVERY_MS = 5_000
const TIMEOUT_MS = 10_000
/** At the end of the process, for all of them. */
const LAST_TIMEOUT_MS = 1_500
/** What waits for a collector that does not answer; the oldest go first. */
const MOST_WAITING = 4_096
const MOST_AT_ONCE = 512

export function createExporter({ endpoint, headers }: ExporterSettings, deps: ExporterDeps): SpanExporter {
  const { clock, log, request } = deps
  const { host } = new URL(endpoint)
  let waiting: Span[] = []
  const trouble = createTroubleLog(
    log,
    { fails: 'traces do not reach their collector', works: 'traces reach their collector again' },
    { host },
  )

  const clean = ({ error, ...span }: Span): Span =>
    error === undefined ? span : { ...span, error: deps.redact(error) }
  const send = async (timeoutMs: number, signal?: AbortSignal): Promise<void> => {
    const batch = waiting.slice(0, MOST_AT_ONCE)
    if (batch.length === 0) return
    try {
      const { status } = await request(
        {
          method: 'POST',
          url: endpoint,
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(payload(batch.map(clean), deps.version)),
          timeoutMs,
        },
        signal,
      )
      const refused = status < 200 || status >= 300
      trouble.note(refused ? `HTTP ${status}` : undefined)
      // What a collector refuses it would refuse again; only one that is busy is asked once more.
      if (refused && (status === 429 || status >= 500)) return
    } catch (thrown) {
      signal?.throwIfAborted()
      return trouble.note(describeError(thrown))
    }
    const sent = new Set(batch)
    waiting = waiting.filter(span => !sent.has(span))
  }

  return {
    add(span) {
      waiting.push(span)
      if (waiting.length > MOST_WAITING) waiting.shift()
    },
    async run(signal) {
      for (;;) {
        await sleep(clock, EVERY_MS, signal)
        do await send(TIMEOUT_MS, signal)
        while (!trouble.failing && waiting.length > 0)
      }
    },
    async flush() {
      const untilMs = clock.monotonicMs() + LAST_TIMEOUT_MS
      do await send(untilMs - clock.monotonicMs())
      while (!trouble.failing && waiting.length > 0 && clock.monotonicMs() < untilMs)
    },
  }
}

/** `ExportTraceServiceRequest`, as the protocol's JSON mapping has it. */
function payload(spans: readonly Span[], version: string): object {
  return {
    resourceSpans: [
      {
        resource: {
          attributes: attributesOf({ 'service.name': 'herald', 'service.version': version, 'host.name': hostname() }),
        },
        scopeSpans: [{ scope: { name: 'herald', version }, spans: spans.map(spanOf) }],
      },
    ],
  }
}

const SPAN_KIND_INTERNAL = 1
const STATUS_ERROR = 2

function spanOf({ traceId, spanId, parentId, name, startMs, endMs, attributes, error }: Span): object {
  return {
    traceId,
    spanId,
    ...(parentId === undefined ? {} : { parentSpanId: parentId }),
    name,
    kind: SPAN_KIND_INTERNAL,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributesOf(attributes),
    ...(error === undefined ? {} : { status: { code: STATUS_ERROR, message: error } }),
  }
}

function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n)
}

function attributesOf(attributes: Span['attributes']): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
}

/** Whole numbers are text in the JSON mapping, because they may have 64 bits. */
function anyValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
