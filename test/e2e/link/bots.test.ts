/** Three bots in one process: each with its own token, session, rows, policy and agent, and nothing of one reaches another. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { boxHere, newBot } from '../../../scripts/survival/boxes.ts'
import { accountAt, configFor, createWorld } from '../../../scripts/survival/world.ts'
import { seededRandom } from '../../../src/lib/random.ts'
import { readChatKey } from '../../../src/platforms/platform.ts'
import { cleanUp } from '../../support/clean-up.ts'
import { eventually } from '../../support/eventually.ts'
import { SOURCES } from '../../support/herald.ts'

const TURNS = 200
/** More would meet the bound of a chat's queue on a busy machine. */
const MOST_WAITING = 8
const PEOPLE = ['Alice', 'Bob', 'Carol']
const NAMES = ['qqbot', 'qqbot:work', 'qqbot:home']

test('three bots, three people each, two hundred interleaved turns: no crossing', async t => {
  // Each agent answers with its own name and keeps whom it serves, in which sessions.
  const served = new Map<string, { readonly chats: Set<string>; readonly sessions: Set<string> }>()
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', chunk => (body += chunk))
    request.on('end', () => {
      const agent = (request.url ?? '').slice(1)
      const { chat, session, text } = JSON.parse(body)
      const seen = served.get(agent) ?? { chats: new Set(), sessions: new Set() }
      served.set(agent, seen)
      seen.chats.add(chat)
      seen.sessions.add(session)
      response.writeHead(200, { 'content-type': 'text/plain' }).end(`${agent} heard ${text}`)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanUp(t, () => void server.close())
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const scene = await createWorld(t, SOURCES, boxHere).scene()
  const { box } = scene
  const bots = [box.bot, newBot(), newBot()]
  for (const bot of bots.slice(1)) await box.addBot(bot)
  const closed = { group_policy: 'disabled' }
  const others = {
    'qqbot:work': accountAt(box, bots[1] ?? box.bot),
    'qqbot:home': { ...accountAt(box, bots[2] ?? box.bot), ...closed },
  }
  const agents = Object.fromEntries(['a', 'b', 'c'].map(name => [name, { type: 'http', url: `${at}/${name}` }]))
  const routes = NAMES.map((account, index) => ({ account, agent: 'abc'.charAt(index) }))
  scene.write(JSON.stringify({ ...configFor(box, { bot: closed, others }), agents, routes }))
  const herald = scene.start()
  for (const name of NAMES) await herald.connected(20_000, name)

  const random = seededRandom(Date.now())
  const expected = new Map<string, string[]>()
  for (let turn = 0; turn < TURNS; turn++) {
    const which = Math.floor(random.next() * 3)
    const person = PEOPLE[Math.floor(random.next() * 3)] ?? 'Alice'
    const appId = bots[which]?.appId ?? ''
    const text = `turn ${turn}`
    const key = JSON.stringify({ appId, person })
    const wanted = expected.get(key) ?? []
    await eventually(
      `answers of ${key}`,
      30_000,
      async () => wanted.length - (await box.answers({ appId, person })).length < MOST_WAITING,
      herald.stderr,
    )
    await box.say({ appId, person, text })
    expected.set(key, [...wanted, `${'abc'.charAt(which)} heard ${text}`])
  }
  // One policy each: groups are let in by the second bot alone.
  for (const { appId } of bots) await box.say({ appId, person: 'Alice', group: 'Team', text: 'in a group' })
  expected.set(JSON.stringify({ appId: bots[1]?.appId, group: 'Team' }), ['b heard in a group'])

  for (const [key, wanted] of expected) {
    const chat = JSON.parse(key)
    const shown = async (): Promise<string[]> => (await box.answers(chat)).map(({ text }) => text)
    await eventually(
      `all answers of ${key}`,
      30_000,
      async () => (await shown()).length >= wanted.length,
      herald.stderr,
    )
    assert.deepEqual(await shown(), wanted, 'in order, each once, and of the right agent')
  }

  // Each agent was asked for the chats of its own account alone, and no session serves two chats.
  const sessions = new Set<string>()
  for (const [index, account] of NAMES.entries()) {
    const seen = served.get('abc'.charAt(index))
    assert.ok(seen, account)
    for (const chat of seen.chats) assert.equal(readChatKey(chat)?.account, account)
    assert.equal(seen.sessions.size, seen.chats.size)
    for (const session of seen.sessions) sessions.add(session)
  }
  assert.equal(sessions.size, expected.size)
  // Each bot has one session and one token of its own.
  for (const { appId } of bots) {
    const { identifies, tokenCalls } = await box.counters(appId)
    assert.deepEqual({ identifies, tokenCalls }, { identifies: 1, tokenCalls: 1 })
  }
  herald.kill('SIGTERM')
  assert.equal((await herald.end(10_000)).code, 0)
  const journal = new DatabaseSync(join(scene.home, 'journal.sqlite'), { readOnly: true })
  const rows = journal.prepare('SELECT account, count(*) AS n FROM inbox GROUP BY account').all()
  assert.equal(rows.length, 3)
  assert.equal(
    rows.reduce((sum, row) => sum + Number(row['n']), 0),
    TURNS + bots.length,
  )
  const ends = journal.prepare('SELECT account, "end" FROM inbox WHERE chat_kind = \'group\' ORDER BY account').all()
  assert.deepEqual(
    ends.map(row => [row['account'], row['end']]),
    [
      ['qqbot', 'denied'],
      ['qqbot:home', 'denied'],
      ['qqbot:work', 'answered'],
    ],
  )
  const crossed = journal
    .prepare('SELECT count(*) AS n FROM outbox o JOIN inbox i ON o.inbound_id = i.id WHERE o.account <> i.account')
    .get()
  assert.equal(Number(crossed?.['n']), 0)
  journal.close()
})
