/** H: the truth about an account by webhook, which holds no link: what proves that the next callback would come in. */
import assert from 'node:assert/strict'
import { freePort, type Manner, reverseProxy } from '../../../test/support/reverse-proxy.ts'
import { quick, type Row } from '../row.ts'
import { back, blow, ledgerOf } from '../steps.ts'
import type { World } from '../world.ts'

const PATH = '/qq'
/** What was refused is soon posted again. */
const OPTIONS = { callbackRetryMs: 200 }

/** The platform calls through a reverse proxy, as from outside. */
async function outside(world: World) {
  const webhook = { host: '127.0.0.1', port: await freePort(), path: PATH }
  const proxy = await reverseProxy(world.t, webhook.port)
  const url = `${proxy.url}${PATH}`
  const settings = { bot: { transport: 'webhook', webhook: { ...webhook, public_url: url } } }
  const scene = await world.scene(settings, OPTIONS)
  await scene.box.changeBot({ appId: scene.box.bot.appId, webhook: url })
  return { ...scene, proxy }
}

const called = quick(
  'H0',
  'by webhook: unverified until the platform has called; neither our own challenge nor a forged post is taken for it',
  async world => {
    const { box, start } = await outside(world)
    const herald = start()
    await herald.until(
      'unverified',
      ({ state, error_code: code }) => code === 'qq_webhook_uncalled' && state === 'unverified',
    )
    await herald.until('our own challenge came round', ({ evidence }) => evidence.last_ack_at !== null)
    assert.equal(await box.forge('unsigned'), 401)
    assert.equal(await box.forge('wrong_signature'), 401)
    assert.equal(await box.forge('stale'), 401)
    assert.match((await herald.get('/status')).text, /"state":\s*"unverified"/, 'nobody has proven anything')
    const ledger = ledgerOf(box)
    const saidAtMs = Date.now()
    await ledger.say({ person: 'Alice' })
    const { since } = await herald.connected()
    const backMs = Date.parse(since) - saidAtMs
    const replayed = await box.forge('replay')
    assert.ok(replayed < 300, `a copy is taken as the platform's second try of it: ${replayed}`)
    return { backMs, ...(await ledger.even()), note: 'connected by the first signed call' }
  },
)

/** What was proven once is kept, and is worth nothing where the way is broken now. */
function broken(title: string, manner: Manner): Row {
  return quick('H0', `by webhook: started again behind a reverse proxy that ${title}`, async world => {
    const { box, start, proxy } = await outside(world)
    const ledger = ledgerOf(box)
    const first = start()
    await first.until('up', ({ state }) => state === 'unverified')
    await ledger.say({ person: 'Alice' })
    await ledger.even()
    await first.connected()
    first.kill('SIGKILL')
    await first.ended

    proxy.manner = manner
    const again = await blow(async () => {})
    const second = start()
    await second.until('broken', ({ error_code: code }) => code === 'qq_webhook_unreachable')
    const noticedMs = Date.now() - again.atMs
    assert.equal(second.account()?.state, 'retrying')
    assert.match(second.account()?.hint ?? '', /reverse proxy|passed on/)
    await ledger.say({ person: 'Alice' })
    const mended = await blow(async () => {
      proxy.manner = 'passes'
    })
    const backMs = await back(second, mended)
    return { noticedMs, backMs, ...(await ledger.even()), note: 'qq_webhook_unreachable, with what to mend' }
  })
}

export const webhookRows: readonly Row[] = [
  called,
  broken('drops the signature', 'strips'),
  broken('leads to another path', 'cuts_path'),
  broken('writes the body anew', 'rewrites'),
]
