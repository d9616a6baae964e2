/** "Try again" on the dead list is true only where somebody takes the entry up. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { NewReply } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { ChatAddress, Inbound } from '../../src/platforms/platform.ts'
import { eventually } from '../support/eventually.ts'
import { gatewayFor } from '../support/qq-house.ts'
import { sandboxFor, until } from '../support/sandbox.ts'

/** A message that its agent failed at, and a reply that the platform refused. Returns how the dead list names them. */
async function leaveDead(path: string, chat: ChatAddress): Promise<readonly string[]> {
  const journal = openJournal({ path, clock: systemClock })
  const id = `dead of ${chat.account}`
  const message: Inbound = {
    id,
    chat,
    sender: { id: chat.id, isBot: false },
    text: 'once more',
    attachments: [],
    addressed: true,
    reply: { via: 'msg_id', id },
    raw: null,
  }
  const verdict = { triage: { run: true }, replyUntilMs: Date.now() + 3_600_000 } as const
  await journal.accept(chat.account, { message }, verdict)
  await journal.beginTurn(chat.account, id)
  await journal.endTurn(chat.account, [id], 'dead: agent', null, [])
  const said: NewReply = {
    chat,
    inboundId: null,
    purpose: 'answer',
    text: 'by itself',
    form: 'plain',
    state: 'pending',
    reply: null,
  }
  const [row] = await journal.addReplies([said])
  await journal.updateReply(row?.id ?? 0, { state: 'refused' })
  await journal.close()
  return [`in:${chat.account}/${id}`, `out:${row?.id}`]
}

test('what is tried again is taken up, or stays in the list where its account is gone', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-dead-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'journal.sqlite')
  const box = await sandboxFor(t)
  const alice = { account: 'qqbot', kind: 'c2c', id: box.person('Alice') } as const
  const here = await leaveDead(path, alice)
  const gone = await leaveDead(path, { ...alice, account: 'qqbot:gone' })
  const { gateway } = await gatewayFor(t, box, { path })
  const listed = async () => (await gateway.dead()).map(({ id }) => id).toSorted()
  assert.deepEqual(await listed(), [...here, ...gone].toSorted())
  for (const id of [...gone, 'in:qqbot/nobody', 'out:99', 'nonsense'])
    assert.equal(await gateway.retryDead(id), false, id)
  for (const id of here) assert.equal(await gateway.retryDead(id), true, id)
  assert.deepEqual(await listed(), gone.toSorted())
  await until(box, 'the reply', () => box.answers({ person: 'Alice' }).some(({ text }) => text === 'by itself'))
  await eventually('the message has its end', 10_000, async () => {
    const trace = await gateway.trace('dead of qqbot')
    return trace?.inbox?.end === 'answered' || (trace?.outbox.length ?? 0) > 0
  })
})

test('the held rest of a long answer goes out whole, however many messages that are', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-dead-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'journal.sqlite')
  const box = await sandboxFor(t)
  const chat = { account: 'qqbot', kind: 'c2c', id: box.person('Alice', { proactive: true }) } as const
  const words = Array.from({ length: 2500 }, (_, at) => `word${at}`)
  const rest = {
    chat,
    inboundId: null,
    purpose: 'answer',
    text: words.join(' '),
    form: 'plain',
    state: 'held',
    reply: null,
  } as const
  const journal = openJournal({ path, clock: systemClock })
  const [row] = await journal.addReplies([rest])
  await journal.close()
  const { gateway } = await gatewayFor(t, box, { path })
  assert.equal(await gateway.retryDead(`out:${row?.id}`), true)
  const said = (): string =>
    box
      .answers({ person: 'Alice' })
      .map(({ text }) => text)
      .join(' ')
  await until(box, 'the last of it', () => said().endsWith(`${words.at(-1)}`))
  assert.deepEqual(said().split(/\s+/), words)
  assert.deepEqual(await gateway.dead(), [])
})
