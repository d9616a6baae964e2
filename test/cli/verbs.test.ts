/** The verbs through the control socket of a running gateway, served here by its own handler on a real journal. */
import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createPairingDesk } from '../../src/conversation/pairing/desk.ts'
import { createPeople } from '../../src/conversation/pairing/people.ts'
import { serveControl } from '../../src/gateway/control/control.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { ACCOUNT, RUN, sampleMessage } from '../../src/journal/suite/samples.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { isRecord, parseJson } from '../../src/lib/json.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createControlHandler } from '../../src/observe/control-routes.ts'
import { createLogLevels } from '../../src/observe/log-levels.ts'
import { readChatKey } from '../../src/platforms/platform.ts'
import { AS_NOBODY, cannotBeNobody, sampleDocument, startProgram, tempHome } from '../gateway/programs.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'
import { herald } from './herald.ts'
import { journalHome, openIn, withJournal } from './journal-home.ts'

const CONTROLLED = join(import.meta.dirname, '../gateway/toys/controlled.ts')

async function running(t: CleanUp, home: string, journal: Journal): Promise<string[]> {
  const told: string[] = []
  const steer = (verb: string) => (account: string) => {
    told.push(`${verb} ${account}`)
    return account === 'qqbot' || account === 'qqbot:work'
  }
  const handler = createControlHandler(
    {
      status: () => sampleDocument(),
      trace: id => journal.trace(id),
      said: async (chat, member) => {
        const found = readChatKey(chat)
        return found && (await journal.history(found, 1_000_000, member))
      },
      history: sinceMs => journal.transitions(undefined, sinceMs),
      dead: () => journal.dead(),
      retry: id => journal.moveDead(id, 'retry'),
      drop: id => journal.moveDead(id, 'drop'),
      pause: steer('pause'),
      resume: steer('resume'),
      restart: steer('restart'),
      pairing: createPairingDesk(createPeople(journal, systemClock), () => ['qqbot', 'qqbot:work'], systemClock),
      accounts: () => ['qqbot', 'qqbot:work'],
      reload: async () => ({ ok: true }),
      beginAgain: () => {},
      levels: createLogLevels({ level: 'info', rooms: {} }),
      send: async () => ({ refused: 'no_chat' }),
    },
    text => text,
  )
  const server = await serveControl(home, handler, silentLogger)
  cleanUp(t, () => server.close())
  return told
}

/** A gateway with the journal of `journalHome`, open as it would be. */
async function runningHome(t: CleanUp) {
  const { home, unknownReply } = await journalHome(t)
  const journal = openIn(home)
  cleanUp(t, () => journal.close())
  return { home, unknownReply, journal, told: await running(t, home, journal) }
}

test('pause, resume and restart reach the one account', async t => {
  const { home, told } = await runningHome(t)
  for (const [verb, words] of [
    ['pause', 'qqbot:work is paused\n'],
    ['resume', 'qqbot:work lives again\n'],
    ['restart', 'qqbot:work is restarted\n'],
  ] as const) {
    const said = await herald(t, [verb, 'qqbot:work', '--home', home])
    assert.deepEqual([said.code, said.stdout, said.stderr], [0, words, ''])
  }
  assert.deepEqual(told, ['pause qqbot:work', 'resume qqbot:work', 'restart qqbot:work'])
  const json = await herald(t, ['resume', 'qqbot', '--json', '--home', home])
  assert.deepEqual([json.code, json.stdout], [0, '{"account":"qqbot","done":"resume"}\n'])
  const unknown = await herald(t, ['pause', 'qqbot:wrok', '--home', home])
  assert.deepEqual(
    [unknown.code, unknown.stdout, unknown.stderr],
    [1, '', 'herald: no account qqbot:wrok; there are: qqbot, qqbot:work\n'],
  )
})

/** Something that was said to Sam in private, and in a group where each has a conversation of their own. */
async function withWords(home: string): Promise<void> {
  await withJournal(home, async journal => {
    const chats = [
      { account: ACCOUNT, kind: 'c2c', id: 'sam' },
      { account: ACCOUNT, kind: 'group', id: 'team' },
    ] as const
    for (const chat of chats) {
      const message = sampleMessage(`of ${chat.id}`, { chat })
      await journal.accept(ACCOUNT, { message }, { triage: RUN, replyUntilMs: Date.now() + 3_600_000 })
    }
    const said = [
      { role: 'user', text: 'what is\nnew?' },
      { role: 'assistant', text: '\u001b[2J nothing' },
    ] as const
    await journal.endTurn(ACCOUNT, ['of sam'], 'answered', null, [], said)
    await journal.endTurn(ACCOUNT, ['of team'], 'answered', null, [], [{ role: 'user', text: 'mine' }], 'sam')
  })
}

test('export prints what was said, each entry with whose it is, and nothing that moves a terminal', async t => {
  const { home } = await journalHome(t)
  await withWords(home)
  const said = await herald(t, ['export', 'qqbot:c2c:sam', '--home', home])
  assert.deepEqual(
    [said.code, said.stdout],
    [0, 'person  what is\n        new?\nbot     \\u001b[2J nothing\n'],
    said.stderr,
  )
  const json = await herald(t, ['export', 'qqbot:group:team', '--member', 'sam', '--json', '--home', home])
  assert.deepEqual(parseJson(json.stdout), [{ role: 'user', text: 'mine' }])
  assert.deepEqual((await herald(t, ['export', 'sam', '--home', home])).code, 64)
  const nobody = await herald(t, ['export', 'qqbot:c2c:nobody', '--home', home])
  assert.deepEqual([nobody.code, nobody.stdout], [1, ''])
  assert.match(nobody.stderr, /nothing that was said in qqbot:c2c:nobody is kept/)
})

test('trace, dead and export say the same whether the gateway runs or not', async t => {
  const { home, unknownReply } = await journalHome(t)
  await withWords(home)
  const lines = [
    ['trace', 'answered'],
    ['trace', 'answered', '--json'],
    ['trace', unknownReply],
    ['trace', 'nobody'],
    ['dead', 'list'],
    ['dead', 'list', '--json'],
    ['export', 'qqbot:c2c:sam'],
    ['export', 'qqbot:group:team', '--member', 'sam', '--json'],
    ['export', 'qqbot:c2c:nobody'],
    ['export', 'sam'],
  ]
  const ask = async () => {
    const all = []
    for (const line of lines) {
      const { code, stdout, stderr } = await herald(t, [...line, '--home', home])
      all.push([code, stdout.replaceAll(/\d+ s ago/g, 'n s ago'), stderr])
    }
    return all
  }
  const offline = await ask()
  const journal = openIn(home)
  cleanUp(t, () => journal.close())
  await running(t, home, journal)
  assert.deepEqual(await ask(), offline)
})

test('dead retry and drop through the gateway', async t => {
  const { home, unknownReply, journal } = await runningHome(t)
  const some = await herald(t, ['dead', 'retry', 'in:qqbot/failed', 'in:qqbot/nobody', '--home', home])
  assert.deepEqual(
    [some.code, some.stdout],
    [1, '1 back to work: in:qqbot/failed\n'],
    'nothing is said of a later start',
  )
  assert.match(some.stderr, /not in the dead list.*: in:qqbot\/nobody; see `herald dead list`\n$/)
  assert.equal((await journal.trace('failed'))?.inbox?.state, 'queued')
  const all = await herald(t, ['dead', 'drop', '--all', '--json', '--home', home])
  assert.equal(all.code, 0)
  const answer = parseJson(all.stdout)
  assert.ok(isRecord(answer) && Array.isArray(answer['moved']))
  assert.deepEqual([...answer['moved']].sort(), ['in:qqbot/evil\x1b[2J', unknownReply])
  assert.deepEqual(answer['missed'], [])
  assert.deepEqual(await journal.dead(), [])
})

test('what only a gateway can do, with none: 3, and how to start it', async t => {
  const home = tempHome(t)
  for (const verb of ['pause', 'resume', 'restart']) {
    const said = await herald(t, [verb, 'qqbot', '--home', home])
    assert.deepEqual(
      [said.code, said.stdout, said.stderr],
      [3, '', `herald: no gateway runs in ${home}; start it with \`herald run\`, or name another --home\n`],
    )
  }
})

test('a gateway that is frozen is not worked around: 4, and the journal is left alone', async t => {
  const { home } = await journalHome(t)
  const program = startProgram(t, CONTROLLED, [home])
  await program.said('listening')
  program.child.kill('SIGSTOP')
  const lines = ['trace answered', 'dead list', 'dead retry --all', 'pause qqbot']
  const all = await Promise.all(lines.map(line => herald(t, [...line.split(' '), '--home', home])))
  for (const { code, stdout, stderr } of all) {
    assert.deepEqual([code, stdout], [4, ''])
    assert.match(
      stderr,
      /^herald: the gateway in [^\n]+ does not answer \(no answer within 5000 ms\); see `herald status`\n$/,
    )
  }
  program.child.kill('SIGCONT')
})

const BOTS = { QQ_APP_ID: '102000001', QQ_CLIENT_SECRET: 'the-secret-of-the-bot' }

/** Somebody who has been given a code by a gateway, and the code. */
async function withStranger(home: string): Promise<string> {
  const code = await withJournal(home, journal =>
    createPeople(journal, systemClock).request('qqbot', { id: 'sam', name: 'Sam\u001b[2J' }),
  )
  assert.ok(code)
  return code
}

for (const runs of [true, false]) {
  test(`pairing ${runs ? 'over the control socket' : 'on the journal of a gateway that has ended'}`, async t => {
    const { home } = await journalHome(t)
    const code = await withStranger(home)
    if (runs) {
      const journal = openIn(home)
      cleanUp(t, () => journal.close())
      await running(t, home, journal)
    }
    // Both ways know two accounts.
    writeFileSync(
      join(home, 'config.yaml'),
      'platforms: { qqbot: {}, "qqbot:work": { app_id: 2, client_secret: second } }',
    )
    const pairing = (...args: string[]) => herald(t, ['pairing', ...args, '--home', home], { env: BOTS })
    const list = await pairing()
    assert.equal(list.code, 0, list.stderr)
    assert.match(list.stdout, /^qqbot\n {2}asks {4}sam "Sam.*ago; `herald pairing approve <code>`/)
    assert.match(list.stdout, /^qqbot:work\n {2}nobody is paired, and nobody asks$/m)
    assert.match(list.stdout, /no owner yet; `herald pairing owner` gives a code/)
    assert.doesNotMatch(list.stdout.replaceAll('\n', ''), /\p{Cc}/u)
    assert.ok(!list.stdout.includes(code), 'the code is known to the stranger alone')

    const wrong = await pairing('approve', 'AAAA-2222')
    assert.deepEqual([wrong.code, wrong.stdout], [1, ''])
    assert.match(wrong.stderr, /no open request has this code.*4 more wrong ones/)
    const approved = await pairing('approve', code.toLowerCase())
    assert.deepEqual([approved.code, approved.stderr], [0, ''])
    assert.match(approved.stdout, /^qqbot: sam .* is let in\.\n$/)
    const people: unknown = parseJson((await pairing('list', '--json')).stdout)
    assert.ok(Array.isArray(people) && JSON.stringify(people[0]).includes('"id":"sam","role":"member"'))

    const which = await pairing('owner')
    assert.deepEqual([which.code, which.stdout], [1, ''])
    assert.match(which.stderr, /name the account with --account: qqbot, qqbot:work/)
    const owner = await pairing('owner', '--account', 'qqbot:work')
    assert.match(owner.stdout, /^Send this code to the bot of qqbot:work .*: ([2-9A-Z]{4}-){3}[2-9A-Z]{4}\n$/)
    const unknown = await pairing('owner', '--account', 'qqbot:wrok')
    assert.match(unknown.stderr, /no account qqbot:wrok; there are: qqbot, qqbot:work/)

    assert.match((await pairing('revoke', 'sam')).stdout, /^qqbot: sam is let in no more\.\n$/)
    const nobody = await pairing('revoke', 'nobody')
    assert.deepEqual([nobody.code, nobody.stdout], [1, ''])
    assert.match(
      (await pairing('list')).stdout,
      /^qqbot\n {2}nobody is paired, and nobody asks\n {2}no owner yet.*\n {2}blocked {2}sam, since /,
    )
    assert.match((await pairing('block', 'eve')).stderr, /name the account with --account: qqbot, qqbot:work/)
    const eve = await pairing('block', 'eve', '--account', 'qqbot')
    assert.equal(eve.stdout, 'qqbot: eve is let in nowhere.\n')
    assert.match((await pairing('list')).stdout, /blocked {2}eve/)
    assert.equal((await pairing('approve')).code, 64)
  })
}

test('pairing without a gateway and without a journal says so', async t => {
  const said = await herald(t, ['pairing', 'owner', '--home', tempHome(t)], { env: BOTS })
  assert.deepEqual([said.code, said.stdout], [3, ''])
  assert.match(said.stderr, /no gateway runs in .* and there is no journal/)
})

test('the gateway of another user: its cure is not a command that fails the same way', {
  skip: cannotBeNobody(),
}, async t => {
  const { home } = await runningHome(t)
  chmodSync(home, 0o755)
  const { code, stderr } = await herald(t, ['pause', 'qqbot', '--home', home], { through: AS_NOBODY })
  assert.equal(code, 4)
  assert.match(stderr, /EACCES.*; run this as the user that the gateway runs as\n$/)

  chmodSync(home, 0o700)
  const nobody = (...words: string[]) => herald(t, [...words, '--home', home], { through: AS_NOBODY })
  const status = await nobody('status')
  assert.equal(status.code, 4)
  assert.match(status.stdout, /EACCES.*; run this as the user that the gateway runs as\n$/)
  const page = await nobody('dashboard')
  assert.equal(page.code, 4)
  assert.match(page.stderr, /EACCES.*; run this as the user that the gateway runs as\n$/)
  const backup = await nobody('backup')
  assert.equal(backup.code, 1)
  assert.match(backup.stderr, /EACCES.*; run this as the user that it belongs to\n$/)
  const doctor = (await nobody('doctor')).stdout
  assert.match(doctor, /! journal: this user may not look into /)
  assert.match(doctor, /✗ gateway: .*\n {4}→ run this as the user that the gateway runs as/)
})
