/** H89: who is told, and how often. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { parseJson } from '../../../src/lib/json.ts'
import { httpReceiver } from '../../../test/alerts/receivers.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { type Row, slow } from '../row.ts'
import { back, blow, noticed } from '../steps.ts'

/** Longer than all the flaps together: status is looked at every five seconds. */
const AFTER_S = 15

const oneOutage = slow(
  'H89',
  'ten flaps, then one outage: one word that it is down, one that it is up, with cause and duration',
  async world => {
    const hook = await httpReceiver(world.t)
    const to = [{ type: 'webhook', url: `${hook.url}/told` }]
    const { box, start } = await world.scene({ top: { alerts: { after_s: AFTER_S, to } } })
    const herald = start()
    await herald.connected()
    for (let at = 1; at <= 10; at++) {
      await box.fault('cut')
      const ups = (): number => herald.changes('qqbot').filter(({ to }) => to === 'connected').length
      await eventually('up again', 15_000, () => ups() === at + 1, herald.stderr)
    }
    await herald.connected()
    assert.deepEqual(hook.got, [], 'what heals by itself is told to nobody')
    const struck = await blow(() => box.fault('host_down'))
    const noticedMs = await noticed(herald, struck)
    await eventually('word that it is down', 40_000, () => hook.got.length === 1, herald.stderr)
    const mended = await blow(() => box.mend())
    const backMs = await back(herald, mended)
    await eventually('word that it is up', 20_000, () => hook.got.length === 2, herald.stderr)
    await delay((AFTER_S + 1) * 1_000)
    const told = hook.got.map(({ body }) => parseJson(body) as { kind?: string; text?: string })
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['raised', 'cleared'],
    )
    assert.match(told[0]?.text ?? '', /^qqbot is down \(since .*\)\nqq_/)
    assert.match(told[1]?.text ?? '', /^qqbot is up again \(after \d+ s\)/)
    return { noticedMs, backMs, note: String(told[1]?.text?.split('\n')[0]) }
  },
)

export const alerting: readonly Row[] = [oneOutage]
