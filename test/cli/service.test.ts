/** The service of the operating system, by a real `systemd --user`. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { UNIT_NAME } from '../../src/gateway/process/unit.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { tempHome } from '../gateway/programs.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'
import { eventually } from '../support/eventually.ts'
import { readState } from '../support/herald.ts'
import { ask, sandboxFor, TEST_BOT, untilConnected } from '../support/sandbox.ts'
import { cannotRunSystemd, startManagerForInstall, type UserManager } from '../support/systemd.ts'
import { herald, startHerald } from './herald.ts'

function settingsFor(box: Sandbox): string {
  return `gateway: { http: false }
platforms:
  qqbot:
    app_id: "${TEST_BOT.appId}"
    client_secret: ${TEST_BOT.secret}
    api_base: ${box.url}
    token_url: ${box.tokenUrl}
    dm_policy: open
`
}

/** What the unit prints goes to a file, since there is no journal in a test. */
function logToFile(manager: UserManager, file: string): void {
  const folder = join(String(manager.env['HOME']), '.config/systemd/user', `${UNIT_NAME}.d`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'test.conf'), `[Service]\nStandardOutput=append:${file}\nStandardError=inherit\n`)
}

test('install, answer, kill, restart, stop, start, logs, uninstall', { skip: cannotRunSystemd() }, async t => {
  const manager = await startManagerForInstall(t)
  const box = await sandboxFor(t)
  const home = tempHome(t)
  const log = join(home, 'service.log')
  logToFile(manager, log)
  const run = (...args: string[]) => herald(t, [...args, '--home', home], { env: manager.env })

  const none = await run('start')
  assert.deepEqual([none.code, none.stdout], [3, ''])
  assert.match(none.stderr, /not installed; `herald install` installs it\n$/)

  const unset = await herald(t, ['install', '--home', home], {
    env: { ...manager.env, QQ_APP_ID: '1', QQ_CLIENT_SECRET: 'only-in-this-shell' },
  })
  assert.equal(unset.code, 78)
  assert.match(unset.stderr, /no bot is set up .*the service does not see the variables of this shell/)

  writeFileSync(join(home, 'config.yaml'), settingsFor(box))
  const installed = await run('install')
  assert.deepEqual([installed.code, installed.stderr], [0, ''], readFileSync(log, 'utf8'))
  const [, first, second] =
    /^It runs as process (\d+)\.\nIt was killed to try it, and came back as process (\d+)\.$/m.exec(installed.stdout) ??
    []
  assert.ok(first && second && first !== second, installed.stdout)

  await untilConnected(box)
  const { answer } = await ask(box, { person: 'Ann', text: 'under systemd' })
  assert.equal(answer.text, 'echo: under systemd')
  const facts = await manager.facts(UNIT_NAME)
  assert.deepEqual([facts.mainPid, facts.restarts, facts.activeState], [Number(second), 1, 'active'])
  assert.match(readFileSync(`/proc/${second}/status`, 'utf8'), /^NoNewPrivs:\t1$/m, 'the hardening holds')
  assert.match(readFileSync(`/proc/${second}/status`, 'utf8'), /^Seccomp:\t2$/m, 'the hardening holds')

  writeFileSync(join(home, 'config.yaml'), settingsFor(box).replace('dm_policy: open', 'dm_policy: disabled'))
  await manager.reload(UNIT_NAME)
  const access = (): string => readState(home)?.platforms['qqbot']?.access ?? ''
  await eventually('the new rules', 10_000, () => access().includes('nobody'))
  writeFileSync(join(home, 'config.yaml'), 'platforms: [')
  await manager.reload(UNIT_NAME)
  const { statusText } = await manager.waitFor(
    UNIT_NAME,
    'word',
    ({ statusText: word }) => /last good/.test(word),
    10_000,
  )
  assert.match(statusText, /^running: qqbot connected; the last good settings are in force \(.*config\.yaml.*\)$/)
  writeFileSync(join(home, 'config.yaml'), settingsFor(box))
  assert.equal((await run('reload')).code, 0)

  const folder = join(tempHome(t), 'backup')
  assert.equal((await run('backup', folder)).code, 0)
  const restored = await run('restore', folder, '--yes')
  assert.equal(restored.code, 0, restored.stderr)
  await untilConnected(box)
  const after = await manager.facts(UNIT_NAME)
  assert.deepEqual(
    [after.mainPid, after.restarts, after.activeState],
    [Number(second), 1, 'active'],
    'the same process',
  )

  const again = await run('install')
  assert.match(again.stdout, /^Written anew: /)
  assert.equal(again.code, 0, again.stderr)

  const other = await herald(t, ['install', '--home', tempHome(t)], {
    env: { ...manager.env },
  })
  assert.equal(other.code, 78, 'a home without settings')

  const logs = await run('logs')
  assert.equal(logs.code, 0)
  assert.match(logs.stdout, /"herald serves"/)
  const following = startHerald(t, ['logs', '-f', '--home', home], { env: manager.env })
  let seen = ''
  following.stdout.setEncoding('utf8').on('data', chunk => (seen += chunk))

  const restarted = await run('restart')
  assert.match(restarted.stdout, /^The service runs as process \d+ \(active\)\.\n$/, restarted.stderr)
  const stopped = await run('stop')
  assert.equal(stopped.stdout, 'The service is stopped (inactive).\n')
  assert.equal(readState(home)?.gateway_state, 'stopped')
  await eventually('the stop in the log', 10_000, () => seen.includes('herald ended'))
  following.kill('SIGTERM')
  assert.match((await run('start')).stdout, /^The service runs as process/)

  const unit = join(String(manager.env['HOME']), '.config/systemd/user', UNIT_NAME)
  assert.ok(existsSync(unit))
  const gone = await run('uninstall')
  assert.equal(gone.code, 0, gone.stderr)
  assert.equal(existsSync(unit), false)
  assert.equal((await manager.facts(UNIT_NAME)).activeState, 'inactive')
  assert.ok(existsSync(join(home, 'config.yaml')), 'the home is left')
})

test('a service that cannot come up says why, and where no systemd answers there is a cure', {
  skip: cannotRunSystemd(),
}, async t => {
  const manager = await startManagerForInstall(t)
  const box = await sandboxFor(t)
  const home = tempHome(t)
  writeFileSync(join(home, 'config.yaml'), settingsFor(box))
  writeFileSync(join(home, 'journal.sqlite'), 'not a database, and longer than a header of one would be '.repeat(50))
  const said = await herald(t, ['install', '--home', home], { env: manager.env })
  assert.equal(said.code, 1)
  assert.match(said.stderr, /^herald: it does not come up: failed, exit-code, exit 78: journal_[a-z]+ \(.*\n$/)

  const alone = await herald(t, ['install', '--home', home], {
    env: { ...manager.env, XDG_RUNTIME_DIR: '/nonexistent', DBUS_SESSION_BUS_ADDRESS: '' },
  })
  assert.equal(alone.code, 1)
  assert.match(alone.stderr, /systemd does not answer.*contrib/)
})

test('a home with odd characters in its path is installed, and told from one whose path goes on', {
  skip: cannotRunSystemd(),
}, async t => {
  const manager = await startManagerForInstall(t)
  const box = await sandboxFor(t)
  const folder = tempHome(t)
  const homes = [join(folder, '100% my $HOME "a" \\b'), join(folder, '100% my')]
  for (const home of homes) {
    mkdirSync(home)
    writeFileSync(join(home, 'config.yaml'), settingsFor(box))
  }
  const [odd = '', shorter = ''] = homes
  const run = (verb: string, home: string) => herald(t, [verb, '--home', home], { env: manager.env })
  const installed = await run('install', odd)
  assert.deepEqual([installed.code, installed.stderr], [0, ''])
  await untilConnected(box)
  assert.equal((await ask(box, { person: 'Ann', text: 'hi' })).answer.text, 'echo: hi')
  assert.equal(readState(odd)?.gateway_state, 'running')
  assert.match((await run('doctor', odd)).stdout, /^✓ service: .*as this version writes it$/m)

  const other = await run('install', shorter)
  assert.deepEqual([other.code, other.stdout], [1, ''])
  assert.match(other.stderr, /serves another home; `herald uninstall` it first\n$/)
  assert.match((await run('install', odd)).stdout, /^Written anew: /)
})

/** A system's manager of a few lines, whose service is a program that sleeps; and a folder for its units that nobody else sees. */
function fakeSystem(t: CleanUp) {
  const folder = tempHome(t)
  const pid = join(folder, 'pid')
  const script = `#!/bin/sh
alive() { kill -0 "$(cat ${pid})" 2>/dev/null; }
case "$*" in
  *start*|*show\\ herald.service*) [ -e ${pid} ] || [ "$1" != show ] && { alive || { sleep 60 >/dev/null 2>&1 & echo $! >${pid}; }; } ;;
esac
[ -e ${pid} ] && printf 'ActiveState=active\\nMainPID=%s\\n' "$(cat ${pid})"
exit 0
`
  writeFileSync(join(folder, 'systemctl'), script)
  chmodSync(join(folder, 'systemctl'), 0o755)
  cleanUp(t, () => existsSync(pid) && process.kill(Number(readFileSync(pid, 'utf8')), 'SIGKILL'))
  return {
    env: { PATH: `${folder}:${process.env['PATH']}`, HERALD_SUPERVISED: undefined, SUDO_USER: 'ann', HOME: folder },
    through: [...OWN_UNITS, folder],
    unit: () => readFileSync(join(folder, 'herald.service'), 'utf8'),
  }
}

const OWN_UNITS = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/systemd/system && exec "$@"']
const cannotMount = () =>
  spawnSync(OWN_UNITS[0] ?? '', [...OWN_UNITS.slice(1), '/tmp', 'true']).status !== 0 &&
  'needs a mount namespace of its own'

test('the service of the system: whose home it is under sudo, and as whom it runs', {
  skip: cannotMount(),
}, async t => {
  const { env, through, unit } = fakeSystem(t)
  const home = join(env.HOME, '.herald')
  const none = await herald(t, ['install', '--system'], { env, through })
  assert.equal(none.code, 78)
  assert.match(none.stderr, new RegExp(`under sudo its home is ${home}: name that of ann with --home\\)`))

  writeFileSync(join(home, 'config.yaml'), settingsFor(await sandboxFor(t)))
  const ofRoot = await herald(t, ['install', '--system'], { env, through })
  assert.deepEqual([ofRoot.code, ofRoot.stderr], [0, ''])
  assert.match(
    ofRoot.stdout,
    /^It was killed to try it, and came back as process \d+\.\nNote: it runs as root, who owns/m,
  )
  assert.match(unit(), /^User=0$/m)

  chownSync(home, 65_534, 65_534)
  const ofUser = await herald(t, ['install', '--system', '--home', home], { env, through })
  assert.match(ofUser.stdout, /^Written anew: the systemd unit herald\.service of the system/)
  assert.doesNotMatch(ofUser.stdout, /Note/)
  assert.match(unit(), /^User=65534$/m)
})

test('a gateway that runs in the foreground is not put aside', { skip: cannotRunSystemd() }, async t => {
  const manager = await startManagerForInstall(t)
  const box = await sandboxFor(t)
  const home = tempHome(t)
  writeFileSync(join(home, 'config.yaml'), settingsFor(box))
  startHerald(t, ['run', '--home', home])
  await untilConnected(box)
  const said = await herald(t, ['install', '--home', home], { env: manager.env })
  assert.equal(said.code, 1)
  assert.match(said.stderr, /a gateway runs in .* already \(process \d+\); end it first\n$/)
})
