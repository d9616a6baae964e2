/** I94, I95, J107, J108: asked to stop, or killed, at each step between a frame and the platform's answer. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { STARTS_FILE_NAME } from '../../../src/gateway/process/starts.ts'
import type { FaultName, FaultSpec } from '../../../src/sandbox/sandbox.ts'
import { cleanUp } from '../../../test/support/clean-up.ts'
import { eventually } from '../../../test/support/eventually.ts'
import type { Herald } from '../../../test/support/herald.ts'
import { type Exchange, type OpenAiServer, startOpenAiServer } from '../../../test/support/openai-server.ts'
import { quick, type Row } from '../row.ts'
import { ledgerOf, within } from '../steps.ts'
import type { Scene, World } from '../world.ts'
import { ALICE, granted, posts, sent } from './outbound.ts'

/** An agent that the row can hold. What it is not told to do otherwise, it answers at once. */
async function slowAgent(world: World): Promise<{ readonly agent: OpenAiServer; readonly scene: Scene }> {
  const agent = await startOpenAiServer({ reply: ({ messages }) => `heard: ${messages.at(-1)?.content ?? ''}` })
  cleanUp(world.t, () => agent.stop())
  const scene = await world.scene({
    agent: { type: 'openai', base_url: agent.baseUrl, model: 'test', api_key: 'sk-agent-key' },
  })
  return { agent, scene }
}

/** Shown, and the answer held back for as long as it lasts. */
const LOST: FaultSpec = { kind: 'http', route: 'send', processed: true, answer: 'silence' }

const silence = (_exchange: Exchange): void => {}

/** Kills it at a step that something holds open, mends that, starts it again, and counts. */
function killedAt(title: string, hold: (scene: Scene, agent: OpenAiServer) => Promise<() => Promise<unknown>>): Row {
  return quick('I95', `kill -9 ${title}`, async world => {
    const { agent, scene } = await slowAgent(world)
    const { box, start } = scene
    const first = start()
    await first.connected()
    const reached = await hold(scene, agent)
    const ledger = ledgerOf(box, 'heard: ')
    const said = await ledger.say({ person: 'Alice', text: 'once only' })
    await reached()
    first.kill('SIGKILL')
    await first.ended
    await box.mend()
    await start().connected()
    const even = await ledger.even()
    const replies = await box.replies(said.id)
    return { ...even, note: `${replies?.posts ?? 0} posts, msg_seq ${replies?.seqs.join(', ')}` }
  })
}

/** Breaks sends, and answers with what waits until one has come. */
async function brokenSend({ box }: Scene, fault: FaultName | FaultSpec): Promise<() => Promise<unknown>> {
  const id = await box.fault(fault)
  return () =>
    eventually('a send', 10_000, async () =>
      (await box.state()).faults.some(active => active.id === id && active.fired > 0),
    )
}

/** Without anything that holds the moment. */
const anyMoment = quick(
  'I95',
  'kill -9 at twelve moments, 0 to 33 ms after the message',
  async world => {
    const { box, start } = await world.scene()
    const ledger = ledgerOf(box)
    for (let at = 0; at < 12; at++) {
      const herald = start()
      await herald.connected()
      await ledger.say({ person: `Person ${at}` })
      await delay(at * 3)
      herald.kill('SIGKILL')
      await herald.ended
      // Many young deaths in a row would make the next starts wait.
      rmSync(join(herald.home, STARTS_FILE_NAME))
    }
    await start().connected()
    return { ...(await ledger.even()), identifies: (await box.counters()).identifies }
  },
  { boundMs: 120_000 },
)

const poison = quick(
  'J107',
  'the process dies three times in the turn of one message: poison, the rest goes on',
  async world => {
    const { agent, scene } = await slowAgent(world)
    const { box, start, command } = scene
    agent.script(silence, silence, silence)
    const said: string[] = []
    for (let at = 1; at <= 3; at++) {
      const herald = start()
      await herald.connected()
      if (at === 1) said.push((await box.say({ person: 'Alice', text: 'a poison' })).id)
      await agent.received(at)
      herald.kill('SIGKILL')
      await herald.ended
    }
    await start().connected()
    const ledger = ledgerOf(box, 'heard: ')
    await ledger.say({ person: 'Alice', text: 'and the next' })
    const even = await ledger.even()
    const dead = JSON.parse((await command('dead', 'list', '--json')).stdout)
    assert.ok(
      dead.some(
        (entry: { id: string; end: string }) => entry.end === 'dead: poison' && entry.id.endsWith(String(said[0])),
      ),
    )
    const notices = (await box.answers({ person: 'Alice' })).filter(({ text }) => text.includes('failed several times'))
    assert.equal(notices.length, 1, 'the person is told, once')
    return { ...even, note: 'in herald dead list as poison' }
  },
)

const stopsInTurn = quick(
  'I94',
  'asked to stop while the agent never ends: in time, and answered after the start',
  async world => {
    const { agent, scene } = await slowAgent(world)
    const { box, start } = scene
    agent.script(silence)
    const first = start()
    await first.connected()
    const ledger = ledgerOf(box, 'heard: ')
    await ledger.say({ person: 'Alice', text: 'take your time' })
    await agent.received(1)
    const tookMs = await stop(first)
    await start().connected()
    return { ...(await ledger.even()), note: `stopped in ${Math.round(tookMs)} ms` }
  },
)

async function stop(herald: Herald): Promise<number> {
  const asked = performance.now()
  herald.kill('SIGTERM')
  const { code } = await herald.end(15_000)
  const tookMs = within('the stop', performance.now() - asked, 10_300)
  assert.equal(code, 0)
  assert.equal(herald.file()?.gateway_state, 'stopped')
  return tookMs
}

const stopsInSend = quick(
  'I94',
  'asked to stop while a send hangs: in time, and shown once after the start',
  async world => {
    const { box, start } = await world.scene()
    const first = start()
    await first.connected()
    await box.fault('no_answer')
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice' })
    await eventually('the post is there', 10_000, async () => (await box.answers({ person: 'Alice' })).length === 1)
    const tookMs = await stop(first)
    await start().connected()
    return { ...(await ledger.even()), note: `stopped in ${Math.round(tookMs)} ms` }
  },
)

const inDoubt = sent(
  'J108',
  'a try without a verdict, then the count is used up: unknown, listed, never sent a second way',
  async ({ box, command }) => {
    await granted(box)
    await box.fault('send_reset', { times: 1 })
    const blocked = await box.fault({ kind: 'send', when: 'passive', code: 40034128 }, { afterMs: 100 })
    await box.say({ ...ALICE, text: 'first' })
    const listed = await eventually('it is listed', 20_000, async () => {
      const { stdout } = await command('dead', 'list')
      return stdout.includes('unknown') && stdout
    })
    await box.mend(blocked)
    const tries = await posts(box)
    assert.ok(
      tries.every(({ request }) => JSON.parse(request).msg_id !== undefined),
      'never of its own accord',
    )
    const ledger = ledgerOf(box)
    await ledger.say(ALICE)
    const even = await ledger.even()
    const first = (await box.answers(ALICE)).filter(({ text }) => text === 'echo: first')
    assert.equal(first.length, 0, 'not by any other way')
    return { ...even, note: listed.split('\n')[0]?.slice(0, 80) ?? '' }
  },
)

export const crash: readonly Row[] = [
  stopsInTurn,
  stopsInSend,
  killedAt('while the agent works', async (_, agent) => {
    agent.script(silence)
    return () => agent.received(1)
  }),
  killedAt('in the middle of the answer', async (_, agent) => {
    agent.script(exchange => exchange.delta('heard: on'))
    return () => agent.received(1)
  }),
  killedAt('after the post, which the platform never got', scene => brokenSend(scene, 'send_silent')),
  killedAt('after the post, which the platform showed without an answer', async scene => brokenSend(scene, LOST)),
  anyMoment,
  poison,
  inDoubt,
]
