import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Admin } from '../../src/conversation/commands/command.ts'
import { COMMANDS, readCommand } from '../../src/conversation/commands/table.ts'
import type { Inbound } from '../../src/platforms/platform.ts'
import {
  ACCOUNT,
  createMachine,
  groupChat,
  HOUR_MS,
  message,
  OPEN,
  oneProcess,
  type Process,
  type ProcessOptions,
  privateChat,
} from './house.ts'

const by = (who: string, id: string, text: string): Inbound =>
  message(id, { chat: privateChat(who), sender: { id: who, isBot: false }, text })

/** What one person says in private, and what is answered: the last thing shown there. */
function chatOf(process: Process, who = 'alice') {
  let next = 0
  return async (text: string): Promise<string> => {
    const id = `${who} says ${next++}`
    await process.hear(by(who, id, text))
    await process.ended(id, 'answered')
    return process.shown(privateChat(who)).at(-1) ?? ''
  }
}

async function makeOwner(process: Process, who: string): Promise<void> {
  await process.hear(by(who, `owner ${who}`, await process.conversation.people.issueOwnerCode(ACCOUNT)))
  await process.ended(`owner ${who}`, 'answered')
}

/** Stands for the gateway around the conversation, and notes what it is told. */
function adminOf(): { readonly admin: Admin; readonly told: string[] } {
  const told: string[] = []
  const steer = (verb: string) => (account: string) => {
    told.push(`${verb} ${account}`)
    return true
  }
  const admin: Admin = {
    accounts: [ACCOUNT, 'qqbot:work'],
    platforms: () => ['qqbot: connected', 'qqbot:work: paused'],
    agent: () => 'toy, ok',
    pause: steer('pause'),
    resume: steer('resume'),
    restart: steer('restart'),
  }
  return { admin, told }
}

function owned(t: TestContext, options: ProcessOptions = {}) {
  const { admin, told } = adminOf()
  return { process: oneProcess(t, { admin, ...options }), told }
}

test('the table: each name once, a Chinese one for each, help in both languages', () => {
  const names = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases])
  assert.equal(new Set(names).size, names.length)
  for (const { name, aliases, help } of COMMANDS) {
    assert.match(aliases[0], /^\p{Script=Han}+$/u, name)
    assert.ok(help.en !== '' && /\p{Script=Han}/u.test(help.zh), name)
    for (const one of [name, ...aliases]) assert.equal(readCommand(`/${one} x`)?.command.name, name)
  }
})

test('what is a command and what is not', () => {
  const read = (text: string) => {
    const { command, args } = readCommand(text) ?? {}
    return command && [command.name, args]
  }
  assert.deepEqual(read('/Help'), ['help', ''])
  assert.deepEqual(read('  ／帮助  '), ['help', ''])
  assert.deepEqual(read('/send a  b\nc '), ['send', 'a  b\nc'])
  assert.deepEqual(read('/reset'), ['new', ''])
  for (const words of ['help', '/', '/ help', '/helpme', '/usr/bin/env', 'see /help', '/constructor', '/__proto__', ''])
    assert.equal(read(words), undefined, words)
})

test('help is made from the table, and shows each what they may use', async t => {
  const { process } = owned(t, { access: { ...OPEN, allowedUsers: ['mary'] } })
  await makeOwner(process, 'olga')
  const help = async (who: string, text: string) => (await chatOf(process, who)(text)).split('\n')
  const guest = await help('gus', '/help')
  const member = await help('mary', '/help')
  const owner = await help('olga', '/help')
  assert.equal(owner.length, COMMANDS.length + 1)
  assert.deepEqual(
    guest.slice(1).map(line => line.split(' ')[0]),
    COMMANDS.filter(({ role }) => role === 'guest').map(({ name }) => `/${name}`),
  )
  assert.deepEqual(
    member.filter(line => !guest.includes(line)).map(line => line.split(' ')[0]),
    ['/busy', '/verbose'],
  )
  const chinese = oneProcess(t, { language: 'zh' })
  assert.match(await chatOf(chinese)('/帮助'), /^可用命令：\n\/帮助 \(\/help\) 显示本列表\n/)
})

test('an unknown word after a slash is for the agent', async t => {
  const says = chatOf(oneProcess(t))
  assert.equal(await says('/frobnicate now'), 're: /frobnicate now')
  assert.equal(await says('/pause'), 're: /pause', 'where there is nothing to pause, that is a word too')
})

test('a command is answered while a turn runs, and in no more than this moment', async t => {
  const { process } = owned(t)
  const { agent, hear, until, clock, ended, shown } = process
  agent.waits()
  await hear(message('m1'), message('m2'), message('m3'))
  await until(() => agent.waiting.length === 1)
  const atMs = clock.monotonicMs()
  assert.match(await chatOf(process)('/status'), /an answer is under way, 2 waiting; busy mode queue/)
  assert.equal(await chatOf(process, 'bob')('/ping'), 'pong')
  assert.equal(clock.monotonicMs(), atMs)
  for (const id of ['m1', 'm2', 'm3']) {
    await until(() => agent.waiting.includes(id))
    agent.answer(id)
  }
  await ended('m3', 'answered')
  assert.deepEqual(shown(privateChat('alice')).slice(1), ['re: m1', 're: m2', 're: m3'])
})

test('the answer is a notice in the journal, and a message that comes twice is one command', async t => {
  const process = oneProcess(t)
  await process.hear(message('m1', { text: '/ping' }), message('m1', { text: '/ping' }))
  await process.ended('m1', 'answered')
  await process.hear(message('m1', { text: '/ping' }))
  const trace = await process.journal.trace('m1')
  assert.deepEqual(
    trace?.outbox.map(({ text, purpose, state }) => [text, purpose, state]),
    [['pong', 'notice', 'accepted']],
  )
  assert.equal(trace?.inbox?.detail, '/ping')
  assert.deepEqual(process.shown(), ['pong'])
  assert.equal((await process.journal.history(privateChat('alice'), 100)).length, 0)
})

for (const heeds of [true, false]) {
  test(`/stop ends the turn at once where the agent ${heeds ? 'heeds' : 'does not heed'} its signal, and the lane goes on`, async t => {
    const process = oneProcess(t)
    const { agent, hear, until, clock, ended, shown, conversation } = process
    agent.does(async function* (_turn, signal) {
      yield { kind: 'text', text: 'half an ans' }
      await new Promise((_resolve, reject) => {
        if (heeds) signal.addEventListener('abort', () => reject(signal.reason))
      })
    })
    await hear(message('m1'), message('m2'), message('m3'))
    await until(() => conversation.activeTurns === 1)
    const atMs = clock.monotonicMs()
    agent.does(async function* ({ text }) {
      yield { kind: 'text', text: `re: ${text}` }
    })
    await hear(message('s', { text: '/stop' }))
    await ended('m1', 'silent')
    await ended('m3', 'answered')
    await ended('s', 'answered')
    assert.equal(clock.monotonicMs(), atMs)
    assert.equal((await process.inbox('m1')).detail, 'stopped by s')
    assert.ok(agent.signals[0]?.aborted)
    assert.deepEqual([...shown()].sort(), ['(Stopped. Waiting and next: 2.)', 're: m2', 're: m3'])
    assert.deepEqual(
      agent.turns[1]?.history,
      [{ role: 'user', text: 'm1' }],
      'what was asked stays in the conversation',
    )
    assert.ok(!process.log.some(line => line.level === 'error'))
    assert.match(await chatOf(process)('/停'), /Nothing is being answered/)
  })
}

test('/stop in one chat stops nobody elsewhere', async t => {
  const process = oneProcess(t)
  const { agent, hear, until } = process
  agent.waits()
  await hear(by('bob', 'b1', 'b1'))
  await until(() => agent.waiting.length === 1)
  assert.match(await chatOf(process)('/stop'), /Nothing is being answered/)
  assert.equal(agent.signals[0]?.aborted, false)
})

test('/new ends the turn under way, forgets what was said, and what waits is asked in the new conversation', async t => {
  const forgotten: string[] = []
  const inner: { current?: Process } = {}
  const process = oneProcess(t, {
    agent: {
      run: (turn, signal) => inner.current?.agent.run(turn, signal) ?? assert.fail(),
      forget: async chat => void forgotten.push(chat.id),
    },
  })
  inner.current = process
  const { agent, hear, until, ended } = process
  const says = chatOf(process)
  await says('first')
  agent.waits()
  await hear(message('m1'), message('m2'))
  await until(() => agent.waiting.includes('m1'))
  await hear(message('n', { text: '/new' }))
  await ended('n', 'answered')
  await ended('m1', 'silent')
  assert.match(process.shown().at(-1) ?? '', /new conversation begins\. The answer under way was stopped/)
  assert.deepEqual(forgotten, ['alice'])
  await until(() => agent.waiting.includes('m2'))
  assert.deepEqual(agent.turns.at(-1)?.history, [])
  agent.answer('m2')
  await ended('m2', 'answered')
  assert.equal((await process.journal.history(privateChat('alice'), 1000)).length, 2)
})

test('/undo takes the last exchange out, again and again', async t => {
  const process = oneProcess(t)
  const says = chatOf(process)
  await says('one')
  await says('two')
  assert.equal(await says('/undo'), '(Taken back: “two”)')
  await says('three')
  assert.deepEqual(
    process.agent.turns.at(-1)?.history.map(entry => entry.text),
    ['one', 're: one'],
  )
  await says('/undo')
  assert.equal(await says('/撤销'), '(Taken back: “one”)')
  assert.equal(await says('/undo'), '(There is nothing to take back.)')
})

test('/undo while a turn runs takes that one back', async t => {
  const process = oneProcess(t)
  const { agent, hear, until, ended, journal } = process
  await chatOf(process)('one')
  agent.waits()
  await hear(message('m1'))
  await until(() => agent.waiting.length === 1)
  await hear(message('u', { text: '/undo' }))
  await ended('m1', 'silent')
  await ended('u', 'answered')
  assert.equal(process.shown().at(-1), '(Taken back: “m1”)')
  const history = await journal.history(privateChat('alice'), 1000)
  assert.deepEqual(
    history.map(entry => entry.text),
    ['one', 're: one'],
  )
})

test('/retry asks the last question again, in place of its first answer, with what came with it', async t => {
  const process = oneProcess(t)
  const { agent, hear, ended, journal } = process
  const says = chatOf(process)
  await says('one')
  const attachments = [{ kind: 'file', name: 'f' }] as const
  await hear(message('m1', { text: 'look', attachments }))
  await ended('m1', 'answered')
  agent.does(async function* ({ text }) {
    yield { kind: 'text', text: `better: ${text}` }
  })
  assert.match(await says('/retry'), /^better: look/)
  const [, second, third] = agent.turns
  assert.deepEqual(third?.attachments, attachments)
  assert.deepEqual([third?.text, third?.history], [second?.text, second?.history])
  const history = await journal.history(privateChat('alice'), 1000)
  assert.equal(history.length, 4)
  assert.match(history[3]?.text ?? '', /^better/)
})

test('/retry asks a question again that failed, or that it ended itself', async t => {
  const process = oneProcess(t)
  const { agent, hear, until, ended } = process
  const says = chatOf(process)
  assert.equal(await says('/retry'), '(There is no question to ask again.)')
  agent.does(async function* () {
    yield { kind: 'text', text: 'half' }
    throw new Error('broken')
  })
  await hear(message('m1'))
  await ended('m1', 'dead: agent')
  agent.waits()
  await hear(message('r1', { text: '/retry' }))
  await until(() => agent.waiting.includes('m1'))
  await hear(message('r2', { text: '/retry' }))
  await ended('r1', 'silent')
  await until(() => agent.turns.length === 3)
  await until(() => agent.waiting.includes('m1'))
  agent.answer('m1')
  await ended('r2', 'answered')
  const history = await process.journal.history(privateChat('alice'), 1000)
  assert.deepEqual(
    history.map(entry => entry.text),
    ['m1', 're: m1'],
  )
})

test('after a restart /retry knows the last question from the history', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  await chatOf(first)('one')
  await first.stop()
  const second = await machine.start()
  await second.hear(message('r', { text: '/retry' }))
  await second.ended('r', 'answered')
  assert.deepEqual([second.agent.turns[0]?.text, second.agent.turns[0]?.history], ['one', []])
})

test('a command that changes something is void when it came before the process began; others are answered', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  await chatOf(first)('one')
  for (const [id, text] of [
    ['n', '/new'],
    ['s', '/stop'],
    ['r', '/retry'],
    ['p', '/ping'],
  ] as const) {
    const verdict = { triage: { run: true }, replyUntilMs: first.clock.nowMs() + HOUR_MS } as const
    await first.journal.accept(ACCOUNT, { message: message(id, { text }) }, verdict)
  }
  await first.crash()
  const second = await machine.start()
  for (const id of ['n', 's', 'r', 'p']) await second.ended(id, 'answered')
  assert.deepEqual([...second.shown()].sort(), [
    '(/new was sent before I was started again, and was not carried out. Please send it again.)',
    '(/retry was sent before I was started again, and was not carried out. Please send it again.)',
    '(/stop was sent before I was started again, and was not carried out. Please send it again.)',
    'pong',
  ])
  assert.equal(second.agent.turns.length, 0)
  assert.equal((await second.journal.history(privateChat('alice'), 1000)).length, 2)
})

test('a command that was cut off by a crash is answered once', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  await first.hear(message('p', { text: '/ping' }))
  await first.crash()
  const second = await machine.start()
  await second.ended('p', 'answered')
  assert.deepEqual([...first.shown(), ...second.shown()], ['pong'])
})

test('a command comes through when every place for turns is taken', async t => {
  const process = oneProcess(t, { limits: { runningTurns: 1 } })
  const { agent, hear, until, ended } = process
  agent.waits()
  await hear(by('bob', 'b1', 'b1'))
  await until(() => agent.waiting.length === 1)
  await hear(message('m1'))
  assert.match(await chatOf(process)('/new'), /new conversation/)
  assert.deepEqual(agent.waiting, ['b1'])
  agent.answer('b1')
  await until(() => agent.waiting.includes('m1'))
  agent.answer('m1')
  await ended('m1', 'answered')
})

test('a question that is asked again takes a place like any other', async t => {
  const process = oneProcess(t, { limits: { runningTurns: 1 } })
  const { agent, hear, until, ended } = process
  await chatOf(process)('one')
  agent.waits()
  await hear(by('bob', 'b1', 'b1'))
  await until(() => agent.waiting.includes('b1'))
  await hear(message('r', { text: '/retry' }), message('m2'))
  await process.clock.advance(1000)
  assert.deepEqual(agent.waiting, ['b1'])
  agent.answer('b1')
  for (const text of ['one', 'm2']) {
    await until(() => agent.waiting.includes(text))
    assert.equal(agent.waiting.length, 1)
    agent.answer(text)
  }
  await ended('m2', 'answered')
})

test('in a group commands are for the bot, and an owner of a private chat is a guest', async t => {
  const { process } = owned(t)
  await makeOwner(process, 'olga')
  const chat = groupChat('g')
  const sender = { id: 'another openid', isBot: false }
  await process.hear(message('g1', { chat, sender, text: '/pause' }), message('g2', { chat, sender, text: '/whoami' }))
  await process.ended('g1', 'answered')
  await process.ended('g2', 'answered')
  await process.hear(message('g3', { chat, sender, text: '/ping', addressed: false }))
  assert.equal(await process.endOf('g3'), 'silent')
  assert.deepEqual([...process.shown(chat)].sort(), [
    '(/pause is for my owner.)',
    'You are a guest.\nid: another openid\nchat: qqbot:group:g',
  ])
})

test('an owner sees and steers accounts; each act comes after its own answer', async t => {
  const { process, told } = owned(t)
  await makeOwner(process, 'olga')
  const says = chatOf(process, 'olga')
  assert.equal(await says('/platforms'), 'qqbot: connected\nqqbot:work: paused')
  assert.equal(await says('/agent'), 'Agent: toy, ok')
  assert.match(await says('/status'), /^This chat: .*\nAgent: toy, ok\nqqbot: connected\n/)
  assert.match(await says('/pause qqbot:wrok'), /No such account. There are: qqbot, qqbot:work/)
  assert.equal(await says('/resume qqbot:work'), '(qqbot:work lives again.)')
  await process.clock.advance(0)
  assert.deepEqual(told, ['resume qqbot:work'])
  assert.equal(await says('/restart'), '(qqbot is being restarted.)')
  assert.deepEqual(told, ['resume qqbot:work'], 'the answer got out first')
  await process.clock.advance(1000)
  assert.deepEqual(told, ['resume qqbot:work', 'restart qqbot'])
  assert.match(await chatOf(process, 'gus')('/restart'), /for my owner/)
  await process.clock.advance(1000)
  assert.equal(told.length, 2)
})

test('an owner writes to another chat, and traces a message', async t => {
  const { process } = owned(t)
  await makeOwner(process, 'olga')
  const says = chatOf(process, 'olga')
  assert.match(await says('/send'), /wants a chat and a text/)
  assert.match(await says('/send elsewhere:c2c:x hello'), /No such account/)
  assert.match(await says(`/send qqbot:c2c:bob ${'x'.repeat(1501)}`), /too long: at most 1500/)
  assert.equal(await says('/send qqbot:c2c:bob good\nmorning'), '(On its way to qqbot:c2c:bob.)')
  await process.until(() => process.shown(privateChat('bob')).length > 0)
  assert.deepEqual(process.shown(privateChat('bob')), ['good\nmorning'])
  assert.match(await says('/trace olga says 0'), /^olga says 0: answered \(\/send\)\n→ \d+ notice: accepted, 1 posts$/)
  assert.equal(await says('/trace nothing'), '(No such message is known.)')
})

test('tokens are counted by chat, and an owner sees all of them', async t => {
  const { process } = owned(t)
  process.agent.does(async function* ({ text }) {
    yield { kind: 'text', text }
    yield { kind: 'usage', inputTokens: 10, outputTokens: 3 }
  })
  await makeOwner(process, 'olga')
  const says = chatOf(process)
  await says('one')
  await says('two')
  await chatOf(process, 'olga')('three')
  assert.equal(await says('/usage'), 'This chat since I was started: 2 turns, 20 tokens in, 6 out.')
  await process.hear(by('olga', 'u', '/usage'))
  await process.ended('u', 'answered')
  assert.equal(
    process.shown(privateChat('olga')).at(-1),
    'This chat since I was started: 1 turn, 10 tokens in, 3 out.\nAll chats since I was started: 3 turns, 30 tokens in, 9 out.',
  )
})

test('a chat chooses whether it sees what the agent is doing', async t => {
  const process = oneProcess(t, { access: { ...OPEN, allowedUsers: ['alice'] } })
  const says = chatOf(process)
  assert.match(await says('/verbose'), /is not shown here/)
  assert.match(await says('/详细 开'), /From now on/)
  assert.deepEqual(await process.journal.chatFacts(privateChat('alice')), { verbose: true })
  assert.match(await says('/verbose maybe'), /is shown here/)
  await says('/verbose off')
  assert.deepEqual(await process.journal.chatFacts(privateChat('alice')), { verbose: false })
})

test('a stop waits for no command that cannot begin any more; the next start says that it is void', async t => {
  const machine = createMachine(t)
  const released = Promise.withResolvers<void>()
  let held = false
  const first = await machine.start({
    disk: journal => ({
      ...journal,
      async endTurn(account, ids, ...rest) {
        if (ids.includes('m1')) {
          held = true
          await released.promise
        }
        return journal.endTurn(account, ids, ...rest)
      },
    }),
  })
  first.agent.waits()
  await first.hear(message('m1'))
  await first.until(() => first.agent.waiting.length === 1)
  await first.hear(message('n', { text: '/new' }))
  await first.until(() => held)
  const stopped = first.stop()
  released.resolve()
  let over = false
  void stopped.then(() => {
    over = true
  })
  await first.until(() => over, 'no time had to pass')
  const second = await machine.start()
  await second.ended('n', 'answered')
  assert.match(second.shown()[0] ?? '', /was not carried out/)
})

test('a chat chooses its busy mode, for good', async t => {
  const machine = createMachine(t)
  const access = { ...OPEN, allowedUsers: ['alice'] }
  const first = await machine.start({ access })
  const says = chatOf(first)
  assert.match(await says('/busy'), /^Busy mode: queue/)
  assert.match(await says('/busy MERGE'), /merge, messages sent in one go/)
  assert.match(await says('/busy steer'), /^Busy mode: merge .*queue \| interrupt \| merge/)
  assert.match(await chatOf(first, 'gus')('/busy merge'), /for paired people/)
  await first.stop()
  const second = await machine.start({ access })
  await second.hear(message('b', { text: '/busy' }), by('gus', 'g', '/status'))
  await second.ended('b', 'answered')
  await second.ended('g', 'answered')
  assert.match(second.shown(privateChat('alice'))[0] ?? '', /^Busy mode: merge/)
  assert.match(second.shown(privateChat('gus'))[0] ?? '', /busy mode queue/)
})
