import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '../../../src/agents/agent.ts'
import { noteLine } from '../../../src/conversation/notices/egress.ts'
import { MINUTE_MS, message, oneProcess, type Process, privateChat } from '../house.ts'

/** An agent that notes what it is told, and ends its turn when it is let. */
function working(process: Process): { note(text: string): Promise<void>; end(): void } {
  let wake = Promise.withResolvers<string | null>()
  process.agent.does(async function* (): AsyncGenerator<AgentEvent> {
    for (;;) {
      const said = await wake.promise
      wake = Promise.withResolvers()
      if (said === null) break
      yield { kind: 'note', text: said }
    }
    yield { kind: 'text', text: 'done' }
  })
  return {
    async note(text) {
      wake.resolve(text)
      await process.clock.advance(0)
    },
    end: () => wake.resolve(null),
  }
}

const begun = async (process: Process): Promise<void> => {
  await process.hear(message('m'))
  await process.until(() => process.agent.turns.length === 1)
}

test('a long turn says once that it goes on, with what it does at the time', async t => {
  const process = oneProcess(t, { limits: { progressMs: MINUTE_MS } })
  const work = working(process)
  await begun(process)
  await work.note('reads /home/ada/secret plans/a.txt')
  await process.clock.advance(59_000)
  assert.deepEqual(process.shown(), [])
  await process.clock.advance(2_000)
  await process.until(() => process.shown().length === 1)
  await work.note('and more')
  await process.clock.advance(5 * MINUTE_MS)
  work.end()
  await process.ended('m', 'answered')
  assert.deepEqual(process.shown(), ['(Still working on it: reads …/secret plans/a.txt)', 'done'])
})

test('a quick turn says nothing but its answer, and leaves no timer behind', async t => {
  const process = oneProcess(t, { limits: { progressMs: MINUTE_MS } })
  const work = working(process)
  await begun(process)
  await work.note('thinks')
  work.end()
  await process.ended('m', 'answered')
  assert.equal(process.clock.armed, 0)
  assert.deepEqual(process.shown(), ['done'])
})

test('where the chat wishes so, tools are shown at work, in few messages', async t => {
  const process = oneProcess(t, { limits: { progressMs: MINUTE_MS }, language: 'zh' })
  await process.journal.setChatFacts(privateChat('alice'), { verbose: true })
  const work = working(process)
  await begun(process)
  for (const text of ['a', 'b', 'b', 'c']) await work.note(text)
  await process.clock.advance(6_000)
  await process.until(() => process.shown().length === 1)
  await work.note('d')
  await process.clock.advance(20_000)
  await process.until(() => process.shown().length === 2)
  for (const text of ['e', 'f']) {
    await work.note(text)
    await process.clock.advance(2 * MINUTE_MS)
  }
  work.end()
  await process.ended('m', 'answered')
  assert.deepEqual(process.shown(), ['· a\n· b\n· c', '· d', '· e', 'done'])
})

test('the last place is kept for the answer', async t => {
  const process = oneProcess(t, { limits: { progressMs: MINUTE_MS } })
  const work = working(process)
  await begun(process)
  const spent = await process.delivery.plan(message('m'), 'spent', 'notice')
  const again = await process.delivery.plan(message('m'), 'spent', 'notice')
  const third = await process.delivery.plan(message('m'), 'spent', 'notice')
  assert.deepEqual(
    [spent, again, third].map(rows => rows.length),
    [1, 1, 1],
  )
  await process.clock.advance(2 * MINUTE_MS)
  work.end()
  await process.ended('m', 'answered')
  assert.deepEqual(process.shown(), ['done'])
  assert.deepEqual(await process.delivery.plan(message('m'), 'nothing', 'progress'), [])
})

test('what is shown of tools is one short line without paths of this machine', () => {
  for (const [said, shown] of [
    ['Read /home/ada/projects/x/main.ts', 'Read …/main.ts'],
    ['cat "/etc/passwd" and /var/log/syslog/', 'cat "…/passwd" and …/syslog'],
    ['C:\\Users\\ada\\notes.txt', '…/notes.txt'],
    [
      'see https://example.org/a/b/c and and/or/not, src/a/b.ts',
      'see https://example.org/a/b/c and and/or/not, src/a/b.ts',
    ],
    ['two\nlines\u0000 \u202eturned', 'two lines turned'],
    ['x'.repeat(500), `${'x'.repeat(159)}…`],
  ] as const)
    assert.equal(noteLine(said), shown)
})
