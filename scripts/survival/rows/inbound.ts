/** D: what comes in. */
import assert from 'node:assert/strict'
import type { Say } from '../../../src/sandbox/sandbox.ts'
import { cleanUp } from '../../../test/support/clean-up.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { startOpenAiServer } from '../../../test/support/openai-server.ts'
import { type Figures, quick, type Row } from '../row.ts'
import { back, blow, ledgerOf } from '../steps.ts'
import type { Scene, Settings } from '../world.ts'

/** What is said to a connected Herald, and what comes of it. */
function heard(id: string, title: string, talk: (scene: Scene) => Promise<Figures>, settings: Settings = {}): Row {
  return quick(id, title, async world => {
    const scene = await world.scene(settings)
    const herald = scene.start()
    await herald.connected()
    return talk(scene)
  })
}

const texts = async ({ box }: Scene, chat: Parameters<Scene['box']['answers']>[0]): Promise<string[]> =>
  (await box.answers(chat)).map(({ text }) => text)

/** Says something afterwards that is answered, and compares everything that the chat then holds. */
async function answersOf(scene: Scene, say: Omit<Say, 'text'>, wanted: readonly string[]): Promise<void> {
  const last = ledgerOf(scene.box)
  await last.say({ ...say, text: 'the last one' })
  await last.even()
  const chat = say.group === undefined ? { person: say.person } : { group: say.group }
  assert.deepEqual(await texts(scene, chat), [...wanted, 'echo: the last one'])
}

const atOnce = heard('D39', 'the same message id twice: at once, and after a RESUME', async scene => {
  const { box } = scene
  const ledger = ledgerOf(box)
  const { id } = await ledger.say({ person: 'Alice' })
  await box.say({ person: 'Alice', again: id })
  await ledger.even()
  await box.fault('cut')
  await eventually('resumed', 15_000, async () => (await box.counters()).resumeds === 1)
  await box.say({ person: 'Alice', again: id })
  await ledger.say({ person: 'Alice' })
  return ledger.even()
})

const afterRestart = quick('D39', 'the same message id again after a restart of the process', async world => {
  const { box, start } = await world.scene()
  const first = start()
  await first.connected()
  const ledger = ledgerOf(box)
  const { id } = await ledger.say({ person: 'Alice' })
  await ledger.even()
  first.kill('SIGKILL')
  await first.ended
  await start().connected()
  await box.say({ person: 'Alice', again: id })
  await ledger.say({ person: 'Alice' })
  return ledger.even()
})

const farApart = heard('D41', '1,500 other messages between the two copies', async ({ box }) => {
  const ledger = ledgerOf(box)
  const { id } = await ledger.say({ person: 'Alice' })
  for (let at = 0; at < 1_500; at += 50)
    await Promise.all(Array.from({ length: 50 }, (_, more) => ledger.say({ person: `Person ${(at + more) % 100}` })))
  await box.say({ person: 'Alice', again: id })
  await ledger.say({ person: 'Alice' })
  return { ...(await ledger.even(60_000)), note: '1,502 messages' }
})

const inOrder = quick('D42', 'one chat waits for its agent: order is kept there, other chats go on', async world => {
  const agent = await startOpenAiServer({ reply: ({ messages }) => `heard: ${messages.at(-1)?.content ?? ''}` })
  cleanUp(world.t, () => agent.stop())
  const { box, start } = await world.scene({ agent: { type: 'openai', base_url: agent.baseUrl, model: 'test' } })
  await start().connected()
  let release = (): void => {}
  agent.script(exchange => {
    release = () => {
      exchange.delta('heard: one')
      exchange.finish()
      exchange.done()
    }
  })
  const alice = ledgerOf(box, 'heard: ')
  await alice.say({ person: 'Alice', text: 'one' })
  await agent.received(1)
  for (const text of ['two', 'three', 'four', 'five']) await alice.say({ person: 'Alice', text })
  const bob = ledgerOf(box, 'heard: ')
  await bob.say({ person: 'Bob' })
  await bob.even(5_000)
  assert.equal((await box.answers({ person: 'Alice' })).length, 0)
  release()
  const even = await alice.even()
  const order = (await box.answers({ person: 'Alice' })).map(({ text }) => text)
  assert.deepEqual(
    order,
    ['one', 'two', 'three', 'four', 'five'].map(text => `heard: ${text}`),
  )
  return even
})

const mentions = heard(
  'D43',
  'in a group: who mentions the bot is answered, who mentions others is not',
  async scene => {
    const { box } = scene
    await box.group('Family', { fullMode: true })
    const bob = { person: 'Bob', group: 'Family' }
    await box.say({ ...bob, text: 'nobody', mention: false })
    await box.say({ ...bob, text: 'another', mention: false, mentionOthers: ['Carol'] })
    await box.say({ ...bob, text: 'you' })
    await eventually('an answer', 10_000, async () => (await texts(scene, { group: 'Family' })).length === 1)
    await answersOf(scene, bob, ['echo: you'])
    return {}
  },
)

const bothEvents = heard('D44', 'both group events for one message: one answer', async scene => {
  const bob = { person: 'Bob', group: 'Family' }
  await scene.box.say({ ...bob, text: 'hello', events: 'both' })
  await eventually('an answer', 10_000, async () => (await texts(scene, { group: 'Family' })).length === 1)
  await answersOf(scene, bob, ['echo: hello'])
  return { lost: 0, doubled: 0 }
})

const markup = heard('D45', "the bot's mention is taken off, a person's own @name stays", async scene => {
  const bob = { person: 'Bob', group: 'Family' }
  for (const [text, wanted] of [
    ['  hi there', 'echo: hi there'],
    ['@Carol come', 'echo: @Carol come'],
    ['/help me', undefined],
  ] as const) {
    const before = (await texts(scene, { group: 'Family' })).length
    await scene.box.say({ ...bob, text })
    const said = await eventually('an answer', 10_000, async () => (await texts(scene, { group: 'Family' }))[before])
    if (wanted !== undefined) assert.equal(said, wanted)
    assert.doesNotMatch(said, /<@/)
  }
  return {}
})

const incomplete = heard(
  'D46',
  'events without author, openid, content or id, ids as numbers, null attachments',
  async scene => {
    const { box } = scene
    const alice = { person: 'Alice', text: 'broken' }
    for (const omit of [['author'], ['author.user_openid'], ['content'], ['id'], ['timestamp']])
      await box.say({ ...alice, omit })
    await box.say({ ...alice, patch: { id: 42 } })
    await box.say({ ...alice, patch: { attachments: null } })
    await box.say({ ...alice, patch: { author: 'a text' } })
    for (const type of ['C2C_MESSAGE_CREATE', 'GROUP_AT_MESSAGE_CREATE'])
      for (const d of [null, [], 'text', 7]) await box.push(type, d)
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Bob' })
    const even = await ledger.even()
    const { identifies, resumes } = await box.counters()
    assert.deepEqual([identifies, resumes], [1, 0], 'the link is kept')
    return even
  },
)

const strangers = quick(
  'D47',
  'people and groups that are not allowed: no answer, one line with the id to allow',
  async world => {
    const { box, start, configure } = await world.scene({ bot: { dm_policy: 'allowlist', group_policy: 'allowlist' } })
    const herald = start()
    await herald.connected()
    for (let at = 0; at < 5; at++) {
      await box.say({ person: 'Mallory', text: `let me in ${at}` })
      await box.say({ person: 'Mallory', group: 'Strangers', text: `and here ${at}` })
    }
    const { bots } = await box.state()
    const { people, groups } = bots[0] ?? assert.fail('no bot')
    const ids = [people[0]?.openid, groups[0]?.openid].map(String)
    for (const id of ids) await eventually(`a line that names ${id}`, 10_000, () => herald.stderr().includes(id))
    const lines = herald
      .stderr()
      .split('\n')
      .filter(line => line.includes('allowed_'))
    assert.ok(lines.length <= 4, `${lines.length} lines for ten messages`)
    assert.equal((await box.counters()).sends, 0)
    assert.ok((await herald.get('/status')).text.includes(ids[0] ?? ''), 'status names who was refused')
    configure({
      bot: {
        dm_policy: 'allowlist',
        group_policy: 'allowlist',
        allowed_users: [` ${ids[0]?.toLowerCase()} `],
        allowed_groups: [ids[1]],
      },
    })
    const asked = await blow(async () => herald.kill('SIGTERM'))
    await herald.end(5_000)
    await back(start(), asked)
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Mallory' })
    await ledger.say({ person: 'Mallory', group: 'Strangers' })
    return { ...(await ledger.even()), note: 'allowed by id, in lower case and with spaces' }
  },
)

function lists(title: string, bot: Settings['bot'], answered: boolean): Row {
  return quick('D48', title, async world => {
    const { box, start } = await world.scene({ bot: { dm_policy: 'allowlist', ...bot } })
    await start().connected()
    const ledger = ledgerOf(box)
    if (answered) {
      await ledger.say({ person: 'Alice' })
      return ledger.even()
    }
    await box.say({ person: 'Alice', text: 'anybody?' })
    // The group is open, so that its answer shows when the other one would have come.
    await ledger.say({ person: 'Bob', group: 'Family' })
    await ledger.even()
    assert.equal((await box.answers({ person: 'Alice' })).length, 0)
    return {}
  })
}

const quoted = heard(
  'D52',
  "a message that quotes the bot's own, one and one that quotes a person's: answered",
  async scene => {
    const { box } = scene
    const ledger = ledgerOf(box)
    const { refIdx } = await ledger.say({ person: 'Alice' })
    await ledger.even()
    const own = (await box.answers({ person: 'Alice' }))[0]?.refIdx
    const before = (await box.answers({ person: 'Alice' })).length
    for (const quote of [own ?? assert.fail('no answer'), refIdx])
      await box.say({ person: 'Alice', text: 'about that', quote })
    await eventually('two more answers', 15_000, async () => {
      const answers = await texts(scene, { person: 'Alice' })
      return answers.length === before + 2 && answers.slice(before).every(text => text.includes('about that'))
    })
    return ledger.even()
  },
)

export const inbound: readonly Row[] = [
  atOnce,
  afterRestart,
  farApart,
  inOrder,
  mentions,
  bothEvents,
  markup,
  incomplete,
  strangers,
  quoted,
  lists('an allow list with * admits everybody', { allowed_users: ['*'] }, true),
  lists('an empty allow list admits nobody', { allowed_users: [] }, false),
  lists('a disabled policy admits nobody', { dm_policy: 'disabled', allowed_users: ['*'] }, false),
]
