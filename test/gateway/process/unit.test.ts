import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSupervised, unitText } from '../../../src/gateway/process/unit.ts'

test('the unit has every line that the design asks for', () => {
  const lines = unitText({ command: ['/opt/herald/bin/herald'], home: '/home/me/.herald' }).split('\n')
  for (const line of [
    'StartLimitIntervalSec=0',
    'Type=notify',
    'NotifyAccess=all',
    'ExecStart="/opt/herald/bin/herald" "run" "--home" "/home/me/.herald"',
    'Environment=HERALD_SUPERVISED=1',
    'Restart=on-failure',
    'RestartSec=5',
    'RestartPreventExitStatus=69 78',
    'WatchdogSec=30',
    'TimeoutStartSec=900',
    'TimeoutStopSec=20',
    'KillMode=mixed',
  ])
    assert.ok(lines.includes(line), line)
  assert.ok(lines.indexOf('StartLimitIntervalSec=0') < lines.indexOf('[Service]'))
})

test('odd characters of a path stay what they are', () => {
  const text = unitText({ command: ['/opt/a b/herald'], home: '/home/100%/$me/"x"\\y' })
  assert.match(text, /^ExecStart="\/opt\/a b\/herald" "run" "--home" "\/home\/100%%\/\$\$me\/\\"x\\"\\\\y"$/m)
})

test('what proves a supervisor', () => {
  assert.equal(isSupervised({ SYSTEMD_EXEC_PID: '42' }, 42), true)
  assert.equal(isSupervised({ HERALD_SUPERVISED: '1' }, 42), true)
  assert.equal(isSupervised({ SYSTEMD_EXEC_PID: '41', INVOCATION_ID: 'abc' }, 42), false)
  assert.equal(isSupervised({ HERALD_SUPERVISED: '0' }, 42), false)
  assert.equal(isSupervised({}, 42), false)
})
