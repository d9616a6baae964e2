/** `trace` and `dead` on the journal of a gateway that does not run. */
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { JOURNAL_FILE_NAME } from '../../src/journal/journal.ts'
import { ACCOUNT } from '../../src/journal/suite/samples.ts'
import { isRecord, parseJson } from '../../src/lib/json.ts'
import { tempHome } from '../gateway/programs.ts'
import { herald } from './herald.ts'
import { journalHome, withJournal } from './journal-home.ts'

const MOMENT = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}`

test('trace: from the frame to the last answer of the platform', async t => {
  const { home, unknownReply } = await journalHome(t)
  const { code, stdout, stderr } = await herald(t, ['trace', 'answered', '--home', home])
  assert.deepEqual([code, stderr], [0, ''])
  const lines = stdout.split('\n')
  const expected = [
    /^message {2}answered$/,
    /^chat {5}qqbot:c2c:alice$/,
    /^from {5}alice \(Alice\)$/,
    /^text {5}"what is new\?"$/,
    /^$/,
    new RegExp(`^${MOMENT} {2}received and on disk; it may be answered until ${MOMENT}$`),
    new RegExp(`^${MOMENT} {2}answer out:\\d+ written down: markdown, msg_seq 1, "reply 1 to answered"$`),
    new RegExp(`^${MOMENT} {2}answer ${unknownReply} written down: markdown, msg_seq 2, "reply 2 to answered"$`),
    new RegExp(`^${MOMENT} {2}answer out:\\d+ accepted as platform-1 \\(1 post\\)$`),
    new RegExp(
      `^${MOMENT} {2}answer ${unknownReply} unknown \\(2 posts, a try of it got no verdict, HTTP 504, code 1100100, "gateway.{6}\\[2J time-out", trace id trace-7\\)$`,
    ),
    /^$/,
    /^ended: answered \(1 turn begun\)$/,
    /^$/,
  ]
  assert.equal(lines.length, expected.length, stdout)
  // Moments may be the same, so events are found in any order.
  for (const line of expected)
    assert.ok(
      lines.some(one => line.test(one)),
      `${line} in\n${stdout}`,
    )
  assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u)
  const byReply = await herald(t, ['trace', 'platform-1', '--home', home])
  assert.equal(byReply.stdout, stdout, 'a reply leads to its question')
})

test('trace: what is still open, what is dead, what is unknown', async t => {
  const { home } = await journalHome(t)
  const waiting = await herald(t, ['trace', 'waiting', '--home', home])
  assert.match(waiting.stdout, /^still queued \(0 turns begun\)$/m)
  const failed = await herald(t, ['trace', 'failed', '--home', home])
  assert.match(failed.stdout, /^ended: dead: agent \(1 turn begun, incident E7\)$/m)
  const evil = await herald(t, ['trace', 'evil\x1b[2J', '--home', home])
  assert.match(evil.stdout, /^message {2}evil\\u001b\[2J$/m)
  assert.doesNotMatch(evil.stdout.replaceAll('\n', ''), /\p{Cc}/u)
  const nobody = await herald(t, ['trace', 'nobody', '--home', home])
  assert.deepEqual(
    [nobody.code, nobody.stdout, nobody.stderr],
    [1, '', 'herald: no message nobody is known; keys are kept for 7 days\n'],
  )
})

test('trace --json is the record of the journal', async t => {
  const { home } = await journalHome(t)
  const { code, stdout } = await herald(t, ['trace', 'answered', '--json', '--home', home])
  const record = await withJournal(home, journal => journal.trace('answered'))
  assert.equal(code, 0)
  assert.deepEqual(parseJson(stdout), JSON.parse(JSON.stringify(record)))
})

test('dead list, for people and for programs', async t => {
  const { home, unknownReply } = await journalHome(t)
  const { code, stdout, stderr } = await herald(t, ['dead', 'list', '--home', home])
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(
    stdout,
    /^in:qqbot\/failed {2}dead: agent \(incident E7\), \d+ s ago, qqbot:c2c:alice\n {4}"please fail"$/m,
  )
  assert.match(
    stdout,
    new RegExp(`^${unknownReply} {2}unknown \\(HTTP 504, code 1100100, .*trace trace-7\\), \\d+ s ago`, 'm'),
  )
  assert.match(stdout, /^in:qqbot\/evil\\u001b\[2J {2}dead: stale, .*\n {4}"\\u001b\]0;title\\u0007 text"$/m)
  assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u)
  const bare = await herald(t, ['dead', '--home', home])
  assert.equal(bare.stdout.replaceAll(/\d+ s/g, ''), stdout.replaceAll(/\d+ s/g, ''), '`list` may be left out')
  const json = await herald(t, ['dead', 'list', '--json', '--home', home])
  const entries = parseJson(json.stdout)
  assert.ok(Array.isArray(entries))
  assert.deepEqual(entries, await withJournal(home, journal => journal.dead()))
  for (const entry of entries) {
    assert.ok(isRecord(entry))
    assert.deepEqual(Object.keys(entry).sort(), ['atMs', 'chat', 'detail', 'end', 'id', 'text'])
  }
})

test('dead retry takes back to work what it can, names what it cannot, and ends with 1 for that', async t => {
  const { home, unknownReply } = await journalHome(t)
  const ids = ['in:qqbot/failed', 'in:qqbot/nobody', unknownReply, 'out:999', 'nonsense']
  const { code, stdout, stderr } = await herald(t, ['dead', 'retry', ...ids, '--home', home])
  assert.equal(code, 1)
  assert.equal(
    stdout,
    `2 back to work; the gateway takes up those of accounts in its settings when it starts: in:qqbot/failed, ${unknownReply}\n`,
  )
  assert.equal(
    stderr,
    'herald: not in the dead list, its content has been cleared, or its account is not in the settings any more: in:qqbot/nobody, out:999, nonsense; see `herald dead list`\n',
  )
  await withJournal(home, async journal => {
    assert.deepEqual(
      (await journal.unfinished(ACCOUNT)).map(row => [row.message.id, row.state]),
      [
        ['failed', 'queued'],
        ['waiting', 'queued'],
      ],
    )
    assert.deepEqual(
      (await journal.openReplies(ACCOUNT)).map(row => [`out:${row.id}`, row.state]),
      [[unknownReply, 'pending']],
    )
  })
})

test('dead retry leaves what nobody would take up where it is seen', async t => {
  const { home, unknownReply } = await journalHome(t)
  const settings = (account: string): void =>
    writeFileSync(join(home, 'config.yaml'), `platforms: { "${account}": { app_id: "1", client_secret: secret } }\n`)
  settings('qqbot:work')
  for (const which of ['--all', 'in:qqbot/failed', unknownReply]) {
    const { code, stdout } = await herald(t, ['dead', 'retry', which, '--home', home])
    assert.deepEqual([code, stdout], [which === '--all' ? 0 : 1, 'Nothing back to work.\n'])
  }
  assert.equal((await withJournal(home, journal => journal.dead())).length, 3)
  settings('qqbot')
  const { code, stdout } = await herald(t, ['dead', 'retry', 'in:qqbot/failed', '--home', home])
  assert.deepEqual([code, stdout], [0, '1 back to work; the gateway takes them up when it starts: in:qqbot/failed\n'])
})

test('dead drop --all --json strikes all of them out; a second time there is nothing', async t => {
  const { home, unknownReply } = await journalHome(t)
  const first = await herald(t, ['dead', 'drop', '--all', '--json', '--home', home])
  assert.equal(first.code, 0)
  const answer = parseJson(first.stdout)
  assert.ok(isRecord(answer) && Array.isArray(answer['moved']))
  assert.deepEqual([...answer['moved']].sort(), ['in:qqbot/evil\x1b[2J', 'in:qqbot/failed', unknownReply].sort())
  assert.deepEqual(answer['missed'], [])
  const again = await herald(t, ['dead', 'drop', '--all', '--home', home])
  assert.deepEqual([again.code, again.stdout], [0, 'Nothing struck out.\n'])
  const list = await herald(t, ['dead', 'list', '--home', home])
  assert.deepEqual([list.code, list.stdout], [0, 'Nothing ended badly.\n'])
  assert.deepEqual(parseJson((await herald(t, ['dead', 'list', '--json', '--home', home])).stdout), [])
})

test('without a gateway and without a journal: 3, and no journal is made', async t => {
  const home = tempHome(t)
  for (const line of ['trace x', 'dead list', 'dead retry --all', 'dead drop out:1']) {
    const said = await herald(t, [...line.split(' '), '--home', home])
    assert.deepEqual(
      [said.code, said.stdout, said.stderr],
      [3, '', `herald: no gateway runs in ${home}, and there is no journal; check --home\n`],
    )
  }
  assert.equal(existsSync(join(home, JOURNAL_FILE_NAME)), false)
})

test('a journal that is damaged, or of another program, is one line', async t => {
  for (const content of ['this is no database, whatever its name says. '.repeat(100), Buffer.alloc(8192, 7)]) {
    const home = tempHome(t)
    writeFileSync(join(home, JOURNAL_FILE_NAME), content)
    const said = await herald(t, ['dead', 'list', '--home', home])
    assert.notEqual(said.code, 0)
    assert.equal(said.stdout, '')
    assert.match(said.stderr, /^herald: journal [^\n]+\n$/)
  }
})
