/** Command lines, right and wrong. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isRecord, parseJson } from '../../src/lib/json.ts'
import { cannotBeNobody, tempHome } from '../gateway/programs.ts'
import { herald } from './herald.ts'

const COMMANDS = [
  'run',
  'demo',
  'sandbox',
  'status',
  'trace',
  'dead',
  'pause',
  'resume',
  'restart',
  'install',
  'config',
  'doctor',
  'send',
  'log-level',
  'setup',
  'import',
  'uninstall',
  'start',
  'stop',
  'logs',
]
const ALL = [...COMMANDS, 'dead list', 'dead retry', 'dead drop', 'npm-start', 'import hermes', 'config explain']

for (const command of ALL)
  test(`herald ${command} --help`, async t => {
    const { code, stdout, stderr } = await herald(t, [...command.split(' '), '--help'])
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, new RegExp(`^Usage: herald ${command}`))
    assert.match(stdout, /--home <dir>/)
    assert.match(stdout, /--config <file>/)
    const helped = await herald(t, ['help', ...command.split(' ').slice(0, 1)])
    assert.equal(helped.code, 0)
  })

test('help names every command, on stdout when it is asked for and on stderr when nothing is', async t => {
  const asked = await herald(t, ['--help'])
  assert.deepEqual([asked.code, asked.stderr], [0, ''])
  for (const command of COMMANDS) assert.match(asked.stdout, new RegExp(`^ {2}${command}\\b`, 'm'))
  assert.doesNotMatch(asked.stdout, /^ {2}npm-start\b/m)
  const bare = await herald(t, [])
  assert.deepEqual([bare.code, bare.stdout], [64, ''])
  assert.match(bare.stderr, /^Usage: herald/)
})

test('the version', async t => {
  const about = parseJson(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  const { code, stdout } = await herald(t, ['--version'])
  assert.deepEqual([code, stdout], [0, `${isRecord(about) ? about['version'] : ''}\n`])
})

const WRONG: readonly (readonly [string, number, string])[] = [
  ['frobnicate', 64, "unknown command 'frobnicate'; `herald help` shows what there is"],
  ['stauts', 64, "unknown command 'stauts'; did you mean status?"],
  ['status --jsno', 64, "unknown option '--jsno'; did you mean --json?"],
  ['status extra', 64, 'too many arguments'],
  ['--frobnicate status', 64, "unknown option '--frobnicate'"],
  ['status --home', 64, "option '--home <dir>' argument missing"],
  ['status --home=', 64, 'It wants a folder'],
  ['--home run status --wrong', 64, "unknown option '--wrong'"],
  ['trace', 64, "missing required argument 'message-id'; `herald help trace` shows what there is"],
  ['pause', 64, "missing required argument 'account'"],
  ['dead frobnicate', 64, "unknown command 'frobnicate'; `herald help dead` shows what there is"],
  ['dead list extra', 64, "too many arguments for 'list'. Expected 0 arguments but got 1: extra"],
  ['dead list --json extra more', 64, "too many arguments for 'list'. Expected 0 arguments but got 2: extra, more"],
  ['dead drp', 64, "unknown command 'drp'"],
  ['pairing aprove ABCD-EFGH', 64, "unknown command 'aprove'; `herald help pairing` shows what there is"],
  ['dead retry', 64, 'name the ids to retry (`herald dead list`), or --all'],
  ['dead drop --all out:1', 64, 'name the ids to drop (`herald dead list`), or --all'],
  ['sandbox --port 65536', 64, 'It wants a number from 0 to 65535'],
  ['sandbox --port 0x10', 64, 'It wants a number from 0 to 65535'],
  ['demo --port -1', 64, 'It wants a number from 0 to 65535'],
  ['run --frobnicate', 78, "unknown option '--frobnicate'"],
  ['run extra', 78, 'too many arguments'],
  ['run --config', 78, "option '--config <file>' argument missing"],
  ['--home= run', 78, 'It wants a folder'],
  ['--frobnicate run', 78, "unknown option '--frobnicate'"],
  ['--config x run --wrong', 78, "unknown option '--wrong'"],
]
for (const [line, code, complaint] of WRONG)
  test(`herald ${line} ends with ${code} and one line`, async t => {
    const said = await herald(t, line.split(' '), { env: { HERALD_HOME: tempHome(t) } })
    assert.deepEqual([said.code, said.stdout], [code, ''])
    assert.match(said.stderr, /^herald: [^\n]+\n$/)
    assert.ok(said.stderr.includes(complaint), said.stderr)
  })

test('arguments that are empty, longer than anything, or lead nowhere', async t => {
  const home = tempHome(t)
  writeFileSync(join(home, 'config.yaml'), 'agent: { type: echo }\n')
  for (const [args, code, complaint] of [
    [['trace', ''], 64, 'an argument is empty; `herald help trace` shows what there is'],
    [['send', 'qqbot:c2c:A', ' '], 64, 'an argument is empty; `herald help send` shows what there is'],
    [['backup', ''], 64, 'an argument is empty; `herald help backup` shows what there is'],
    [['trace', 'a'.repeat(501)], 64, 'no id is as long as that; the log and `herald dead list` show those of messages'],
    [
      ['send', 'qqbot:c2c:A', '好'.repeat(20_001)],
      64,
      'the text has 20001 characters, and at most 20000 go at once; send it in parts',
    ],
    [
      ['backup', '/proc/x'],
      1,
      'no backup could be written to /proc/x (ENOENT: no such file or directory); name a folder on a disk that can be written',
    ],
  ] as const) {
    const said = await herald(t, args, { env: { HERALD_HOME: home } })
    assert.deepEqual([said.code, said.stdout, said.stderr], [code, '', `herald: ${complaint}\n`])
  }
})

test('the home: a flag, then the environment, then ~', async t => {
  const [flag, variable, own] = [tempHome(t), tempHome(t), tempHome(t)]
  const homeIn = async (args: readonly string[], env: Record<string, string>): Promise<string> => {
    const { code, stdout } = await herald(t, ['status', ...args], { env: { HOME: own, ...env } })
    assert.equal(code, 3)
    return /there is no (\S+)\/gateway_state\.json/.exec(stdout)?.[1] ?? stdout
  }
  assert.equal(await homeIn(['--home', flag], { HERALD_HOME: variable }), flag)
  assert.equal(await homeIn([], { HERALD_HOME: variable }), variable)
  assert.equal(await homeIn([], { HERALD_HOME: '' }), `${own}/.herald`)
  assert.equal(await homeIn(['--home', '~/x'], {}), `${own}/x`)
  assert.equal(await homeIn(['--home', '~'], {}), own)
})

test('a user whom the system does not know', { skip: cannotBeNobody() }, async t => {
  const through = ['setpriv', '--reuid=54321', '--clear-groups', 'env', '-u', 'HOME', '-u', 'XDG_CACHE_HOME']
  const lost = await herald(t, ['status'], { through })
  assert.deepEqual(
    [lost.code, lost.stdout, lost.stderr],
    [78, '', 'herald: this user has no home folder; name one with --home or HERALD_HOME\n'],
  )
  const told = await herald(t, ['status', '--home', '/nonexistent'], { through })
  assert.equal(told.code, 3, told.stderr)
})
