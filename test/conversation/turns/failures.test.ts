import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AgentError, type AgentErrorCode, type AgentEvent } from '../../../src/agents/agent.ts'
import { createAgent } from '../../../src/agents/create-agent.ts'
import { wordsIn } from '../../../src/conversation/notices/texts.ts'
import { StoppedError } from '../../../src/lib/errors.ts'
import { worldOf } from '../../agents/house.ts'
import { type Script, startOpenAiServer } from '../../support/openai-server.ts'
import { groupChat, type LogLine, MINUTE_MS, message, noteLog, OPEN, oneProcess, type Process } from '../house.ts'
import type { Conduct } from '../toy-agent.ts'

const said = (text: string): AgentEvent => ({ kind: 'text', text })

/** The notice that the chat of a failed turn was told; also that log, journal and notice name the same incident. */
async function noticeOf(process: Process, id = 'm1'): Promise<string> {
  await process.until(async () => ['ended', 'replying'].includes((await process.inbox(id)).state))
  await process.ended(id, 'dead: agent')
  const notices = process.shown()
  assert.equal(notices.length, 1, 'one post, and none of half an answer')
  const [notice = ''] = notices
  const { detail } = await process.inbox(id)
  const incident = /[0-9a-f]{8}/.exec(notice)?.[0]
  assert.ok(incident, `no incident id in: ${notice}`)
  assert.equal(detail?.split(', incident ')[1], incident)
  const line = process.log.find(({ level, fields }) => level === 'error' && fields['incident'] === incident)
  assert.equal(line?.fields['message'], id)
  assert.equal(line?.fields['code'], detail?.split(',')[0])
  assert.ok(notice.length < 200 && !/\bat |Error|\.ts|\n/.test(notice), `not for a chat: ${notice}`)
  return notice
}

const never = (): Promise<never> => new Promise(() => {})

const FAILURES: readonly [name: string, conduct: Conduct, notice: RegExp, detail: RegExp][] = [
  ['says nothing', async function* () {}, /answered with nothing/, /^agent_empty/],
  [
    'says nothing but white space',
    async function* () {
      yield said(' \n\u3000\t')
    },
    /answered with nothing/,
    /^agent_empty/,
  ],
  [
    'only counts tokens',
    async function* () {
      yield { kind: 'usage', inputTokens: 1, outputTokens: 0 }
    },
    /answered with nothing/,
    /^agent_empty/,
  ],
  [
    'throws at once, and not in its iteration',
    () => {
      throw new Error('secret-of-the-house\n    at agent.ts:1')
    },
    /something went wrong here/,
    /^bug/,
  ],
  [
    'throws something that is no error',
    async function* () {
      throw { toString: () => 'secret-of-the-house' }
    },
    /something went wrong here/,
    /^bug/,
  ],
  [
    'breaks off in the middle of an answer',
    async function* () {
      yield said('half an ans')
      throw new AgentError('agent_broken', 'secret-of-the-house')
    },
    /broke off/,
    /^agent_broken/,
  ],
  [
    'answers with ten megabytes, in pieces',
    async function* () {
      for (let i = 0; i < 1000; i++) yield said('x'.repeat(10_000))
    },
    /too long/,
    /^agent_too_long/,
  ],
  [
    'answers with ten megabytes, at once',
    async function* () {
      yield said('x'.repeat(10_000_000))
    },
    /too long/,
    /^agent_too_long/,
  ],
  [
    'was stopped by somebody else',
    // biome-ignore lint/correctness/useYield: it never gets to say anything
    async function* () {
      throw new StoppedError()
    },
    /something went wrong here/,
    /^bug/,
  ],
]

for (const [name, conduct, wanted, detail] of FAILURES) {
  test(`an agent that ${name}: a short honest notice, and the next message is answered`, async t => {
    const process = oneProcess(t)
    process.agent.does(conduct)
    await process.hear(message('m1'))
    const notice = await noticeOf(process)
    assert.match(notice, wanted)
    assert.ok(!notice.includes('secret-of-the-house'))
    assert.match((await process.inbox('m1')).detail ?? '', detail)
    assert.equal(process.conversation.activeTurns, 0)
    assert.equal(process.clock.armed, 0)
    process.agent.does(async function* () {
      yield said('better')
    })
    await process.hear(message('m2'))
    await process.ended('m2', 'answered')
    assert.equal(process.shown().at(-1), 'better')
    assert.deepEqual(process.agent.turns.at(-1)?.history, [], 'what failed was not said')
  })
}

const HANGING: readonly [name: string, conduct: Conduct][] = [
  [
    'never says a word',
    async function* () {
      await never()
      yield said('')
    },
  ],
  [
    'stops in the middle of an answer',
    async function* () {
      yield said('half an ans')
      await never()
    },
  ],
]

for (const [name, conduct] of HANGING) {
  test(`an agent that ${name} and heeds no signal is given up when its time is over`, async t => {
    const process = oneProcess(t)
    process.agent.does(conduct)
    await process.hear(message('m1'), message('m2'))
    await process.until(() => process.agent.turns.length === 1)
    await process.clock.advance(10 * MINUTE_MS - 1)
    assert.equal(await process.endOf('m1'), 'running')
    assert.equal(process.agent.signals[0]?.aborted, false)
    process.agent.does(async function* () {
      yield said('better')
    })
    await process.clock.advance(1)
    await process.ended('m1', 'dead: agent')
    await process.ended('m2', 'answered')
    assert.match(process.shown()[0] ?? '', /took too long.*[0-9a-f]{8}/)
    assert.equal(process.shown()[1], 'better')
    assert.equal(process.agent.signals[0]?.aborted, true, 'it was told')
    assert.equal(process.clock.armed, 0)
  })
}

test('an agent that heeds its signal has cleaned up, and what it throws while it does harms nobody', async t => {
  const process = oneProcess(t, { limits: { answerChars: 10 } })
  let cleaned = 0
  process.agent.does(async function* (_turn, signal) {
    try {
      for (;;) yield said('12345678')
    } finally {
      cleaned += signal.aborted ? 1 : 0
      // biome-ignore lint/correctness/noUnsafeFinally: that is the fault
      throw new Error('on the way out')
    }
  })
  await process.hear(message('m1'))
  assert.match(await noticeOf(process), /too long/)
  await process.until(() => cleaned === 1)
  await process.until(() => process.log.some(line => line.fields['reason'] === 'on the way out'))
})

test('a bound of the answer is exact', async t => {
  const process = oneProcess(t, { limits: { answerChars: 10 } })
  process.agent.does(async function* ({ text }) {
    yield said('12345')
    yield said('67890')
    if (text === 'more') yield said('!')
  })
  await process.hear(message('m1'), message('more'))
  await process.ended('m1', 'answered')
  await process.ended('more', 'dead: agent')
  assert.equal(process.shown()[0], '1234567890')
})

test('to say nothing is a choice where nobody spoke to the bot', async t => {
  const process = oneProcess(t, { access: { ...OPEN, groupTrigger: 'all' } })
  process.agent.does(async function* () {})
  const chat = groupChat('g')
  await process.hear(message('m1', { chat, addressed: false }))
  await process.ended('m1', 'silent')
  assert.deepEqual(process.shown(), [])
  await process.hear(message('m2', { chat }))
  await process.ended('m2', 'dead: agent')
  assert.equal(process.shown().length, 1)
  const heard = process.agent.turns[1]?.history.map(({ role, text }) => `${role}: ${text.split('\n').at(-1)}`)
  assert.deepEqual(heard, ['user: m1'], 'it was heard all the same')
})

test('the notice is in Chinese where the chat is', async t => {
  const process = oneProcess(t, { language: 'auto' })
  process.agent.does(async function* () {})
  await process.hear(message('m1', { text: '你好' }))
  assert.match(await noticeOf(process), /^（抱歉，这条消息没能得到回答：智能体没有给出内容。事件编号：[0-9a-f]{8}）$/)
})

test('every failure has words in both languages', () => {
  const codes: readonly (AgentErrorCode | 'bug')[] = [
    'agent_unreachable',
    'agent_refused',
    'agent_timeout',
    'agent_broken',
    'agent_empty',
    'agent_too_long',
    'bug',
  ]
  const all = (['zh', 'en'] as const).map(language => {
    const words = wordsIn(language)
    return [
      ...codes.map(code => words.agentFailed(code, '0badcafe')),
      words.queueFull,
      words.poison,
      words.stale(1),
      words.stale(2),
    ]
  })
  const [zh = [], en = []] = all
  assert.equal(new Set(all.flat()).size, 22)
  for (const text of zh) assert.match(text, /^（[^A-Za-z]+(：0badcafe）|）)$/)
  for (const text of en) assert.match(text, /^\([\x20-\x7e]+\)$/)
  for (const text of all.flat()) assert.doesNotMatch(text, /undefined|agent_/)
})

test('J100 a real server that is down, half alive, or given a wrong key: the notice says no more than that', async t => {
  const key = 'sk-do-not-tell-0123456789'
  const server = await startOpenAiServer()
  t.after(() => server.stop())
  const answers: readonly [RegExp, Script][] = [
    [/refused the request/, ({ reply }) => reply(401, { error: { message: `Incorrect API key provided: ${key}` } })],
    [/refused the request/, ({ reply }) => reply(400, { error: { message: `your key ${key} at /srv/secret.py` } })],
    [/cannot be reached/, ({ reply }) => reply(500, `<html>${key}</html>`)],
    [/cannot be reached/, exchange => exchange.die()],
    [
      /broke off/,
      exchange => {
        exchange.delta('half an ans')
        exchange.event({ error: { message: `overloaded ${key}` } })
        exchange.end()
      },
    ],
    [/answered with nothing/, exchange => exchange.done()],
  ]
  for (const [wanted, script] of answers) {
    const lines: LogLine[] = []
    const settings = { type: 'openai', baseUrl: server.baseUrl, apiKey: key, model: 'm', limits: { tries: 1 } } as const
    const agent = createAgent(settings, worldOf(noteLog(lines)))
    const process = oneProcess(t, { agent })
    server.script(script)
    await process.hear(message('m1'))
    // Sockets take real time; the bound of this wait is that of the test.
    while ((await process.inbox('m1')).state !== 'ended') {
      await process.clock.advance(0)
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    const notice = await noticeOf(process)
    assert.match(notice, wanted)
    const everything = JSON.stringify([lines, process.log, await process.journal.dead(), notice])
    assert.ok(!everything.includes(key), everything)
  }
})
