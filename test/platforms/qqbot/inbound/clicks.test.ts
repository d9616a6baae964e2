/** Approvals by buttons, through the whole gateway, over real sockets. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Agent, AgentQuestion } from '../../../../src/agents/agent.ts'
import { createEcho } from '../../../../src/agents/echo.ts'
import { TALK_RULES } from '../../../../src/conversation/rules.ts'
import type { ChatRef, LogEntry, Sandbox, ShownMessage } from '../../../../src/sandbox/sandbox.ts'
import { type CleanUp, cleanUp } from '../../../support/clean-up.ts'
import { type GatewayHouse, type GatewayOptions, gatewayFor } from '../../../support/qq-house.ts'
import { sandboxFor, until, untilAnswers } from '../../../support/sandbox.ts'

const ALICE: ChatRef = { person: 'Alice' }
const QUESTION: AgentQuestion = {
  kind: 'approval',
  title: 'run ls',
  options: [
    { id: 'yes', label: 'Allow', style: 'primary', grants: 'allow_once' },
    { id: 'no', label: 'Deny', style: 'danger', grants: 'reject_once' },
  ],
}

/** Asks before it answers. */
function asking(): Agent {
  return {
    ...createEcho(),
    async *run(turn, signal) {
      const chosen = await turn.ask(QUESTION, signal)
      yield { kind: 'text', text: `${turn.text}: ${chosen}` }
    },
  }
}

interface House extends GatewayHouse {
  readonly box: Sandbox
}

async function house(t: CleanUp, options: GatewayOptions = {}): Promise<House> {
  const box = await sandboxFor({ after: fn => cleanUp(t, fn) })
  return { box, ...(await gatewayFor({ after: fn => cleanUp(t, fn) }, box, { agent: asking(), ...options })) }
}

/** The first message with buttons in a chat, once it is there. */
function untilAsked(box: Sandbox, chat: ChatRef): Promise<ShownMessage> {
  return until(box, 'a question with buttons', () => box.answers(chat).find(({ keyboard }) => keyboard !== undefined))
}

function acksOf(box: Sandbox): readonly Extract<LogEntry, { readonly kind: 'request' }>[] {
  return box.log
    .entries({ kinds: ['request'] })
    .flatMap(entry => (entry.kind === 'request' && entry.route === 'interaction' ? [entry] : []))
}

/** How the platform was told, once it is. */
function untilAcked(box: Sandbox, id: string): Promise<unknown> {
  return until(box, `an answer to press ${id}`, () => {
    const found = box.interaction(id)
    return found?.ackedAtMs === undefined ? undefined : { ack: found.ack }
  }).then(({ ack }) => ack)
}

const texts = (box: Sandbox, chat: ChatRef): readonly string[] => box.answers(chat).map(({ text }) => text)

test('F74 in private: a press is acknowledged, decides, and the answer comes', async t => {
  const { box } = await house(t)
  box.say({ person: 'Alice', text: 'go' })
  const asked = await untilAsked(box, ALICE)
  const pressed = box.click({ message: asked.id, button: '1' })
  assert.deepEqual(await untilAcked(box, pressed.id), { code: 0 })
  const answers = await untilAnswers(box, ALICE, 2)
  assert.equal(answers[1]?.text, 'go: yes')
  assert.equal(answers[1]?.answers, pressed.eventId, 'in the place and time that the press gives')
})

test('F74 F75 in a group: another member is refused, visibly; the one who was asked decides, once', async t => {
  const { box } = await house(t)
  const group: ChatRef = { group: 'Team' }
  box.say({ person: 'Alice', group: 'Team', text: 'go' })
  const asked = await untilAsked(box, group)
  const foreign = box.click({ message: asked.id, button: '1', person: 'Bob' })
  assert.deepEqual(await untilAcked(box, foreign.id), { code: 4 })
  await untilAnswers(box, group, 2)
  assert.match(texts(box, group)[1] ?? '', /only the one who was asked/i)
  const own = box.click({ message: asked.id, button: '2', person: 'Alice' })
  assert.deepEqual(await untilAcked(box, own.id), { code: 0 })
  await untilAnswers(box, group, 3)
  assert.equal(texts(box, group)[2], 'go: no')
  const late = box.click({ message: asked.id, button: '1', person: 'Alice' })
  assert.deepEqual(await untilAcked(box, late.id), { code: 1 })
  await untilAnswers(box, group, 4)
  assert.match(texts(box, group)[3] ?? '', /is over/)
})

for (const sessions of ['shared', 'per_user'] as const) {
  test(`F74 two members of a group with ${sessions} sessions are asked at once: each decides their own`, async t => {
    const talk = { sessions: { ...TALK_RULES.sessions, inGroups: sessions } }
    const { box } = await house(t, { talk })
    const group: ChatRef = { group: 'Team' }
    const decide = async (person: string, other: string, text: string): Promise<void> => {
      const asked = await until(box, `the question to ${person}`, () => {
        const { id } = said[person] ?? {}
        return box.answers(group).find(({ answers, keyboard }) => answers === id && keyboard !== undefined)
      })
      const foreign = box.click({ message: asked.id, button: '1', person: other })
      assert.deepEqual(await untilAcked(box, foreign.id), { code: 4 })
      const own = box.click({ message: asked.id, button: '1', person })
      assert.deepEqual(await untilAcked(box, own.id), { code: 0 })
      await until(box, text, () => texts(box, group).includes(text))
    }
    const said: Record<string, { readonly id: string }> = {
      Alice: box.say({ person: 'Alice', group: 'Team', text: 'a' }),
      Bob: box.say({ person: 'Bob', group: 'Team', text: 'b' }),
    }
    await decide('Alice', 'Bob', 'a: yes')
    await decide('Bob', 'Alice', 'b: yes')
  })
}

test('F74 in a guild: another one is refused, the one who was asked decides, and the answer goes to what was asked', async t => {
  const { box } = await house(t)
  const channel: ChatRef = { channel: 'general' }
  const { id } = box.say({ person: 'Alice', channel: 'general', text: 'go' })
  const asked = await untilAsked(box, channel)
  const foreign = box.click({ message: asked.id, button: '1', person: 'Bob' })
  assert.deepEqual(await untilAcked(box, foreign.id), { code: 4 })
  await untilAnswers(box, channel, 2)
  assert.match(texts(box, channel)[1] ?? '', /only the one who was asked/i)
  const own = box.click({ message: asked.id, button: '1', person: 'Alice' })
  assert.deepEqual(await untilAcked(box, own.id), { code: 0 })
  const answers = await untilAnswers(box, channel, 3)
  assert.deepEqual([answers[2]?.text, answers[2]?.answers], ['go: yes', id])
})

test('F78 a guild that takes no buttons is asked in words, and answers in words', async t => {
  const { box } = await house(t)
  const channel: ChatRef = { channel: 'general' }
  box.fault({ kind: 'send', when: 'keyboard', code: 304057 })
  box.say({ person: 'Alice', channel: 'general', text: 'go' })
  const [asked] = await untilAnswers(box, channel, 1)
  assert.equal(asked?.keyboard, undefined)
  assert.match(asked?.text ?? '', /1 Allow once/)
  box.say({ person: 'Alice', channel: 'general', text: '1' })
  await until(box, 'the answer', () => texts(box, channel).includes('go: yes'))
})

test('F75 what a button of another group carries decides nothing here', async t => {
  const { box } = await house(t)
  const [here, there]: readonly ChatRef[] = [{ group: 'Here' }, { group: 'There' }]
  assert.ok(here && there)
  box.say({ person: 'Alice', group: 'Here', text: 'here' })
  box.say({ person: 'Alice', group: 'There', text: 'there' })
  const [asked, other] = [await untilAsked(box, here), await untilAsked(box, there)]
  const data = JSON.stringify(other.keyboard).match(/herald:q:[0-9a-f]+:0/)?.[0]
  const strange = box.click({ message: asked.id, button: '1', person: 'Alice', data })
  assert.deepEqual(await untilAcked(box, strange.id), { code: 1 })
  await until(box, 'that it is over', () => texts(box, here).some(text => /is over/.test(text)))
  for (const { id } of [asked, other]) box.click({ message: id, button: '1', person: 'Alice' })
  await until(
    box,
    'both answers',
    () => texts(box, here).includes('here: yes') && texts(box, there).includes('there: yes'),
  )
})

test('F75 a press during a gap of the link counts when the link is back', async t => {
  const { box } = await house(t)
  box.say({ person: 'Alice', text: 'go' })
  const asked = await untilAsked(box, ALICE)
  box.fault('close_4009')
  const pressed = box.click({ message: asked.id, button: '1' })
  assert.deepEqual(await untilAcked(box, pressed.id), { code: 0 })
  await until(box, 'the answer', () => texts(box, ALICE).includes('go: yes'))
})

test('F75 one press delivered twice decides once', async t => {
  const { box } = await house(t)
  box.say({ person: 'Alice', text: 'one' })
  const first = await untilAsked(box, ALICE)
  const pressed = box.click({ message: first.id, button: '1' })
  box.click({ message: first.id, button: '1', again: pressed.id })
  await untilAnswers(box, ALICE, 2)
  await until(box, 'both acknowledged', () => acksOf(box).length >= 2)
  box.say({ person: 'Alice', text: 'two' })
  await until(box, 'the next question', () => box.answers(ALICE).filter(({ keyboard }) => keyboard).length === 2)
  assert.equal(texts(box, ALICE).length, 3)
  assert.equal(texts(box, ALICE)[1], 'one: yes')
})

test('F75 after a restart what was open is open: the press that comes meanwhile decides, and nothing is asked twice', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-clicks-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'journal.sqlite')
  const { box, stop } = await house(t, { path })
  box.say({ person: 'Alice', text: 'go' })
  const asked = await untilAsked(box, ALICE)
  await stop()
  // Nobody is there to hear of it; the session is resumed.
  const pressed = box.click({ message: asked.id, button: '1' })
  await gatewayFor({ after: fn => cleanUp(t, fn) }, box, { agent: asking(), path })
  assert.deepEqual(await untilAcked(box, pressed.id), { code: 0 })
  await until(box, 'the answer', () => texts(box, ALICE).includes('go: yes'))
  assert.equal(box.answers(ALICE).filter(({ keyboard }) => keyboard !== undefined).length, 1)
  const late = box.click({ message: asked.id, button: '2' })
  assert.deepEqual(await untilAcked(box, late.id), { code: 1 })
})

test('F76 the acknowledgement fails: it is tried once more, and the decision counts', async t => {
  const { box } = await house(t)
  box.say({ person: 'Alice', text: 'go' })
  const asked = await untilAsked(box, ALICE)
  box.fault({ kind: 'http', route: 'interaction', answer: { status: 500, body: 'oops' } })
  box.click({ message: asked.id, button: '1' })
  await untilAnswers(box, ALICE, 2)
  assert.equal(texts(box, ALICE)[1], 'go: yes')
  await until(box, 'two tries', () => acksOf(box).length >= 2)
  assert.deepEqual(
    acksOf(box).map(entry => entry.status),
    [500, 500],
  )
})

test('F76 the platform is told within a second, whatever hangs', async t => {
  const { box } = await house(t)
  box.say({ person: 'Alice', text: 'go' })
  const asked = await untilAsked(box, ALICE)
  box.fault({ kind: 'http', route: 'send', delayMs: 3_000 })
  const pressed = box.click({ message: asked.id, button: '1' })
  await untilAcked(box, pressed.id)
  const { atMs, ackedAtMs = 0 } = box.interaction(pressed.id) ?? { atMs: 0 }
  assert.ok(ackedAtMs - atMs < 1_000, `${ackedAtMs - atMs} ms`)
})

test('F77 data that is not ours, broken or far too long: nothing follows but a count', async t => {
  const { box, status } = await house(t)
  box.say({ person: 'Alice', text: 'go' })
  const asked = await untilAsked(box, ALICE)
  const strange = ['other:thing', 'herald:q:zz', 'x'.repeat(5_000), '  ']
  const pressed = strange.map(data => box.click({ message: asked.id, button: '1', data }))
  for (const { id } of pressed) await untilAcked(box, id)
  box.push({ type: 'INTERACTION_CREATE', d: { id: 'i1', type: 11, data: null } })
  box.push({ type: 'INTERACTION_CREATE', d: { type: 13, data: { resolved: { feedback_opt: 'LIKE' } } } })
  await until(box, 'counts', () => JSON.stringify(status()).includes('INTERACTION_CREATE: no chat or sender'))
  box.click({ message: asked.id, button: '1' })
  await until(box, 'the answer', () => texts(box, ALICE).includes('go: yes'))
})
