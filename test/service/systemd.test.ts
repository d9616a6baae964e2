import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { unitText } from '../../src/gateway/process/unit.ts'
import { createShell } from '../../src/service/shell.ts'
import { createSystemd } from '../../src/service/systemd.ts'
import { tempHome } from '../gateway/programs.ts'
import type { CleanUp } from '../support/clean-up.ts'

const PLAN = { command: ['/usr/bin/node', '/x.js'], home: '/h', configPath: undefined, path: '/bin', runAs: '1000' }

/** A system whose `systemctl` notes how it is called and whose `loginctl` answers as told. */
function systemWith(t: CleanUp, scope: 'user' | 'system', linger: string) {
  const folder = tempHome(t)
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const program = (name: string, script: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  program('systemctl', `echo "$*" >> ${folder}/calls`)
  program('loginctl', linger)
  const env = { PATH: bin }
  const manager = createSystemd({
    scope,
    shell: createShell({ PATH: `${bin}:/bin:/usr/bin` }),
    env,
    uid: 1000,
    userHome: folder,
    systemFolder: join(folder, 'etc'),
  })
  return { manager, calls: () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') }
}

test('the unit of the system: a user, no privileges, the target of the machine', async t => {
  const { manager, calls } = systemWith(t, 'system', 'exit 1')
  await manager.install(PLAN)
  assert.deepEqual(calls(), ['daemon-reload', 'enable herald.service'])
  const lines = manager.installed()?.split('\n') ?? []
  for (const line of ['User=1000', 'CapabilityBoundingSet=', 'ProtectSystem=full', 'WantedBy=multi-user.target'])
    assert.ok(lines.includes(line), line)
  assert.deepEqual(await manager.logs(true), ['journalctl', '--unit', 'herald.service', '-n', '200', '-o', 'cat', '-f'])
  assert.equal(await manager.lingering(), undefined)
})

test('the unit of a user runs as that user, and says when it would end with the log-in', async t => {
  const { manager, calls } = systemWith(t, 'user', 'echo no')
  await manager.install(PLAN)
  assert.deepEqual(calls(), ['--user daemon-reload', '--user enable herald.service'])
  assert.doesNotMatch(manager.installed() ?? '', /^User=|^ProtectSystem/m)
  assert.match(manager.installed() ?? '', /^WantedBy=default\.target$/m)
  assert.match((await manager.lingering()) ?? '', /ends when you log out.*loginctl enable-linger 1000/)
  assert.equal(await systemWith(t, 'user', 'echo yes').manager.lingering(), undefined)
  assert.equal(await systemWith(t, 'user', 'exit 1').manager.lingering(), undefined, 'nobody knows')
})

for (const runAs of [undefined, '1000'])
  test(`systemd takes every line of the unit of ${runAs === undefined ? 'a user' : 'the system'}`, {
    skip: spawnSync('systemd-analyze', ['--version']).status !== 0 && 'no systemd-analyze on this machine',
  }, t => {
    const folder = tempHome(t)
    const file = join(folder, 'herald.service')
    const home = '/srv/100% my $HOME "a"'
    const complaints = (text: string): string[] => {
      writeFileSync(file, text)
      const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
      return stderr.split('\n').filter(line => line.includes('herald.service'))
    }
    const text = unitText({ command: [process.execPath, '/x.js'], home, path: '/bin:/opt/a b', runAs })
    assert.deepEqual(complaints(text), [])
    assert.equal(complaints(text.replace('KillMode=', 'KilMode=')).length, 1, 'it looks')
  })
