import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ACCOUNT } from '../../src/journal/suite/samples.ts'
import { accept, idsOf, open, runChild, tempFolder } from './helpers.ts'

for (const how of ['before the commit', 'inside the commit']) {
  test(`killed ${how}: what was on disk is there, the rest is not`, async t => {
    const path = join(tempFolder(t), 'herald.db')
    await runChild(t, 'writer.ts', [path, how]).ended
    const journal = open(path)
    assert.deepEqual(await idsOf(journal), ['kept'])
    assert.equal(await journal.cursor(ACCOUNT), 'kept')
    assert.equal(await journal.get(ACCOUNT, 'key'), undefined)
    assert.equal(await accept(journal, 'lost'), 'new')
    await journal.close()
  })
}

for (const after of [1, 7, 40]) {
  test(`killed at any moment, here after ${after} turns: all that was promised is there, and the counts are true`, async t => {
    const path = join(tempFolder(t), 'herald.db')
    const child = runChild(t, 'writer.ts', [path])
    let promised = -1
    while (promised < after) promised = Number((await child.line())?.slice(1))
    child.process.kill('SIGKILL')
    await child.ended
    for (let line = await child.line(); line; line = await child.line()) promised = Number(line.slice(1))

    const journal = open(path)
    for (let i = 0; i <= promised; i++) {
      const trace = await journal.trace(`m${i}`)
      assert.equal(trace?.outbox.length, 1)
      assert.equal(trace?.inbox?.state === 'ended', trace?.outbox[0]?.state === 'accepted', `m${i}`)
      if (i % 2 === 0 && i < promised) assert.equal(trace?.inbox?.end, 'answered')
    }
    const beyond = await idsOf(journal)
    assert.ok(beyond.length <= 1, 'at most the message of that moment is unfinished')
    const open_ = await journal.openReplies(ACCOUNT)
    assert.deepEqual(journal.pending(ACCOUNT), { incoming: open_.length + beyond.length, outgoing: open_.length })
    await journal.close()
  })
}
