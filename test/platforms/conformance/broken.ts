/** The suite over an adapter that is broken in the way that `BREAK` names, over the transport that `OVER` names: a program of its own, for `broken.test.ts`. */
import { type AdapterUnderTest, adapterSuite } from '../../../src/platforms/conformance/suite.ts'
import type { AdapterHost, PlatformAdapter } from '../../../src/platforms/platform.ts'
import { qqbot, qqbotByWebhook } from './qqbot.ts'

const HOUR_MS = 3_600_000

type Break = (adapter: PlatformAdapter) => PlatformAdapter

const withHost =
  (change: (host: AdapterHost) => AdapterHost): Break =>
  adapter => ({ ...adapter, run: (host, signal) => adapter.run(change(host), signal) })

/** A host with one verb of its own; the rest is the true one's. */
function but(host: AdapterHost, own: Partial<AdapterHost>): AdapterHost {
  return Object.assign(Object.create(host) as AdapterHost, own)
}

const BREAKS: Readonly<Record<string, Break>> = {
  'says connected whatever happens': withHost(host =>
    but(host, {
      report(evidence, nextByMs) {
        host.report(evidence, nextByMs)
        host.report({ kind: 'ready', resumed: false, proofMs: HOUR_MS }, nextByMs)
      },
    }),
  ),
  'never settles': adapter => ({
    ...adapter,
    async run(host, signal) {
      await adapter.run(host, signal).catch(() => undefined)
      return new Promise(() => {})
    },
  }),
  'loses every second message': withHost(host => {
    let count = 0
    return but(host, {
      async accept(arrival) {
        count += arrival.message === undefined ? 0 : 1
        if (arrival.message === undefined || count % 2 === 1) await host.accept(arrival)
      },
    })
  }),
  'hands messages over in the wrong order': withHost(host => {
    let count = 0
    return but(host, {
      accept(arrival) {
        if (arrival.message === undefined) return host.accept(arrival)
        count += 1
        if (count % 2 === 0) return host.accept(arrival)
        return host.sleep(20).then(() => host.accept(arrival))
      },
    })
  }),
  'throws instead of an outcome': adapter => ({
    ...adapter,
    async send(outgoing, signal) {
      const outcome = await adapter.send(outgoing, signal)
      if (outcome.kind !== 'accepted') throw new Error(outcome.kind)
      return outcome
    },
  }),
  'takes every failure for a success': adapter => ({
    ...adapter,
    async send(outgoing, signal) {
      const outcome = await adapter.send(outgoing, signal)
      return outcome.kind === 'accepted' ? outcome : { kind: 'accepted', platformId: 'made up' }
    },
  }),
  'uses one key for all replies': adapter => ({
    ...adapter,
    send: (outgoing, signal) =>
      adapter.send(outgoing.reply ? { ...outgoing, reply: { ...outgoing.reply, seq: 1 } } : outgoing, signal),
  }),
  'gives up with a cause that could pass': adapter => ({
    ...adapter,
    run: async (host, signal) => ({ ...(await adapter.run(host, signal)), retryable: true }),
  }),
}

const wanted = BREAKS[process.env['BREAK'] ?? '']
if (!wanted) throw new Error('BREAK names no way to be broken')
const whole = process.env['OVER'] === 'qqbotByWebhook' ? qqbotByWebhook : qqbot
const broken: AdapterUnderTest = {
  ...whole,
  name: 'broken',
  createAdapter: (platform, world) => wanted(whole.createAdapter(platform, world)),
}
adapterSuite(broken)
