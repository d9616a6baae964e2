/** What agents keep under one key, by those who ask for it at the same time: as the turns do that a start takes up again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createServerSessions } from '../../src/agents/openai/server-sessions.ts'
import { createBegunTools } from '../../src/agents/tools/begun.ts'
import { silentLogger } from '../../src/lib/log.ts'
import type { ChatAddress } from '../../src/platforms/platform.ts'
import { memoryOf } from './acp/house.ts'

const chatOf = (id: string): ChatAddress => ({ account: 'qqbot', kind: 'c2c', id })
const turnOf = (who: string) => ({ id: `turn of ${who}`, chat: chatOf(who), session: who })
const WHO = ['alice', 'bob', 'carol']

test('tools that several turns begin at once are all known to the process after a crash', async () => {
  const memory = memoryOf()
  const begun = createBegunTools('main', memory, silentLogger)
  await Promise.all(WHO.map(who => begun.note(turnOf(who), `shell: rm ${who}`)))
  const after = createBegunTools('main', memory, silentLogger)
  for (const who of WHO) assert.deepEqual(await after.of(turnOf(who)), [`shell: rm ${who}`])
})

test('chats that begin anew at once have other names, also after a restart', async () => {
  const memory = memoryOf()
  const sessions = createServerSessions('main', memory)
  const names = (from: typeof sessions) => Promise.all(WHO.map(who => from.nameOf({ chat: chatOf(who), session: who })))
  const before = await names(createServerSessions('main', memory))
  await Promise.all(WHO.map(who => sessions.forget(chatOf(who))))
  const now = await names(sessions)
  assert.ok(now.every(name => !before.includes(name)))
  assert.deepEqual(await names(createServerSessions('main', memory)), now)
})

test('what cannot be read now is asked for again', async () => {
  const memory = memoryOf()
  let refuses = true
  const failing = {
    ...memory,
    get: (account: string, key: string) =>
      refuses ? Promise.reject(new Error('the journal cannot be read')) : memory.get(account, key),
  }
  const sessions = createServerSessions('main', failing)
  await assert.rejects(sessions.nameOf({ chat: chatOf('alice'), session: 'alice' }), /cannot be read/)
  refuses = false
  assert.match(await sessions.nameOf({ chat: chatOf('alice'), session: 'alice' }), /^herald-/)
})
