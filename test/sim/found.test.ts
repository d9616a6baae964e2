/**
 * What the simulation has found, each as the shortest course of events that shows it. (A seed alone would mean another
 * world as soon as anything draws its chance differently.)
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Spoken } from './checks/ledger.ts'
import { checkMessages } from './checks/message-check.ts'
import { ACCOUNT, type Settings } from './machine/boot.ts'
import { type Mood, paragraphsOf } from './people/agent.ts'
import { beginningsIn, storyOf } from './people/story.ts'
import { tagOf, tagsIn } from './people/tags.ts'
import { type Plan, planOf } from './runs/plan.ts'
import { createWorld, type World } from './world.ts'

/** A world in which nothing goes wrong by itself, on the platform's ordinary terms. */
function calmPlan(settings: Partial<Settings>): Plan {
  const plan = planOf(1, 1)
  return {
    ...plan,
    settings: { ...plan.settings, onAllDown: 'stay', maxAttempts: 100, textLimit: 300, streaming: false, ...settings },
    options: { heartbeatIntervalMs: 30_000 },
  }
}

async function inWorld(story: (world: World) => Promise<void>, settings: Partial<Settings> = {}): Promise<void> {
  const world = createWorld(calmPlan(settings), {})
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

test('a link that is still probed when its last proof has grown old is connected no more', () =>
  inWorld(async world => {
    const { clock, platform, witness } = world
    await clock.advance(20_000)
    platform.fault({ kind: 'mute', what: 'ack' })
    await clock.advance(35_500)
    // The clock is set, so that the link is probed before it is given up.
    world.jumpWall(60_000)
    await clock.advance(6_000)
    assert.equal(witness.identifies, 1)
    assert.notEqual(statusOf(world).state, 'connected')
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

/** The replies that a message allows are out, and the rest of its long answer follows without a key. */
async function untilKeyless(world: World): Promise<void> {
  const { clock, platform, bot, ledger } = world
  await clock.advance(20_000)
  platform.setGroup(bot, 'club', { proactive: true })
  await clock.advance(1_000)
  const said = platform.inbox.say(bot, { person: 'ann', group: 'club', mention: true, text: `tell me all ${tagOf(1)}` })
  ledger.add({ tag: 1, id: said.id, chat: said.chat, mood: 'long', atMs: clock.monotonicMs() }, bot)
  for (let tries = 0; !shownTo(world).some(({ answers }) => answers === undefined) && tries < 60_000; tries++)
    await clock.advance(1)
}

/** How many paragraphs of the long answer were shown; none of them more than once. */
function paragraphsShownOnce(world: World): number {
  const text = shownTo(world).map(message => message.text)
  const times = paragraphsOf(1).map(mark => text.filter(one => one.includes(mark)).length)
  assert.deepEqual(
    times.filter(count => count > 1),
    [],
  )
  return times.filter(count => count === 1).length
}

test('seed 100946: a message of its own accord that a broken server has kept is not sent again', () =>
  inWorld(async world => {
    await untilKeyless(world)
    world.platform.fault({ kind: 'http', route: 'send', answer: { status: 502 }, processed: true, times: 1 })
    await world.clock.advance(10 * 60_000)
    assert.ok(paragraphsShownOnce(world) > 10)
  }))

test('a message of its own accord that is under way when its process is killed is not sent again by the next one', () =>
  inWorld(async world => {
    const { clock, platform, machine } = world
    await untilKeyless(world)
    platform.fault({ kind: 'http', route: 'send', answer: 'silence', processed: true, times: 1 })
    const before = shownTo(world).length
    await untilSome(world, 'message that is not answered for', () => shownTo(world).length > before)
    machine.kill()
    await clock.advance(10 * 60_000)
    assert.equal(machine.started, 2)
    assert.ok(paragraphsShownOnce(world) > 10)
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

/** A world in which private chats see answers grow. */
const inStreamingWorld = (story: (world: World) => Promise<void>, textLimit = 4000): Promise<void> =>
  inWorld(story, { streaming: true, textLimit })

/** Told in a few seconds. */
const A_SHORT_ONE = 150
const A_LONG_ONE = 152

function tell({ platform, bot, ledger, clock }: World, tag: number, mood: Mood): Spoken {
  const { id, chat } = platform.inbox.say(bot, { person: 'ann', text: `tell me a story ${tagOf(tag)}` })
  const spoken = { tag, id, chat, mood, atMs: clock.monotonicMs() }
  ledger.add(spoken, bot)
  return spoken
}

/** Time passes until there is one. */
async function untilSome<T>({ clock }: World, what: string, look: () => T | undefined | false): Promise<T> {
  for (let tries = 0; tries < 60_000; tries++) {
    const found = look()
    if (found) return found
    await clock.advance(5)
  }
  throw new Error(`no ${what} in five minutes`)
}

const shownTo = ({ bot }: World) =>
  [...bot.chats.values()].flatMap(({ shown }) => shown.filter(({ from }) => from === 'bot'))

async function statesOf({ disk }: World, id: string): Promise<readonly string[]> {
  return ((await disk.store.trace(id))?.outbox ?? []).map(({ state }) => state)
}

test('seed 700058: a first frame that is refused, and the answer is there before the next one: nothing is left open', () =>
  inStreamingWorld(async world => {
    const { clock, platform, disk } = world
    await clock.advance(20_000)
    platform.fault({ kind: 'http', route: 'stream', answer: { status: 429 } })
    const { id } = tell(world, A_SHORT_ONE, 'story')
    await clock.advance(5 * 60_000)
    assert.deepEqual(await statesOf(world, id), ['superseded', 'accepted'])
    assert.deepEqual(disk.store.pending(ACCOUNT), { incoming: 0, outgoing: 0 })
  }))

test('seed 710062: a first frame that a broken server kept is listed, and the answer comes as a whole', () =>
  inStreamingWorld(async world => {
    const { clock, platform } = world
    await clock.advance(20_000)
    platform.fault({ kind: 'http', route: 'stream', answer: { status: 502 }, processed: true, times: 1 })
    const { id } = tell(world, 1, 'story')
    await clock.advance(5 * 60_000)
    assert.deepEqual(await statesOf(world, id), ['unknown', 'accepted'])
    const [first, second] = shownTo(world)
    assert.equal(first?.growing, true)
    assert.ok(second?.text.endsWith(tagOf(1)))
  }))

test('seed 710065: an answer does not begin to grow before the one that its chat still waits for', () =>
  inStreamingWorld(async world => {
    const { clock, platform } = world
    await clock.advance(20_000)
    platform.fault({ kind: 'http', route: 'send', answer: { status: 503, headers: { 'retry-after': '20' } }, times: 1 })
    tell(world, 1, 'echo')
    await clock.advance(1_000)
    tell(world, 2, 'story')
    await untilSome(world, 'whole story', () => shownTo(world).some(({ text }) => text.endsWith(tagOf(2))))
    assert.deepEqual(
      shownTo(world).map(({ text }) => /<#(\d)>$/.exec(text)?.[1]),
      ['1', '2'],
    )
  }))

test('seed 700056: a press on a button that a full disk does not take leaves no timer behind', () =>
  inWorld(
    async world => {
      const { clock, platform, bot, disk } = world
      await clock.advance(20_000)
      tell(world, 1, 'asking')
      const question = await untilSome(world, 'question', () =>
        shownTo(world).find(({ keyboard }) => keyboard !== undefined),
      )
      await untilSome(world, 'end of the turn', () => disk.store.pending(ACCOUNT).outgoing === 0)
      disk.refuseNext = 1
      platform.interactions.click(bot, { message: question.id, button: '1' })
      await clock.advance(60_000)
    },
    // The account ends by the refusal, and the process with it.
    { onAllDown: 'exit' },
  ))

/** A long story has begun to be seen. */
async function untilGrowing(world: World, tag: number): Promise<{ readonly id: string; readonly said: Spoken }> {
  const said = tell(world, tag, 'story')
  const { id } = await untilSome(world, 'message that grows', () => shownTo(world).find(({ growing }) => growing))
  return { id, said }
}

test('seed 720095: a stop that comes while a frame has no answer leaves the end of the stream to the next process', () =>
  inStreamingWorld(async world => {
    const { clock, platform, machine } = world
    await clock.advance(20_000)
    const { id, said } = await untilGrowing(world, A_LONG_ONE)
    platform.fault({ kind: 'http', route: 'stream', answer: 'silence' })
    await clock.advance(1_000)
    machine.restart()
    await clock.advance(3_000)
    platform.clearFaults()
    await clock.advance(5 * 60_000)
    assert.equal(machine.started, 2)
    const [cut, whole] = shownTo(world)
    assert.equal(cut?.id, id)
    assert.match(cut?.text ?? '', /interrupted here\.\)$/)
    assert.notEqual(cut?.growing, true)
    assert.ok(whole?.text.endsWith(tagOf(said.tag)))
  }))

test('the mark of a stop was shown, and the process never heard of it: the next one says nothing twice', () =>
  inStreamingWorld(async world => {
    const { clock, network, machine } = world
    await clock.advance(20_000)
    const { said } = await untilGrowing(world, A_LONG_ONE)
    // After the frame that may be under way, the mark is the next one.
    await clock.advance(100)
    network.sky.cuts.after = 1
    machine.restart()
    await clock.advance(5 * 60_000)
    assert.equal(machine.started, 2)
    assert.deepEqual(
      shownTo(world).map(({ text, growing }) => [/interrupted here|<#\d+>$/.exec(text)?.[0], growing === true]),
      [
        ['interrupted here', false],
        [tagOf(said.tag), false],
      ],
    )
    assert.deepEqual(await statesOf(world, said.id), ['accepted', 'superseded', 'accepted'])
  }))

test('seed 22: an answer that grows in the last place goes on in it, and only its rest is kept', () =>
  inStreamingWorld(async world => {
    const { clock } = world
    await clock.advance(20_000)
    // What is held of this takes all places of the next message but one.
    tell(world, 1, 'long')
    await clock.advance(60_000)
    tell(world, A_LONG_ONE, 'story')
    await clock.advance(120_000)
    for (let more = 2; more < 14; more++) {
      tell(world, more, 'echo')
      await clock.advance(60_000)
    }
    const shown = shownTo(world).map(({ text }) => text)
    assert.deepEqual(shown.flatMap(beginningsIn), [A_LONG_ONE])
    assert.equal(shown.filter(text => text.includes(tagOf(A_LONG_ONE))).length, 1)
  }, 300))

test('seed 500115: of an answer that grows past the window of its message only what nobody has seen is kept', () =>
  inStreamingWorld(async world => {
    const { clock, disk } = world
    await clock.advance(20_000)
    const { id } = tell(world, A_LONG_ONE, 'story')
    await untilSome(world, 'beginning', () => shownTo(world).some(({ text }) => text.includes('word20')))
    // Half of it is there, and the clock says that the window is over.
    world.jumpWall(2 * 3_600_000)
    await clock.advance(120_000)
    assert.deepEqual(await statesOf(world, id), ['superseded', 'superseded', 'held'])
    tell(world, 1, 'echo')
    await clock.advance(60_000)
    const [begun, rest] = shownTo(world).map(({ text }) => text)
    assert.equal(`${begun} ${rest}`, storyOf(A_LONG_ONE).join(''))
    assert.deepEqual(disk.store.pending(ACCOUNT), { incoming: 0, outgoing: 0 })
  }))

test('seeds 500325, 500820: an answer whose stream the platform has ended comes as a whole, though its first try is lost', () =>
  inStreamingWorld(async world => {
    const { clock, platform, network } = world
    await clock.advance(20_000)
    const { id, said } = await untilGrowing(world, A_LONG_ONE)
    const fault = platform.fault({ kind: 'send', when: 'stream_frame', code: 40006, times: 1 })
    await untilSome(world, 'frame that is refused', () => fault.fired > 0)
    network.sky.cuts.before = 1
    await clock.advance(5 * 60_000)
    const [begun, whole] = shownTo(world)
    assert.equal(begun?.id, id)
    assert.equal(whole?.text, storyOf(A_LONG_ONE).join(''))
    assert.deepEqual(await statesOf(world, said.id), ['accepted', 'accepted'])
  }))

test('seeds 500819, 500859, 500965: an answer that a press has brought, and that was held, is none out of order', () =>
  inWorld(async world => {
    const { clock, platform, bot, disk, ledger, order, audits, ear, violations } = world
    await clock.advance(20_000)
    tell(world, 1, 'asking')
    const question = await untilSome(world, 'question', () => shownTo(world).find(({ keyboard }) => keyboard))
    tell(world, 2, 'echo')
    await clock.advance(1_000)
    platform.fault({ kind: 'send', when: 'passive', code: 40034005, times: 1 })
    platform.interactions.click(bot, { message: question.id, button: '1' })
    await clock.advance(5_000)
    tell(world, 3, 'echo')
    await clock.advance(5_000)
    const texts = shownTo(world).map(({ text }) => text)
    assert.deepEqual(texts.flatMap(tagsIn), [2, 1, 3])
    await checkMessages(ledger.all, { store: disk.store, bot, ledger, order, audited: audits, ear }, violations)
  }))

test('seed 780030: a link that breaks before its new session is on disk resumes it all the same', () =>
  inWorld(async world => {
    const { clock, disk, network, witness } = world
    await untilSome(world, 'IDENTIFY', () => witness.identifies === 1)
    disk.slowMs = 3_600_000
    await untilSome(world, 'READY', () => statusOf(world).state === 'connected')
    network.cutAll()
    await clock.advance(5_000)
    assert.equal(statusOf(world).state, 'connected')
    disk.mend()
    await clock.advance(90_000)
    assert.equal(witness.identifies, 1)
  }))
