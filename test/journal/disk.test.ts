import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect } from '../../src/journal/file/connection.ts'
import { MIGRATIONS, migrate } from '../../src/journal/file/schema.ts'
import { openJournal } from '../../src/journal/sqlite.ts'
import { ACCOUNT, chatOf, RUN, sampleMessage } from '../../src/journal/suite/samples.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { accept, idsOf, open, runChild, tempFolder } from './helpers.ts'

/** A small disk of this test alone; undefined, with a line, where this user may not mount one. */
function smallDisk(t: TestContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'herald-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0
  t.after(() => {
    if (mounted) execFileSync('umount', ['-l', folder])
    rmdirSync(folder)
  })
  if (!mounted) t.skip('needs the right to mount a tmpfs')
  return mounted ? folder : undefined
}

/** Takes all space that is left. */
function fill(folder: string): void {
  const ballast = openSync(join(folder, 'ballast'), 'w')
  try {
    for (const size of [65_536, 4096, 1]) {
      try {
        for (;;) writeSync(ballast, Buffer.alloc(size))
      } catch (thrown) {
        assert.match(String(thrown), /ENOSPC/)
      }
    }
  } finally {
    closeSync(ballast)
  }
}
const free = (folder: string): void => rmSync(join(folder, 'ballast'))

test('a disk that fills up refuses, keeps nothing of what it refused, and works again once there is space', async t => {
  const folder = smallDisk(t)
  if (!folder) return
  const path = join(folder, 'herald.db')
  let journal = open(path)
  await accept(journal, 'first')
  fill(folder)

  const big = 'x'.repeat(4000)
  const kept = ['first']
  const refused: string[] = []
  for (let i = 0; refused.length < 6 && i < 5000; i++) {
    // Two in one tick: they stand or fall together.
    const ids = [`a${i}`, `b${i}`]
    const results = await Promise.allSettled(
      ids.map(id =>
        journal.accept(
          ACCOUNT,
          { cursor: id, message: sampleMessage(id, { text: big }), facts: [{ chat: chatOf(id), facts: { big } }] },
          { triage: RUN, replyUntilMs: 1 },
        ),
      ),
    )
    assert.equal(results[0]?.status, results[1]?.status)
    const list = results[0]?.status === 'fulfilled' ? kept : refused
    list.push(...ids)
    for (const result of results) {
      if (result.status === 'rejected') assert.equal(result.reason.code, 'journal_unwritable')
    }
  }
  assert.equal(refused.length, 6)

  await assert.rejects(
    journal.setChatFacts(chatOf('probe'), { big: big.repeat(10) }),
    (thrown: Error) => thrown.name === 'JournalUnwritableError' && thrown.message.includes(path),
  )
  // So big that the disk refuses in the middle of the statement, not at its commit.
  const huge = [journal.set(ACCOUNT, 'small', 1), journal.set(ACCOUNT, 'huge', 'x'.repeat(16_000_000))]
  for (const write of huge) await assert.rejects(write, { code: 'journal_unwritable' })
  assert.equal(await journal.get(ACCOUNT, 'small'), undefined)
  assert.deepEqual(await idsOf(journal), kept, 'reading goes on')
  assert.equal(journal.pending(ACCOUNT).incoming, kept.length)
  assert.equal(await journal.cursor(ACCOUNT), kept.at(-1))

  free(folder)
  await journal.probe()
  for (const id of refused) assert.equal(await accept(journal, id), 'new')
  await journal.close()
  journal = open(path)
  assert.deepEqual(await idsOf(journal), [...kept, ...refused])
  await journal.close()
})

test('a start on a full disk comes up unwritable, and opens by itself once there is space', async t => {
  const folder = smallDisk(t)
  if (!folder) return
  const path = join(folder, 'herald.db')
  const before = open(path)
  await accept(before, 'kept')
  await before.close()
  fill(folder)
  const journal = open(path)
  await assert.rejects(journal.probe(), { code: 'journal_unwritable' })
  await assert.rejects(accept(journal, 'refused'), { code: 'journal_unwritable' })
  await assert.rejects(journal.unfinished(ACCOUNT), { code: 'journal_unwritable' })
  free(folder)
  await journal.probe()
  assert.deepEqual(await idsOf(journal), ['kept'])
  assert.deepEqual(journal.pending(ACCOUNT), { incoming: 1, outgoing: 0 })
  await journal.close()
})

test('an old schema that a full disk kept from its migration at the start gets it later, with leave to take long', async t => {
  const folder = smallDisk(t)
  if (!folder) return
  const path = join(folder, 'herald.db')
  const old = connect(path, 100)
  migrate(old, MIGRATIONS.slice(0, 2))
  old.close()
  fill(folder)
  const told: string[] = []
  const patiently = (work: () => void): void => {
    told.push('begun')
    try {
      work()
      told.push('done')
    } catch (thrown) {
      told.push('failed')
      throw thrown
    }
  }
  const journal = openJournal({ path, clock: createVirtualClock(), patiently })
  assert.deepEqual(told, [], 'whoever starts us is patient')
  await assert.rejects(journal.probe(), { code: 'journal_unwritable' })
  free(folder)
  told.length = 0
  await journal.probe()
  assert.deepEqual(told, ['begun', 'done'])
  assert.equal(await accept(journal, 'm1'), 'new')
  await journal.close()
})

test('a first start on a full disk too', async t => {
  const folder = smallDisk(t)
  if (!folder) return
  fill(folder)
  const journal = open(join(folder, 'home', 'herald.db'))
  await assert.rejects(journal.probe(), { code: 'journal_unwritable' })
  free(folder)
  await journal.probe()
  assert.equal(await accept(journal, 'm1'), 'new')
  await journal.close()
})

test('a start on a read-only disk comes up unwritable', async t => {
  const folder = smallDisk(t)
  if (!folder) return
  const path = join(folder, 'herald.db')
  await open(path).close()
  execFileSync('mount', ['-o', 'remount,ro', folder])
  const journal = open(path)
  await assert.rejects(journal.probe(), { code: 'journal_unwritable' })
  execFileSync('mount', ['-o', 'remount,rw', folder])
  await journal.probe()
  await journal.close()
})

test('a home that another user may not write is named in one line', async t => {
  if (process.getuid?.() !== 0) return t.skip('needs to be root, to become somebody else')
  const nobody = ['setpriv', '--reuid=65534', '--clear-groups']
  const home = join(tempFolder(t), 'home')
  const path = join(home, 'herald.db')
  mkdirSync(home)
  chmodSync(join(home, '..'), 0o755)
  chmodSync(home, 0o555)
  const words = await runChild(t, 'opener.ts', [path], nobody).line()
  assert.match(words ?? '', /^JournalOpenError journal_unopenable: journal \S+herald\.db cannot be opened \(EACCES/)
  assert.ok(words?.includes(path))

  // The same with a journal in it that only its folder keeps from working.
  await open(path).close()
  chmodSync(path, 0o666)
  assert.match((await runChild(t, 'opener.ts', [path], nobody).line()) ?? '', /journal_unopenable/)
  chmodSync(home, 0o777)
  chmodSync(path, 0o600)
  assert.match((await runChild(t, 'opener.ts', [path], nobody).line()) ?? '', /journal_unopenable/)
  execFileSync('chown', ['65534', path])
  assert.equal(await runChild(t, 'opener.ts', [path], nobody).line(), 'written')
})

test('what a sweep forgets, it gives back to the disk', async t => {
  const clock = createVirtualClock()
  const path = join(tempFolder(t), 'herald.db')
  const journal = openJournal({ path, clock })
  const ids = Array.from({ length: 1500 }, (_, i) => `m${i}`)
  await Promise.all(
    ids.map(id =>
      journal.accept(
        ACCOUNT,
        { message: sampleMessage(id, { text: 'x'.repeat(2000) }) },
        { triage: RUN, replyUntilMs: 1 },
      ),
    ),
  )
  await Promise.all(ids.map(id => journal.endTurn(ACCOUNT, [id], 'silent', null, [])))
  await journal.close()
  const full = statSync(path).size
  const again = openJournal({ path, clock })
  await clock.advance(8 * 24 * 3_600_000)
  await again.sweep()
  await again.close()
  assert.ok(statSync(path).size < full / 5, `${full} bytes became ${statSync(path).size}`)
})
