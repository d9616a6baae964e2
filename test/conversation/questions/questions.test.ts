import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent, AgentQuestion, AgentTurn } from '../../../src/agents/agent.ts'
import { readDecision } from '../../../src/conversation/questions/decision.ts'
import { keyboardOf } from '../../../src/platforms/qqbot/outbound/keyboard.ts'
import { ACCOUNT, createMachine, groupChat, MINUTE_MS, message, oneProcess, type Process } from '../house.ts'

const APPROVAL: AgentQuestion = {
  kind: 'approval',
  title: 'remove notes.txt',
  detail: 'rm notes.txt',
  options: [
    { id: 'yes', label: 'Allow', style: 'primary', grants: 'allow_once' },
    { id: 'ever', label: 'Always', style: 'plain', grants: 'allow_always' },
    { id: 'no', label: 'Reject', style: 'danger', grants: 'reject_once' },
  ],
}
const CHOICE: AgentQuestion = {
  kind: 'choice',
  title: 'Which colour?',
  options: [
    { id: 'r', label: 'red', style: 'plain' },
    { id: 'g', label: 'green', style: 'plain' },
  ],
}

/** An agent that asks whenever it is told `ask`, and says what came of it. */
function asks(process: Process, question: AgentQuestion): AgentTurn[] {
  const asking: AgentTurn[] = []
  process.agent.does(async function* (turn, signal): AsyncGenerator<AgentEvent> {
    if (turn.text !== 'ask') {
      yield { kind: 'text', text: `re: ${turn.text}` }
      return
    }
    asking.push(turn)
    yield { kind: 'text', text: `chosen: ${await turn.ask(question, signal)}` }
  })
  return asking
}

const put = (process: Process, count = 1) => process.until(() => process.adapter.shown.length >= count, 'the question')

test('a question is put in words that suffice, and with buttons; a number answers it while the turn runs', async t => {
  const process = oneProcess(t)
  asks(process, APPROVAL)
  await process.hear(message('q', { text: 'ask' }))
  await put(process)
  assert.equal(
    process.shown()[0],
    '(I need your leave)\nremove notes.txt\nrm notes.txt\n\n1 Allow once\n2 Allow always\n3 Reject\n(Answer with the number, or with /approve or /deny, within 10 minutes.)',
  )
  const buttons = process.adapter.shown[0]?.extras?.keyboard?.flat() ?? []
  assert.deepEqual(
    buttons.map(({ label, style }) => [label, style]),
    [
      ['Allow once', 'primary'],
      ['Always', 'plain'],
      ['Reject', 'danger'],
    ],
  )
  await process.hear(message('a', { text: '2' }))
  await process.ended('q', 'answered')
  await process.ended('a', 'silent')
  assert.equal(process.shown()[1], 'chosen: ever')
  assert.equal(process.adapter.shown[1]?.reply?.id, 'a', 'the answer has the places and the time of who spoke last')
  assert.equal(process.shown().length, 2)
})

for (const [words, chosen] of [
  ['/approve', 'yes'],
  ['/批准', 'yes'],
  ['/approve always', 'ever'],
  ['/允许 始终', 'ever'],
  ['/deny', 'no'],
  ['/拒绝', 'no'],
  ['３', 'no'],
  ['1.', 'yes'],
  ['（1）', 'yes'],
] as const)
  test(`"${words}" decides`, async t => {
    const process = oneProcess(t)
    asks(process, APPROVAL)
    await process.hear(message('q', { text: 'ask' }))
    await put(process)
    await process.hear(message('a', { text: words }))
    await process.ended('q', 'answered')
    assert.equal(process.shown()[1], `chosen: ${chosen}`)
  })

test('a choice is answered by number; what decides nothing in it waits its turn like any message', async t => {
  const process = oneProcess(t, { language: 'zh' })
  asks(process, CHOICE)
  await process.hear(message('q', { text: 'ask' }))
  await put(process)
  assert.equal(process.shown()[0], '（有个问题要问你）\nWhich colour?\n\n1 red\n2 green\n（请在 10 分钟内回复编号。）')
  await process.hear(message('other', { text: '7' }))
  assert.equal(await process.endOf('other'), 'queued')
  await process.hear(message('a', { text: '2' }))
  await process.ended('q', 'answered')
  await process.ended('other', 'answered')
  assert.deepEqual(process.shown().slice(1), ['chosen: g', 're: 7'])
})

for (const [language, lines] of [
  ['en', '1 Allow once\n2 Allow always\n3 Reject\n4 Reject always'],
  ['zh', '1 允许一次\n2 始终允许\n3 拒绝\n4 始终拒绝'],
] as const)
  test(`every label of ours fits on a button of QQ, and is whole in the words above it (${language})`, async t => {
    const process = oneProcess(t, { language })
    const grants = ['allow_once', 'allow_always', 'reject_once', 'reject_always'] as const
    const options = grants.map(grant => ({ id: grant, label: grant, style: 'plain', grants: grant }) as const)
    asks(process, { ...APPROVAL, options })
    await process.hear(message('q', { text: 'ask' }))
    await put(process)
    assert.ok(process.shown()[0]?.includes(lines), process.shown()[0])
    const keyboard = process.adapter.shown[0]?.extras?.keyboard ?? []
    const posted = JSON.stringify(keyboardOf(keyboard, 'c2c'))
    for (const { label } of keyboard.flat()) assert.ok(posted.includes(`"label":"${label}"`), `${label} is cut`)
    assert.equal(new Set(keyboard.flat().map(({ label }) => label)).size, grants.length)
    await process.hear(message('a', { text: '1' }))
    await process.ended('q', 'answered')
  })

test('a number without a question is a message', async t => {
  const process = oneProcess(t)
  asks(process, CHOICE)
  await process.hear(message('n', { text: '1' }))
  await process.ended('n', 'answered')
  assert.deepEqual(process.shown(), ['re: 1'])
})

test('in a group the one who was asked answers, and an owner; others are told that it is not theirs', async t => {
  const process = oneProcess(t)
  const by = (who: string, id: string, text: string) =>
    message(id, { chat: groupChat('g'), sender: { id: who, isBot: false }, text })
  await process.hear(
    message('code', {
      sender: { id: 'olga', isBot: false },
      text: await process.conversation.people.issueOwnerCode(ACCOUNT),
    }),
  )
  await process.ended('code', 'answered')
  const before = process.shown().length
  asks(process, APPROVAL)
  await process.hear(by('alice', 'q1', 'ask'))
  await put(process, before + 1)
  await process.hear(by('bob', 'b', '1'))
  await process.ended('b', 'answered')
  assert.match(process.shown().at(-1) ?? '', /for somebody else/)
  await process.hear(by('alice', 'a', '3'))
  await process.ended('q1', 'answered')
  assert.equal(process.shown().at(-1), 'chosen: no')

  await process.hear(by('alice', 'q2', 'ask'))
  await put(process, before + 4)
  await process.hear(by('olga', 'o', '1'))
  await process.ended('q2', 'answered')
  assert.equal(process.shown().at(-1), 'chosen: yes')
})

test('a question that nobody answers is over after its time, and says so; an answer that comes later is stale, once', async t => {
  const process = oneProcess(t)
  asks(process, APPROVAL)
  await process.hear(message('q', { text: 'ask' }))
  await put(process)
  await process.clock.advance(10 * MINUTE_MS)
  await process.ended('q', 'answered')
  assert.deepEqual(process.shown().slice(1), ['(Nobody answered in time, so I was not allowed to.)', 'chosen: null'])
  await process.hear(message('late', { text: '1' }))
  await process.ended('late', 'answered')
  assert.match(process.shown().at(-1) ?? '', /That question is over/)
  await process.hear(message('again', { text: '1' }))
  await process.ended('again', 'answered')
  assert.equal(process.shown().at(-1), 're: 1')
})

test('the time of a question is not the time of the turn', async t => {
  const process = oneProcess(t, { limits: { turnMs: MINUTE_MS, questionMs: 30 * MINUTE_MS } })
  asks(process, APPROVAL)
  await process.hear(message('q', { text: 'ask' }))
  await put(process)
  await process.clock.advance(20 * MINUTE_MS)
  await process.hear(message('a', { text: '1' }))
  await process.ended('q', 'answered')
  assert.equal(process.shown().at(-1), 'chosen: yes')
})

test('a turn that is stopped takes its question along', async t => {
  const process = oneProcess(t)
  const asking = asks(process, APPROVAL)
  await process.hear(message('q', { text: 'ask' }))
  await put(process)
  await process.hear(message('s', { text: '/stop' }))
  await process.ended('s', 'answered')
  await process.ended('q', 'silent')
  await process.hear(message('late', { text: '/approve' }))
  await process.ended('late', 'answered')
  assert.match(process.shown().at(-1) ?? '', /That question is over/)
  assert.equal(asking.length, 1)
})

test('two questions of one turn are put one after the other', async t => {
  const process = oneProcess(t)
  process.agent.does(async function* (turn, signal): AsyncGenerator<AgentEvent> {
    const both = await Promise.all([turn.ask(APPROVAL, signal), turn.ask(CHOICE, signal)])
    yield { kind: 'text', text: both.join(' ') }
  })
  await process.hear(message('q'))
  await put(process)
  await process.hear(message('a1', { text: '1' }))
  await put(process, 2)
  assert.match(process.shown()[1] ?? '', /Which colour/)
  await process.hear(message('a2', { text: '2' }))
  await process.ended('q', 'answered')
  assert.equal(process.shown().at(-1), 'yes g')
})

test('what a former process asked is open for the next: the turn runs again, and its old number and button decide', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  asks(first, APPROVAL)
  await first.hear(message('q', { text: 'ask' }), message('g1', { chat: groupChat('g'), text: 'ask' }))
  await put(first, 2)
  const data = first.adapter.shown.find(({ chat }) => chat.kind === 'group')?.extras?.keyboard?.[0]?.[0]?.data ?? ''
  assert.match(data, /^herald:q:[0-9a-f]{8}:0$/)
  await first.crash()

  const second = await machine.start({ downMs: 1000 })
  const asking = asks(second, APPROVAL)
  await second.until(() => asking.length === 2, 'both ask again')
  assert.deepEqual(
    asking.map(({ repeated }) => repeated),
    [true, true],
  )
  await second.hear(message('press', { text: 'herald:q:0123abcd:0' }))
  await second.ended('press', 'answered')
  assert.match(second.shown().at(-1) ?? '', /That question is over/)
  await second.hear(message('a', { text: '1' }))
  await second.ended('q', 'answered')
  assert.equal(second.shown().at(-1), 'chosen: yes')
  await second.hear(message('b', { chat: groupChat('g'), text: data }))
  await second.ended('g1', 'answered')
  assert.equal(second.shown(groupChat('g')).at(-1), 'chosen: yes')
  const put2 = second.adapter.shown.filter(({ extras }) => extras?.keyboard !== undefined)
  assert.deepEqual(put2, [], 'it stands in the chat already')
})

test('what is decided before the turn asks again waits for it, once', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  asks(first, APPROVAL)
  await first.hear(message('q', { text: 'ask' }))
  await put(first)
  await first.crash()
  const second = await machine.start({ downMs: 1000 })
  const gate = Promise.withResolvers<void>()
  second.agent.does(async function* (turn, signal): AsyncGenerator<AgentEvent> {
    await gate.promise
    yield { kind: 'text', text: `chosen: ${await turn.ask(APPROVAL, signal)}` }
  })
  await second.hear(message('no', { text: '/deny' }))
  await second.ended('no', 'silent')
  await second.hear(message('yes', { text: '/approve' }))
  await second.ended('yes', 'answered')
  assert.match(second.shown().at(-1) ?? '', /That question is over/)
  gate.resolve()
  await second.ended('q', 'answered')
  assert.equal(second.shown().at(-1), 'chosen: no')
})

test('a turn that asks something else after a restart leaves the old buttons stale', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  asks(first, APPROVAL)
  // Another one first: both processes draw the same chance, and so would their questions the same name.
  await first.hear(message('q0', { text: 'ask' }))
  await put(first)
  await first.hear(message('a0', { text: '1' }))
  await first.ended('q0', 'answered')
  await first.hear(message('q', { text: 'ask' }))
  await put(first, 3)
  const old = first.adapter.shown[2]?.extras?.keyboard?.[0]?.[0]?.data ?? ''
  await first.crash()
  const second = await machine.start({ downMs: 1000 })
  asks(second, { ...APPROVAL, detail: 'rm -rf /' })
  await put(second)
  await second.hear(message('press', { text: old }))
  await second.ended('press', 'answered')
  assert.match(second.shown().at(-1) ?? '', /That question is over/)
  await second.hear(message('a', { text: '3' }))
  await second.ended('q', 'answered')
  assert.equal(second.shown().at(-1), 'chosen: no')
})

test('a number after a restart answers what the process before has asked, and is told that it is over', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  asks(first, APPROVAL)
  await first.hear(message('q', { text: 'ask' }))
  await put(first)
  await first.crash()
  // Long enough for the turn to be stale, so that nothing is asked anew.
  const second = await machine.start({ downMs: 2 * 3_600_000 })
  asks(second, APPROVAL)
  await second.hear(message('a', { text: '1' }))
  await second.ended('a', 'answered')
  assert.match(second.shown().at(-1) ?? '', /That question is over/)
  assert.equal(second.agent.turns.length, 0)
})

test('words of an agent cannot pass for more than a title, and secrets do not get out with them', async t => {
  const process = oneProcess(t, { redact: text => text.replaceAll('hunter2', '[redacted]') })
  asks(process, { ...APPROVAL, title: 'run\u202e it\u0007', detail: `x=hunter2\n${'y'.repeat(5000)}` })
  await process.hear(message('q', { text: 'ask' }))
  await put(process)
  const shown = process.shown()[0] ?? ''
  for (const part of ['hunter2', '\u202e', '\u0007']) assert.ok(!shown.includes(part))
  assert.ok(shown.length < 1200)
})

test('words that decide nothing', () => {
  for (const words of ['', '1 2', 'approve', '/approve ABCD-2345', '12345', '1st', 'yes', '/denying', '一'])
    assert.equal(readDecision(words), undefined, words)
})
