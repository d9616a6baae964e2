/**
 * What the simulation has found, each as the shortest course of events that shows it. (A seed alone would mean another
 * world as soon as anything draws its chance differently.)
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paragraphsOf, tagOf } from './agent.ts'
import { ACCOUNT } from './boot.ts'
import { type Plan, planOf } from './plan.ts'
import { createWorld, type World } from './world.ts'

/** A world in which nothing goes wrong by itself, on the platform's ordinary terms. */
function calmPlan(): Plan {
  const plan = planOf(1, 1)
  return {
    ...plan,
    settings: { ...plan.settings, onAllDown: 'stay', maxAttempts: 100, textLimit: 300 },
    options: { heartbeatIntervalMs: 30_000 },
  }
}

async function inWorld(story: (world: World) => Promise<void>): Promise<void> {
  const world = createWorld(calmPlan(), {})
  try {
    world.machine.boot()
    await story(world)
    assert.deepEqual(world.violations.list, [])
  } finally {
    world.machine.kill()
    await world.dispose()
  }
}

function statusOf({ machine }: World) {
  const status = machine.running?.gateway.platforms()[ACCOUNT]
  assert.ok(status, 'no process runs')
  return status
}

function endingsOf({ machine }: World): Readonly<Record<string, number>> {
  return machine.running?.gateway.counts()[ACCOUNT]?.endings ?? {}
}

test('seed 15: a start on a disk that cannot be read says so, and is not ended as stalled', () =>
  inWorld(async world => {
    world.disk.refusal = 'unreadable'
    await world.clock.advance(5 * 60_000)
    assert.equal(statusOf(world).error_code, 'journal_unwritable')
    assert.deepEqual(Object.keys(endingsOf(world)), ['journal_unwritable'])
    world.disk.mend()
    await world.clock.advance(65_000)
    assert.equal(statusOf(world).state, 'connected')
  }))

test('seed 5150: a link that is probed when its clock jumps, and then stopped, is given the time it was promised', () =>
  inWorld(async world => {
    const { clock, machine, platform } = world
    await clock.advance(20_000)
    assert.equal(statusOf(world).state, 'connected')
    // Silence; at the end of the second interval the clock is set, so the link is probed, and the process is stopped.
    platform.fault({ kind: 'mute', what: 'ack' })
    await clock.advance(35_500)
    world.jumpWall(60_000)
    await clock.advance(10_500)
    machine.suspend(18_000, false)
    await clock.advance(40_000)
    assert.deepEqual(endingsOf(world), {})
    platform.clearFaults()
    await clock.advance(90_000)
    assert.equal(statusOf(world).state, 'connected')
  }))

test('seed 100946: a message of its own accord that a broken server has kept is not sent again', () =>
  inWorld(async world => {
    const { clock, platform, bot, ledger, violations } = world
    await clock.advance(20_000)
    platform.setGroup(bot, 'club', { proactive: true })
    await clock.advance(1_000)
    const said = platform.inbox.say(bot, {
      person: 'ann',
      group: 'club',
      mention: true,
      text: `tell me all ${tagOf(1)}`,
    })
    ledger.add({ tag: 1, id: said.id, chat: said.chat, mood: 'long', atMs: clock.monotonicMs() }, bot)
    const ofBot = () => [...bot.chats.values()].flatMap(({ shown }) => shown.filter(({ from }) => from === 'bot'))
    // The replies to the message are out, and the rest follows without a key: the next one is kept, and answered by a 502.
    for (let tries = 0; !ofBot().some(({ answers }) => answers === undefined) && tries < 60_000; tries++)
      await clock.advance(1)
    platform.fault({ kind: 'http', route: 'send', answer: { status: 502 }, processed: true, times: 1 })
    await clock.advance(10 * 60_000)
    const text = ofBot().map(message => message.text)
    const shown = paragraphsOf(1).filter(mark => text.some(one => one.includes(mark)))
    const twice = paragraphsOf(1).filter(mark => text.filter(one => one.includes(mark)).length > 1)
    assert.ok(shown.length > 10, `${shown.length} paragraphs were shown`)
    assert.deepEqual(twice, [])
    assert.deepEqual(violations.list, [])
  }))

test('seed 140: telling a chat that somebody is at work does not outlive a stop', () =>
  inWorld(async ({ clock, platform, bot, ledger, machine, violations }) => {
    await clock.advance(20_000)
    platform.fault({ kind: 'http', route: 'send', delayMs: 8_000 })
    const said = platform.inbox.say(bot, { person: 'ann', text: `take your time ${tagOf(1)}` })
    ledger.add({ tag: 1, id: said.id, chat: said.chat, mood: 'endless', atMs: clock.monotonicMs() }, bot)
    await clock.advance(2_000)
    machine.restart()
    await clock.advance(20_000)
    assert.deepEqual(violations.list, [])
  }))
