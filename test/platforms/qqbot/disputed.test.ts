/**
 * What is disputed about the platform, position by position: the same day in the life of a bot goes well under each, over real
 * sockets. What has a test of its own elsewhere (uploads, shards, intents, mentions) is left out.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Agent, AgentTurn } from '../../../src/agents/agent.ts'
import { createEcho } from '../../../src/agents/echo.ts'
import type { ChatRef, OptionChanges, Sandbox } from '../../../src/sandbox/sandbox.ts'
import { gatewayFor } from '../../support/qq-house.ts'
import { sandboxFor, until } from '../../support/sandbox.ts'

const ALICE: ChatRef = { person: 'Alice' }
const POSITIONS: Readonly<Record<string, OptionChanges>> = {
  'the usual ones': {},
  'expires_in is a number': { expiresInType: 'number' },
  'READY names shard [0,0]': { readyShard: 'zero' },
  'RESUMED before what is replayed, with an object': { resumeOrder: 'resumed_first', resumedData: 'object' },
  'a session that is gone: the documented close codes': { badResume: 'documented' },
  'author.id is a decimal number': { authorId: 'decimal' },
  'addresses without a scheme': { attachmentScheme: 'none' },
  'errors bear code alone': { errorMembers: 'code' },
  'errors bear err_code alone': { errorMembers: 'err_code' },
  'a token that is over: 401': { tokenErrorStatus: 401 },
  'refusals come as 404': { businessStatus: 404 },
  'refusals come as 500': { businessStatus: 500 },
  'timestamps of sends are numbers': { sendTimestamp: 'unix' },
  'acknowledgements and recalls answer with nothing': { emptyAnswer: 'nothing' },
  'five replies in private': { passive: { c2c: { places: 5 } } },
  'the window of a private chat is five minutes': { passive: { c2c: { windowMs: 300_000 } } },
  'hosts close the older of two links': { sameShard: 'replace' },
}

/** Asks first when told to. */
function agentOf(turns: AgentTurn[]): Agent {
  return {
    ...createEcho(),
    async *run(turn, signal) {
      turns.push(turn)
      const options = [{ id: 'yes', label: 'Yes', style: 'primary', grants: 'allow_once' } as const]
      const chosen = turn.text === 'ask' ? await turn.ask({ kind: 'approval', title: 'May I?', options }, signal) : ''
      yield { kind: 'text', text: `re: ${turn.text}${chosen}` }
    },
  }
}

const shownIn = (box: Sandbox, chat: ChatRef): readonly string[] =>
  box
    .answers(chat)
    .filter(({ recalled }) => !recalled)
    .map(({ text }) => text)
const untilShown = (box: Sandbox, chat: ChatRef, text: string): Promise<true> =>
  until(box, `“${text}”`, () => shownIn(box, chat).includes(text)) as Promise<true>

async function day(t: TestContext, options: OptionChanges): Promise<void> {
  const box = await sandboxFor(t, { options })
  const turns: AgentTurn[] = []
  const { status } = await gatewayFor(t, box, { agent: agentOf(turns) })
  const url = 'https://multimedia.nt.qq.com.cn/download?appid=1&spec=0'
  box.say({ person: 'Alice', text: 'look', attachments: [{ content_type: 'image/png', filename: 'a.png', url }] })
  await until(box, 'the picture', () => turns[0]?.attachments[0]?.url === url)
  box.say({ person: 'Bob', group: 'Family', text: 'in a group' })
  await untilShown(box, { group: 'Family' }, 're: in a group')

  box.fault('close_4009')
  box.say({ person: 'Alice', text: 'after a gap' })
  await untilShown(box, ALICE, 're: after a gap')
  box.fault('forget_sessions')
  box.fault('close_4009')
  await until(box, 'another session', () => box.counters().identifies === 2 && box.counters().liveLinks === 1)
  box.fault('revoke_token')
  box.say({ person: 'Alice', text: 'after a token' })
  await untilShown(box, ALICE, 're: after a token')

  box.fault('markdown_refused', { times: 1 })
  box.say({ person: 'Alice', text: '**bold** and `code`' })
  await untilShown(box, ALICE, 're: **bold** and `code`')
  box.say({ person: 'Bob', text: 'ask' })
  const asked = await until(box, 'a question', () => box.answers({ person: 'Bob' })[0])
  // Markdown is known to be refused by now, and buttons hang on it.
  assert.equal(asked.keyboard, undefined)
  box.say({ person: 'Bob', text: '1' })
  await untilShown(box, { person: 'Bob' }, 're: askyes')
  box.say({ person: 'Alice', text: '/recall' })
  await untilShown(box, ALICE, '(Taken back.)')
  assert.ok(!shownIn(box, ALICE).includes('re: **bold** and `code`'), 'it is gone')

  assert.deepEqual(status().unknown_events, {})
  assert.deepEqual(
    turns.map(({ text }) => text.split('\n')[0]),
    ['look', 'in a group', 'after a gap', 'after a token', '**bold** and `code`', 'ask'],
  )
}

for (const [position, options] of Object.entries(POSITIONS)) test(position, t => day(t, options))

test('a press is acknowledged where the answer to that is empty', async t => {
  const box = await sandboxFor(t, { options: { emptyAnswer: 'nothing' } })
  await gatewayFor(t, box, { agent: agentOf([]) })
  box.say({ person: 'Alice', text: 'ask' })
  const asked = await until(box, 'a question', () => box.answers(ALICE)[0])
  const pressed = box.click({ message: asked.id, button: '1' })
  await untilShown(box, ALICE, 're: askyes')
  assert.deepEqual(box.interaction(pressed.id)?.ack, { code: 0 })
})

test('too many sends within a second are refused in HTML: none is lost, none comes twice', async t => {
  const box = await sandboxFor(t, { options: { sendsPerSecond: 2, rateLimitBody: 'html' } })
  await gatewayFor(t, box, { agent: agentOf([]) })
  const people = ['Alice', 'Bob', 'Carol', 'Dan']
  for (const person of people) box.say({ person, text: 'hi' })
  for (const person of people) await untilShown(box, { person }, 're: hi')
  for (const person of people) assert.equal(box.answers({ person }).length, 1)
})
