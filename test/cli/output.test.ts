/** Where the words of a command go: a terminal, a pipe that nobody reads, a disk that is full. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { serveControl } from '../../src/gateway/control/control.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { sampleAccount, sampleDocument, tempHome } from '../gateway/programs.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'
import { HERALD, herald } from './herald.ts'

async function answering(t: CleanUp, accounts: number): Promise<string> {
  const home = tempHome(t)
  const platforms = Object.fromEntries(Array.from({ length: accounts }, (_, at) => [`qqbot:a${at}`, sampleAccount()]))
  const body = JSON.parse(JSON.stringify(sampleDocument({ platforms })))
  const server = await serveControl(home, async () => ({ status: 200, body }), silentLogger)
  cleanUp(t, () => server.close())
  return home
}

/** A shell line in which `$HERALD` is the program and `$HOME_DIR` the home. */
function shell(line: string, home: string, env: Readonly<Record<string, string>> = {}) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>(resolve => {
    const child = spawn('bash', ['-c', line], { env: { ...process.env, HERALD, HOME_DIR: home, ...env } })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', chunk => (stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', chunk => (stderr += chunk))
    child.on('close', code => resolve({ code, stdout, stderr }))
  })
}

const noTerminal = spawnSync('script', ['--version']).status === 0 ? false : 'needs `script`, which makes a terminal'
const ESCAPE = '\x1b['

test('colour on a terminal only, and only where it is wanted', { skip: noTerminal }, async t => {
  const home = await answering(t, 1)
  const onTerminal = (env: Readonly<Record<string, string>> = {}) =>
    shell(`script -qec '"$HERALD" status --home "$HOME_DIR"' /dev/null < /dev/null`, home, { TERM: 'xterm', ...env })
  const coloured = await onTerminal()
  assert.ok(coloured.stdout.includes(`${ESCAPE}32mconnected`), JSON.stringify(coloured))
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    const plain = await onTerminal(env)
    assert.ok(plain.stdout.includes('connected'))
    assert.ok(!plain.stdout.includes(ESCAPE), JSON.stringify(env))
  }
  for (const args of [['status'], ['status', '--json'], ['--help'], ['nonsense']]) {
    const piped = await herald(t, [...args, '--home', home], { env: { TERM: 'xterm', FORCE_COLOR: '1' } })
    assert.ok(!`${piped.stdout}${piped.stderr}`.includes(ESCAPE), args.join(' '))
  }
})

test('a reader that goes away is no failure', async t => {
  const home = await answering(t, 500)
  const { stdout, stderr } = await shell(
    `"$HERALD" status --json --home "$HOME_DIR" | head -1; echo "\${PIPESTATUS[0]}"`,
    home,
  )
  assert.deepEqual([stdout, stderr], ['{\n0\n', ''])
  const gone = await shell('"$HERALD" status --home "$HOME_DIR" > >(exec true); echo $?', home)
  assert.deepEqual([gone.stdout, gone.stderr], ['0\n', ''])
})

test('a reader that is slow gets everything', async t => {
  const home = await answering(t, 2000)
  const { stdout, stderr } = await shell(
    `"$HERALD" status --json --home "$HOME_DIR" | (sleep 2.5; cat); echo "\${PIPESTATUS[0]}" >&2`,
    home,
  )
  assert.equal(stderr, '0\n')
  assert.ok(stdout.length > 1_000_000, `${stdout.length}`)
  assert.equal(Object.keys(JSON.parse(stdout).platforms).length, 2000)
})

test('a disk that is full is a failure', { skip: !existsSync('/dev/full') && 'needs /dev/full' }, async t => {
  const home = await answering(t, 1)
  const { code, stderr } = await shell('"$HERALD" status --home "$HOME_DIR" > /dev/full', home)
  assert.equal(code, 1)
  assert.match(stderr, /^herald: the answer could not be written \([^\n]*ENOSPC[^\n]*\)\n$/)
})
