/** Answers that are shown while they are written, and what they come to when the platform refuses: over real sockets. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Agent, AgentError } from '../../../../src/agents/agent.ts'
import { createEcho } from '../../../../src/agents/echo.ts'
import type { ChatRef, FaultSpec, LogEntry, Sandbox, ShownMessage } from '../../../../src/sandbox/sandbox.ts'
import { type CleanUp, cleanUp } from '../../../support/clean-up.ts'
import { eventually } from '../../../support/eventually.ts'
import { type GatewayHouse, type GatewayOptions, gatewayFor } from '../../../support/qq-house.ts'
import { sandboxFor, until, untilAnswers } from '../../../support/sandbox.ts'

const ALICE: ChatRef = { person: 'Alice' }
const GROUP: ChatRef = { group: 'Team' }
const BEGINNING = 'Once upon a time '
const END = 'there was **an end**.'

interface Teller {
  readonly agent: Agent
  /** Lets it say the rest, or fail with what is given. */
  go(failure?: Error): void
}

/** Says the beginning, and the rest when it may. */
function teller(beginning = BEGINNING, end = END): Teller {
  let gate = Promise.withResolvers<void>()
  return {
    go(failure) {
      if (failure) gate.reject(failure)
      else gate.resolve()
    },
    agent: {
      ...createEcho(),
      async *run(_turn, signal) {
        gate = Promise.withResolvers<void>()
        gate.promise.catch(() => {})
        const stop = (): void => gate.reject(signal.reason)
        signal.addEventListener('abort', stop, { once: true })
        yield { kind: 'text', text: beginning }
        await gate.promise
        yield { kind: 'text', text: end }
      },
    },
  }
}

interface House extends GatewayHouse, Teller {
  readonly box: Sandbox
}

async function house(t: CleanUp, told = teller(), options: GatewayOptions = {}): Promise<House> {
  const box = await sandboxFor({ after: fn => cleanUp(t, fn) })
  const settings = { streaming: true, ...options.settings }
  const gateway = await gatewayFor({ after: fn => cleanUp(t, fn) }, box, { agent: told.agent, ...options, settings })
  return { box, ...told, ...gateway }
}

const untilGrowing = (box: Sandbox, text = BEGINNING.trim()): Promise<ShownMessage> =>
  until(box, 'a message that grows', () => box.answers(ALICE).find(one => one.growing === true && one.text === text))

const untilWhole = (box: Sandbox, text: string | RegExp, chat = ALICE): Promise<ShownMessage> =>
  until(box, `the whole of ${text}`, () =>
    box
      .answers(chat)
      .find(one => one.growing !== true && (typeof text === 'string' ? one.text === text : text.test(one.text))),
  )

type Request = Extract<LogEntry, { readonly kind: 'request' }>

const frames = (box: Sandbox): readonly Request[] =>
  box.log
    .entries({ kinds: ['request'] })
    .flatMap(entry => (entry.kind === 'request' && entry.route === 'stream' ? [entry] : []))

const untilEnded = ({ journal }: Pick<House, 'journal'>, id: string, end: string): Promise<unknown> =>
  eventually(`${id} ended as ${end}`, 10_000, async () => (await journal.trace(id))?.inbox?.end === end)

test('an answer grows in one message that takes one place, at the pace of the platform, and ends', async t => {
  const all = await house(t)
  const { box, go } = all
  const said = box.say({ person: 'Alice', text: 'a story' })
  await untilGrowing(box)
  go()
  const whole = await untilWhole(box, BEGINNING + END)
  assert.equal(whole.form, 'stream')
  assert.equal(box.answers(ALICE).length, 1)
  assert.equal(box.replies(said.id)?.places, 1)
  const sent = frames(box)
  assert.ok(sent.length >= 2 && sent.every(({ status }) => status === 200))
  for (const [at, one] of sent.entries()) assert.ok(at === 0 || one.atMs - (sent[at - 1]?.atMs ?? 0) >= 300, 'too fast')
  await untilEnded(all, said.id, 'answered')
  const rows = (await all.journal.trace(said.id))?.outbox ?? []
  assert.deepEqual(
    rows.filter(({ state }) => state !== 'superseded').map(({ state, text, platformId }) => [state, text, platformId]),
    [['accepted', BEGINNING + END, whole.id]],
  )
})

test('what is longer than one message goes on in the next one', async t => {
  const long = `${BEGINNING}${'word '.repeat(300)}`
  const { box, go } = await house(t, teller(BEGINNING, 'word '.repeat(300)), { settings: { textLimit: 1000 } })
  box.say({ person: 'Alice', text: 'a long story' })
  await untilGrowing(box)
  go()
  const [first, second] = await until(box, 'two messages', () => {
    const found = box.answers(ALICE)
    return found.length === 2 && found.every(one => one.growing !== true) && found
  })
  assert.equal(first?.form, 'stream')
  assert.equal(`${first?.text} ${second?.text}`, long.trim())
})

test('an answer that is there at once, and one in a group, come as whole messages', async t => {
  const { box } = await house(t, { agent: createEcho(), go() {} })
  box.say({ person: 'Alice', text: 'hello there' })
  const [quick] = await untilAnswers(box, ALICE, 1)
  assert.notEqual(quick?.form, 'stream')
  const slow = await house(t)
  slow.box.say({ person: 'Bob', group: 'Team', text: 'a story' })
  setTimeout(() => slow.go(), 1_500)
  const whole = await untilWhole(slow.box, BEGINNING + END, GROUP)
  assert.notEqual(whole.form, 'stream')
  assert.equal(frames(slow.box).length + frames(box).length, 0)
})

test('off by setting: no frame is sent', async t => {
  const { box, go } = await house(t, teller(), { settings: { streaming: false } })
  box.say({ person: 'Alice', text: 'a story' })
  setTimeout(() => go(), 1_500)
  await untilWhole(box, BEGINNING + END)
  assert.equal(frames(box).length, 0)
})

const refusal = (code: number, when: 'stream' | 'stream_frame', status?: number): FaultSpec => ({
  kind: 'send',
  when,
  code,
  ...(status === undefined ? {} : { status }),
})

for (const code of [11253, 40034012, 22006, 304003, 40007, 77777777])
  test(`a first frame refused with ${code}: the answer comes whole, once`, async t => {
    const { box, go, status } = await house(t)
    box.fault(refusal(code, 'stream'))
    const said = box.say({ person: 'Alice', text: 'a story' })
    await until(box, 'a refused frame', () => frames(box).length > 0)
    go()
    const whole = await untilWhole(box, BEGINNING + END)
    assert.notEqual(whole.form, 'stream')
    assert.equal(box.answers(ALICE).length, 1)
    assert.equal(box.replies(said.id)?.places, 1, 'the refused frame took no place')
    if (code === 11253)
      assert.match(JSON.stringify(status()), /not granted to this bot; answers come as whole messages/)
  })

for (const code of [40006, 40007, 40054005, 11253, 40034028, 40054007])
  test(`later frames refused with ${code}: what is seen stays, and the answer follows whole`, async t => {
    const { box, go } = await house(t)
    box.say({ person: 'Alice', text: 'a story' })
    await untilGrowing(box)
    const fault = box.fault(refusal(code, 'stream_frame'))
    go()
    const whole = await untilWhole(box, BEGINNING + END)
    assert.notEqual(whole.form, 'stream')
    assert.ok(fault.fired > 0)
    assert.equal(box.answers(ALICE).length, 2)
  })

for (const code of [50001, 50002])
  test(`frames refused for a while with ${code}: the stream goes on where it was`, async t => {
    const { box, go } = await house(t)
    box.say({ person: 'Alice', text: 'a story' })
    await untilGrowing(box)
    box.fault({ ...refusal(code, 'stream_frame'), times: 1 })
    go()
    const whole = await untilWhole(box, BEGINNING + END)
    assert.equal(whole.form, 'stream')
    assert.equal(box.answers(ALICE).length, 1)
  })

test('the last frame is answered by silence: it is sent once more under its key, and the user sees one message', async t => {
  const { box, go, journal } = await house(t, teller(), { limits: { restMs: 1_000 } })
  const said = box.say({ person: 'Alice', text: 'a story' })
  await untilGrowing(box)
  box.fault({ kind: 'http', route: 'stream', answer: 'silence', processed: true, times: 1 })
  go()
  await untilEnded({ journal }, said.id, 'answered')
  const answers = box.answers(ALICE)
  assert.deepEqual(
    answers.map(({ text, growing }) => [text, growing]),
    [[BEGINNING + END, false]],
  )
})

test('the agent fails: what is seen ends with the reason', async t => {
  const all = await house(t)
  const { box, go } = all
  const said = box.say({ person: 'Alice', text: 'a story' })
  await untilGrowing(box)
  go(new AgentError('agent_broken', 'gone'))
  const whole = await untilWhole(box, /^Once upon a time\n\n\(Sorry.*Incident/s)
  assert.equal(whole.form, 'stream')
  assert.equal(box.answers(ALICE).length, 1)
  await untilEnded(all, said.id, 'dead: agent')
})

test('/stop: what was said stays, and says that it was stopped', async t => {
  const all = await house(t)
  const { box } = all
  const said = box.say({ person: 'Alice', text: 'a story' })
  await untilGrowing(box)
  box.say({ person: 'Alice', text: '/stop' })
  const whole = await untilWhole(box, 'Once upon a time\n\n(Stopped here.)')
  assert.equal(whole.form, 'stream')
  await untilEnded(all, said.id, 'silent')
})

test('the process is asked to stop: what is seen ends with a mark, and the next one answers anew', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-stream-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'journal.sqlite')
  const first = await house(t, teller(), { path })
  const { box } = first
  const said = box.say({ person: 'Alice', text: 'a story' })
  await untilGrowing(box)
  await first.stop()
  assert.deepEqual(
    box.answers(ALICE).map(({ text, growing }) => [text, growing]),
    [['Once upon a time\n\n(The answer was interrupted here.)', false]],
  )
  await first.journal.close()
  const second = await gatewayFor({ after: fn => cleanUp(t, fn) }, box, { path, settings: { streaming: true } })
  await until(box, 'the answer', () => box.answers(ALICE).some(({ text }) => text.includes('a story')))
  await untilEnded(second, said.id, 'answered')
})

test('a secret that is being written is not shown in part', async t => {
  const secret = 'sandbox-secret-1'
  const { box, go } = await house(t, teller(`${BEGINNING}${secret.slice(0, 9)}`, `${secret.slice(9)} and so on.`))
  box.say({ person: 'Alice', text: 'tell' })
  await untilGrowing(box)
  go()
  await until(box, 'the end', () => box.answers(ALICE).some(one => one.growing === false))
  const grown = frames(box).filter(({ request }) => !request.includes('"input_state":10'))
  assert.ok(grown.length > 0 && !grown.some(({ request }) => request.includes(secret.slice(0, 9))))
})
