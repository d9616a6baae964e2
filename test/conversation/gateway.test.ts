/** The conversation through the whole gateway: real frames in, real posts out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Agent } from '../../src/agents/agent.ts'
import { createEcho } from '../../src/agents/echo.ts'
import { createAdmin } from '../../src/wiring/rooms/admin.ts'
import { eventually } from '../support/eventually.ts'
import { gatewayFor } from '../support/qq-house.ts'
import { ask, sandboxFor, untilAnswers } from '../support/sandbox.ts'

/** Answers at once, but for a text that it never comes to an end with, whatever its signal says. */
const stubborn = (): Agent => ({
  ...createEcho(),
  async *run(turn, signal) {
    if (turn.text === 'for ever') await new Promise(() => {})
    yield* createEcho().run(turn, signal)
  },
})

test('/stop ends a turn that never ends, and what waited is answered', async t => {
  const box = await sandboxFor(t)
  const { journal } = await gatewayFor(t, box, { agent: stubborn() })
  const stuck = box.say({ person: 'Alice', text: 'for ever' })
  const behind = box.say({ person: 'Alice', text: 'behind' })
  await eventually('both are kept', 10_000, () => journal.pending('qqbot').incoming === 2)
  const askedAtMs = performance.now()
  box.say({ person: 'Alice', text: '/stop' })
  const answers = await untilAnswers(box, { person: 'Alice' }, 2)
  const tookMs = performance.now() - askedAtMs
  // A second is meant; the rest is for a machine that is busy with other tests.
  assert.ok(tookMs < 4000, `${Math.round(tookMs)} ms`)
  t.diagnostic(`${Math.round(tookMs)} ms`)
  assert.deepEqual(answers.map(({ text }) => text).sort(), ['(Stopped. Waiting and next: 1.)', 'echo: behind'])
  await eventually('all have their end', 10_000, () => journal.pending('qqbot').incoming === 0)
  const trace = await journal.trace(stuck.id)
  assert.equal(trace?.inbox?.end, 'silent')
  assert.match(trace?.inbox?.detail ?? '', /^stopped by /)
  assert.equal((await journal.trace(behind.id))?.inbox?.end, 'answered')
})

test('an owner pauses and resumes the account from the chat: the answer comes first', async t => {
  const box = await sandboxFor(t)
  const { gateway, status } = await gatewayFor(t, box)
  const made = await gateway.pairing.owner()
  assert.ok(made.kind === 'code')
  const { answer } = await ask(box, { person: 'Olga', text: made.code })
  assert.match(answer.text, /my owner now/)
  assert.match(
    (await ask(box, { person: 'Olga', text: '/status' })).answer.text,
    /Agent: default \(echo\), (ok|unknown)\nqqbot: connected, since/,
  )
  assert.match((await ask(box, { person: 'Alice', text: '/pause' })).answer.text, /for my owner/)
  assert.equal((await ask(box, { person: 'Olga', text: '/pause' })).answer.text, '(qqbot is being paused.)')
  await eventually('paused', 10_000, () => status().state === 'paused')
})

test('who was refused is named in status with what lets them in, in both languages, and no longer once they are in', async t => {
  const box = await sandboxFor(t)
  const access = { dmPolicy: 'pairing', groupPolicy: 'allowlist' } as const
  const { gateway } = await gatewayFor(t, box, { access })
  const sentence = (language: 'access' | 'access_zh'): string => gateway.platforms()['qqbot']?.[language] ?? ''
  box.say({ person: 'Alice', text: 'hello' })
  const [offer] = await untilAnswers(box, { person: 'Alice' }, 1)
  const id = /refused lately: user (\w+) \(\/approve or herald pairing approve,/.exec(sentence('access'))?.[1]
  assert.ok(id !== undefined, sentence('access'))
  assert.doesNotMatch(sentence('access'), /allowed_users/)
  assert.match(sentence('access_zh'), new RegExp(`最近被拒绝：用户 ${id}（用对方收到的配对码：/批准`))
  const code = /[2-9A-Z]{4}-[2-9A-Z]{4}/.exec(offer?.text ?? '')?.[0] ?? assert.fail(offer?.text)
  assert.equal((await gateway.pairing.approve(code)).kind, 'done')
  assert.doesNotMatch(sentence('access'), /refused lately/)
  assert.doesNotMatch(sentence('access_zh'), /最近被拒绝/)
  assert.equal((await ask(box, { person: 'Alice', text: 'now' })).answer.text, 'echo: now')

  await gateway.pairing.block(id)
  const unheard = box.say({ person: 'Alice', text: 'blocked' })
  await eventually('named as blocked', 10_000, () => sentence('access').includes(`user ${id} (blocked;`))
  assert.equal((await ask(box, { person: 'Olga', text: 'and me?' })).answer.text.includes('owner'), true)
  assert.ok(unheard.id !== '')
})

test('an owner who writes Chinese reads the states of all accounts in Chinese, with what a code means', async t => {
  const box = await sandboxFor(t)
  const { gateway, status } = await gatewayFor(t, box, { language: 'zh' })
  const made = await gateway.pairing.owner()
  assert.ok(made.kind === 'code')
  assert.match((await ask(box, { person: 'Olga', text: made.code })).answer.text, /主人/)
  const wellSaid = (await ask(box, { person: 'Olga', text: '/状态' })).answer.text
  assert.match(wellSaid, /qqbot：已连接，自 .*；待处理 \d+，待发送 \d+$/)
  assert.doesNotMatch(wellSaid, /pending|since|connected/)
  assert.match(wellSaid, /；待处理 0，待发送 0$/, 'the command itself is not what waits')
  assert.match((await ask(box, { person: 'Olga', text: '/平台' })).answer.text, /，自 \d\d:\d\d；待处理 0，待发送 0$/)
  const clock = { nowMs: () => Date.now() }
  const admin = createAdmin({
    clock,
    agent: createEcho(),
    accounts: () => ['qqbot'],
    trace: async () => undefined,
    lives: { pause: () => true, resume: () => true, restart: () => true },
    platforms: () => ({
      qqbot: { ...status(), state: 'fatal', error_code: 'qq_bot_banned', error_message: 'host 10.0.0.1' },
    }),
  })
  assert.match(admin.platforms('zh', 'qqbot')[0] ?? '', /^qqbot：已失败（qq_bot_banned：机器人已被封禁），自 /)
  assert.match(admin.platforms('en', 'qqbot')[0] ?? '', /^qqbot: fatal \(qq_bot_banned: the bot is banned\), since /)
  const split = createAdmin({
    clock,
    agent: createEcho(),
    accounts: () => ['qqbot'],
    trace: async () => undefined,
    lives: { pause: () => true, resume: () => true, restart: () => true },
    platforms: () => ({ qqbot: { ...status(), shards: [status(), { ...status(), state: 'retrying' }] } }),
  })
  assert.match(split.platforms('zh', 'qqbot')[0] ?? '', /；2 个连接中 1 个已连接；待处理/)
  assert.match(split.platforms('en', 'qqbot')[0] ?? '', /; 1 of 2 connections connected; pending/)
  assert.doesNotMatch([...admin.platforms('zh', 'qqbot'), ...admin.platforms('en', 'qqbot')].join(), /10\.0\.0\.1/)
})

test('a burst is one turn, its answer replies to the last message, and every message is answered', async t => {
  const box = await sandboxFor(t)
  const { journal } = await gatewayFor(t, box, { talk: { busy: 'merge', mergeQuietMs: 1500 } })
  const said = ['one', 'two', 'three'].map(text => box.say({ person: 'Alice', text }))
  const [answer] = await untilAnswers(box, { person: 'Alice' }, 1)
  assert.equal(answer?.text, 'echo: one\ntwo\nthree')
  assert.equal(answer?.answers, said.at(-1)?.id)
  await eventually('all have their end', 10_000, () => journal.pending('qqbot').incoming === 0)
  for (const { id } of said) assert.equal((await journal.trace(id))?.inbox?.end, 'answered')
})
