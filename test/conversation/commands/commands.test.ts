import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS, readCommand } from '../../../src/conversation/commands/table.ts'
import { ACCOUNT, createMachine, groupChat, HOUR_MS, message, OPEN, oneProcess, privateChat } from '../house.ts'
import { adminOf, by, chatOf, makeOwner, owned } from '../talk.ts'

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
    guest.slice(1).map(line => line.split(':')[0]),
    COMMANDS.filter(({ role }) => role === 'guest').map(({ name }) => `/${name}`),
  )
  assert.deepEqual(
    member.filter(line => !guest.includes(line)).map(line => line.split(' ')[0]),
    ['/busy', '/verbose'],
  )
  assert.match(owner.join('\n'), /^Commands:\n\/help: this list\n.*^\/model \[NAME \| auto\]: which model/ms)
  for (const line of owner.slice(1)) assert.match(line, /^\/[a-z]+( [^:]+)?: \S/)
  assert.ok(
    process.adapter.posts.every(({ form }) => form === 'plain'),
    'it looks the same where Markdown is on',
  )
  const { process: chinese } = owned(t, { language: 'zh' })
  await makeOwner(chinese, 'olga')
  const lines = (await chatOf(chinese, 'olga')('/帮助')).split('\n')
  assert.deepEqual(lines.slice(0, 2), ['可用命令：', '/帮助 (/help)：显示本列表'])
  for (const line of lines.slice(1)) assert.match(line, /^\/\p{Script=Han}+ \(\/[a-z]+\)( [^：]+)?：\S/u)
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
  assert.match(await says('/agent'), /^Agent: default \(toy, small\), ok\nThere are: default, coder\. /)
  assert.match(
    await says('/status'),
    /^This chat: .*\nMay talk to me: private chats: everyone; groups: all, when mentioned\.\nThe platform has not said whether I may write here unasked\.\nAgent: default \(toy, small\), ok\nqqbot: connected\n/,
  )
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
  assert.match(await says('/trace'), /wants the id of a message, its key, or the number of an incident/)
  assert.match(await says('/send'), /wants a chat and a text/)
  assert.match(await says('/send elsewhere:c2c:x hello'), /No such account/)
  assert.equal(await says('/send qqbot:c2c:bob good\nmorning'), '(On its way to qqbot:c2c:bob.)')
  await process.until(() => process.shown(privateChat('bob')).length > 0)
  assert.deepEqual(process.shown(privateChat('bob')), ['good\nmorning'])
  assert.match(await says('/trace olga says 1'), /^olga says 1: answered \(\/send\)\n→ \d+ notice: accepted, 1 posts$/)
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

test('a chat chooses its busy mode, for good', async t => {
  const machine = createMachine(t)
  const access = { ...OPEN, allowedUsers: ['alice'] }
  const first = await machine.start({ access })
  const says = chatOf(first)
  assert.match(await says('/busy'), /^Busy mode: queue/)
  assert.match(await says('/busy MERGE'), /merge, messages sent in one go/)
  assert.equal(
    await says('/busy sometimes'),
    '(There is no busy mode “sometimes”. There are: queue, interrupt, steer, merge.)',
  )
  assert.match(await says('/busy'), /^Busy mode: merge .*queue \| interrupt \| steer \| merge/)
  assert.match(await chatOf(first, 'gus')('/busy merge'), /for paired people/)
  await first.stop()
  const second = await machine.start({ access })
  await second.hear(message('b', { text: '/busy' }), by('gus', 'g', '/status'))
  await second.ended('b', 'answered')
  await second.ended('g', 'answered')
  assert.match(second.shown(privateChat('alice'))[0] ?? '', /^Busy mode: merge/)
  assert.match(second.shown(privateChat('gus'))[0] ?? '', /busy mode queue/)
})

test('an owner who speaks Chinese reads all of the status in Chinese', async t => {
  const { process } = owned(t, { language: 'zh' })
  await makeOwner(process, 'olga')
  const says = chatOf(process, 'olga')
  assert.match(await says('/配对'), /^已配对：\nolga（主人）\n/)
  assert.equal(await says('/忙时 foo'), '（没有忙时模式“foo”。可用：queue、interrupt、steer、merge。）')
  const lines = (await says('/状态')).split('\n')
  assert.deepEqual(lines.slice(0, 4), [
    '本会话：空闲，排队 0 条；忙时模式 queue（消息依次排队）。',
    '可以和我对话的：私聊：所有人；群聊：所有群，被 @ 时回答。',
    '平台没有说明我能否在这里主动发消息。',
    '智能体：default（toy，small），正常',
  ])
})

test('a command that was sent before the start, and is heard only now, changes nothing', async t => {
  const process = oneProcess(t)
  const { hear, ended, clock, shown } = process
  await process.hear(message('m1'))
  await ended('m1', 'answered')
  const startedAtMs = clock.nowMs()
  await hear(message('n1', { text: '/new', sentAtMs: startedAtMs - 10_000 }))
  await ended('n1', 'answered')
  assert.match(shown().at(-1) ?? '', /\/new was sent before I was started/)
  assert.equal((await process.journal.history(privateChat('alice'), 1000)).length, 2)
  await hear(message('p', { text: '/ping', sentAtMs: startedAtMs - 10_000 }))
  await ended('p', 'answered')
  assert.equal(shown().at(-1), 'pong')
  // The platform's clock is a little behind, and counts seconds.
  await hear(message('n2', { text: '/new', sentAtMs: startedAtMs - 3_000 }))
  await ended('n2', 'answered')
  assert.equal((await process.journal.history(privateChat('alice'), 1000)).length, 0)
})

test('an owner chooses the agent and the model of a chat, for good; a model goes with its agent', async t => {
  const machine = createMachine(t)
  const { admin } = adminOf()
  const first = await machine.start({ admin })
  await makeOwner(first, 'olga')
  const says = chatOf(first, 'olga')
  const chosen = () => [first.agent.turns.at(-1)?.agent, first.agent.turns.at(-1)?.model]
  assert.match(await says('/model'), /^Model: small\. \/model NAME/)
  assert.match(await says('/模型 large'), /^Model: large\./)
  await says('hello')
  assert.deepEqual(chosen(), [undefined, 'large'])
  assert.equal(
    await says('/agent wrong'),
    '(No such agent. There are: default, coder; auto leaves it to the settings.)',
  )
  assert.equal(await says('/智能体 coder'), 'Agent: coder (acp), ok')
  assert.equal(await says('/model huge'), '(The agent here, coder (acp), chooses its model by itself.)')
  await says('hello')
  assert.deepEqual(chosen(), ['coder', undefined])
  const gus = chatOf(first, 'gus')
  await gus('hello')
  assert.deepEqual(chosen(), [undefined, undefined], 'another chat')
  assert.match(await gus('/model large'), /for my owner/)
  assert.match(await says('/agent default'), /^Agent: default \(toy, small\)/)
  assert.match(await says('/model two words'), /without spaces/)
  await says('/model large')
  await first.stop()
  const second = await machine.start({ admin })
  await second.hear(by('olga', 'o', 'hello'))
  await second.ended('o', 'answered')
  assert.deepEqual([second.agent.turns[0]?.agent, second.agent.turns[0]?.model], ['default', 'large'])
  for (const [id, text] of [
    ['o2', '/agent auto'],
    ['o3', 'hello'],
  ] as const) {
    await second.hear(by('olga', id, text))
    await second.ended(id, 'answered')
  }
  assert.deepEqual([second.agent.turns.at(-1)?.agent, second.agent.turns.at(-1)?.model], [undefined, undefined])
})

test('docs/commands.md has the same table', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/commands.md'), 'utf8')
  const rows = COMMANDS.map(({ name, aliases, role, takes, help }) => {
    const also = aliases.map(alias => `\`/${alias}\``).join(' ')
    const meaning = takes ? `${takes.en}: ${help.en}` : help.en
    return `| \`/${name}\` | ${also} | ${role} | ${meaning.replaceAll('|', '\\|')} |`
  })
  assert.deepEqual(
    page.split('\n').filter(line => line.startsWith('| `/')),
    rows,
  )
})
