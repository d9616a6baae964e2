/** Spans from frame to answer, as a collector receives them from a gateway that runs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxHere } from '../../scripts/survival/boxes.ts'
import { ledgerOf } from '../../scripts/survival/steps.ts'
import { configFor, createWorld } from '../../scripts/survival/world.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createRequest } from '../../src/lib/net/http.ts'
import { createRedactor } from '../../src/lib/redact.ts'
import { createExporter } from '../../src/observe/traces/exporter.ts'
import { traceIdOf } from '../../src/observe/traces/tracer.ts'
import { httpReceiver } from '../alerts/receivers.ts'
import { eventually } from '../support/eventually.ts'
import { SOURCES } from '../support/herald.ts'

interface WireSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
  readonly status?: { readonly code: number; readonly message: string }
}

function spansIn(bodies: readonly string[]): readonly WireSpan[] {
  return bodies.flatMap(body =>
    JSON.parse(body).resourceSpans.flatMap((resource: { scopeSpans: { spans: WireSpan[] }[] }) =>
      resource.scopeSpans.flatMap(({ spans }) => spans),
    ),
  )
}

const attribute = (span: WireSpan | undefined, key: string): unknown =>
  Object.values(span?.attributes.find(one => one.key === key)?.value ?? {})[0]

test('a message, its turn and its reply are one trace; nothing of what was said is in it', async t => {
  const collector = await httpReceiver(t)
  const scene = await createWorld(t, SOURCES, boxHere).scene()
  const traces = { endpoint: `${collector.url}/v1/traces`, headers: { 'x-key': 'hunter2-and-a-half' } }
  scene.write(JSON.stringify({ ...configFor(scene.box, {}), traces }))
  const herald = scene.start()
  await herald.connected()
  const ledger = ledgerOf(scene.box)
  const said = await ledger.say({ person: 'Alice', text: 'a word in confidence' })
  await ledger.even()
  await scene.box.fault('content_refused')
  const refused = await scene.box.say({ person: 'Alice', text: 'a second word' })
  await eventually('the second is refused', 10_000, () => /a reply was refused/.test(herald.stderr()), herald.stderr)
  await herald.until('both are over', ({ pending_in, pending_out }) => pending_in + pending_out === 0)
  herald.kill('SIGTERM')
  assert.equal((await herald.end(10_000)).code, 0)

  const bodies = collector.got.map(({ body }) => body)
  assert.ok(!bodies.join('').includes('word'))
  assert.ok(!herald.stderr().includes('hunter2'))
  const spans = spansIn(bodies)
  const mine = spans.filter(({ traceId }) => traceId === traceIdOf('qqbot', said.id))
  assert.deepEqual(mine.map(({ name }) => name).sort(), ['message', 'reply', 'turn'])
  const root = mine.find(({ name }) => name === 'message')
  assert.equal(attribute(root, 'herald.chat_kind'), 'c2c')
  assert.equal(attribute(root, 'herald.end'), 'answered')
  for (const span of mine) {
    assert.match(span.spanId, /^[0-9a-f]{16}$/)
    assert.equal(span.parentSpanId, span === root ? undefined : root?.spanId)
    assert.ok(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano))
    assert.ok(BigInt(span.endTimeUnixNano) <= BigInt(root?.endTimeUnixNano ?? 0))
  }
  const its = spans.filter(({ traceId }) => traceId === traceIdOf('qqbot', refused.id))
  const failed = its.find(span => attribute(span, 'herald.outcome') === 'refused')
  assert.equal(failed?.status?.code, 2)
  assert.equal(typeof attribute(failed, 'herald.code'), 'string')
})

test('what failed is told without secrets', async t => {
  const collector = await httpReceiver(t)
  const redactor = createRedactor()
  redactor.add('hunter2-and-a-half')
  const exporter = createExporter(
    { endpoint: `${collector.url}/v1/traces`, headers: {} },
    {
      clock: systemClock,
      log: silentLogger,
      request: createRequest(systemClock),
      version: '1',
      redact: text => redactor.redact(text),
    },
  )
  const name = 'reply'
  const error = 'no such key: hunter2-and-a-half'
  exporter.add({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name, startMs: 1, endMs: 2, attributes: {}, error })
  await exporter.flush()
  const [span] = spansIn(collector.got.map(({ body }) => body))
  assert.deepEqual(span?.status, { code: 2, message: 'no such key: [redacted]' })
})

test('the last word of a process is all that is left, also where that is more than one request', async t => {
  const collector = await httpReceiver(t)
  const exporter = createExporter(
    { endpoint: collector.url, headers: {} },
    {
      clock: systemClock,
      log: silentLogger,
      request: createRequest(systemClock),
      version: '1',
      redact: text => text,
    },
  )
  for (let at = 0; at < 1_200; at++)
    exporter.add({
      traceId: 'a'.repeat(32),
      spanId: String(at).padStart(16, '0'),
      name: 'turn',
      startMs: 1,
      endMs: 2,
      attributes: {},
    })
  await exporter.flush()
  const ids = spansIn(collector.got.map(({ body }) => body)).map(({ spanId }) => spanId)
  assert.equal(new Set(ids).size, 1_200)
  assert.equal(ids.length, 1_200)
})

test('a collector that is down costs nothing but a line in the log', async t => {
  const scene = await createWorld(t, SOURCES, boxHere).scene()
  scene.write(JSON.stringify({ ...configFor(scene.box, {}), traces: { endpoint: 'http://127.0.0.1:9/v1/traces' } }))
  const herald = scene.start()
  await herald.connected()
  const ledger = ledgerOf(scene.box)
  await ledger.say({ person: 'Alice' })
  await ledger.even()
  herald.kill('SIGTERM')
  assert.equal((await herald.end(10_000)).code, 0)
  assert.match(herald.stderr(), /traces do not reach their collector/)
})
