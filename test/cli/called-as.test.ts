/** Commands that a demo or a gateway prints are pasted as they stand: each works from where it was started. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { calledAs } from '../../src/cli/called-as.ts'
import { shellWord } from '../../src/lib/process/shell-word.ts'
import { tempHome } from '../gateway/programs.ts'
import { cleanUp } from '../support/clean-up.ts'
import { eventually } from '../support/eventually.ts'
import { ROOT, startProcess } from '../support/herald.ts'

const LAUNCHER = join(ROOT, 'bin/herald')
const BOUND_MS = 60_000

for (const [way, command, herald] of [
  ['npm start', ['npm', 'start'], 'bin/herald'],
  ['the launcher of a clone', ['bin/herald', 'demo', '--no-open'], 'bin/herald'],
  ['npx', ['npx', 'herald', 'demo', '--no-open'], 'npx herald'],
] as const)
  test(`${way}: what it prints can be pasted`, async t => {
    // Whoever runs the tests may have a real home, and odd characters may be in the path of the demo's own.
    const folder = join(tempHome(t), 'my tmp')
    mkdirSync(folder)
    const env = { HOME: folder, TMPDIR: folder, CI: '1' }
    const demo = startProcess(t, command, { env, cwd: ROOT })
    // Killed, npx would leave it behind.
    cleanUp(t, async () => {
      demo.kill('SIGTERM')
      await demo.end(BOUND_MS)
    })
    const printed = (what: RegExp): Promise<string> =>
      eventually(String(what), BOUND_MS, () => what.exec(demo.stdout() + demo.stderr())?.[1], demo.stderr)
    const status = await printed(/is: +(.+ status .+)$/m)
    const owner = await printed(/`(.+ pairing owner .+)` gives a new one/)
    for (const line of [status, owner]) {
      assert.ok(line.startsWith(`${herald} `), line)
      const pasted = startProcess(t, ['sh', '-c', line], { env, cwd: ROOT })
      assert.equal((await pasted.end(BOUND_MS)).code, 0, `${line}: ${pasted.stderr()}`)
    }
  })

test('the code of an owner comes with the command that gives a new one, also of a home that was named', async t => {
  const home = join(tempHome(t), 'my home')
  mkdirSync(home)
  const bot = { app_id: '102000889', client_secret: 'secret', host: 'http://127.0.0.1:9' }
  writeFileSync(join(home, 'config.yaml'), JSON.stringify({ gateway: { http: false }, platforms: { qqbot: bot } }))
  const env = { HOME: home, PATH: process.env['PATH'] }
  const gateway = startProcess(t, [LAUNCHER, 'run', '--home', home], { env, cwd: ROOT })
  const line = await eventually(
    'the command',
    BOUND_MS,
    () => / \(`(.+)` gives a new one/.exec(gateway.stderr())?.[1],
    gateway.stderr,
  )
  const pasted = startProcess(t, ['sh', '-c', line], { env, cwd: ROOT })
  assert.equal((await pasted.end(BOUND_MS)).code, 0, `${line}: ${pasted.stderr()}`)
  assert.match(pasted.stdout(), /[0-9A-Z]{4}-[0-9A-Z]{4}/)
  await eventually('that it serves', BOUND_MS, () => gateway.stderr().includes('herald serves'), gateway.stderr)
  gateway.kill('SIGTERM')
  assert.equal((await gateway.end(BOUND_MS)).code, 0)
})

test('from elsewhere: by its name where the PATH has it, else by its whole path', t => {
  const folder = tempHome(t)
  assert.equal(calledAs({ PATH: '/bin' }, folder), LAUNCHER)
  assert.equal(calledAs({ PATH: '/bin' }, join(ROOT, 'bin')), './herald')
  symlinkSync(LAUNCHER, join(folder, 'herald'))
  assert.equal(calledAs({ PATH: `/bin:${folder}` }, folder), 'herald')
  // The PATH of a script is npm's alone.
  const script = { PATH: folder, npm_lifecycle_event: 'start', INIT_CWD: '/' }
  assert.equal(calledAs(script, ROOT), LAUNCHER.slice(1))
  assert.equal(calledAs({ PATH: '/bin' }, '/srv', "/srv/it's mine/bin/herald"), shellWord("it's mine/bin/herald"))
  assert.equal(shellWord("it's mine"), `'it'\\''s mine'`)
})
