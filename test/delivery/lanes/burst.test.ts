import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Journal } from '../../../src/journal/journal.ts'
import { openJournal } from '../../../src/journal/sqlite.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'
import { chatOf, createWorld } from '../world.ts'

/** The journal, and how often each of its verbs was asked for. */
function counted(journal: Journal): { journal: Journal; calls: Map<string, number> } {
  const calls = new Map<string, number>()
  const handler: ProxyHandler<Journal> = {
    get(target, name, receiver) {
      calls.set(String(name), (calls.get(String(name)) ?? 0) + 1)
      return Reflect.get(target, name, receiver)
    },
  }
  return { journal: new Proxy(journal, handler), calls }
}

test('2,000 answers over 500 chats: one update each, nothing else is written, no timer is left', async () => {
  const clock = createVirtualClock()
  const { journal, calls } = counted(openJournal({ path: ':memory:', clock, schedule: queueMicrotask }))
  const { arrive, delivery, adapter, settle } = createWorld({ journal, clock })
  const messages = await Promise.all(
    Array.from({ length: 2000 }, (_, at) => arrive(`m${at}`, { chat: chatOf('c2c', `user${at % 500}`) })),
  )
  calls.clear()
  await Promise.all(
    messages.map(async message => {
      const release = delivery.releaseHeld(message)
      const planned = await delivery.plan(message, 'hello', 'answer')
      await release
      delivery.enqueue(await journal.endTurn('qqbot', [message.id], 'answered', null, planned))
    }),
  )
  await settle()
  assert.equal(adapter.shown.length, 2000)
  const WRITES = ['endTurn', 'updateReply', 'addReplies', 'replaceReplies', 'setChatFacts', 'set']
  const writes = Object.fromEntries(WRITES.flatMap(name => (calls.has(name) ? [[name, calls.get(name)]] : [])))
  assert.deepEqual(writes, { endTurn: 2000, updateReply: 2000 })
  assert.equal(calls.get('repliesOf'), 1000, 'each chat is looked up once')
  assert.equal(clock.armed, 0)
  const seen = new Map<string, number[]>()
  for (const { chat, reply } of adapter.shown) {
    seen.set(chat.id, [...(seen.get(chat.id) ?? []), Number(reply?.id.slice(1))])
  }
  for (const order of seen.values())
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    )
  await delivery.stop(new AbortController().signal)
  await journal.close()
})
