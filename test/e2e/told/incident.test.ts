/** `herald incident` of a real gateway: why it was down, told while it runs and after its end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxHere } from '../../../scripts/survival/boxes.ts'
import { createWorld } from '../../../scripts/survival/world.ts'
import { SOURCES } from '../../support/herald.ts'

test('an outage, and a process that was killed, are told with cause, evidence, attempts and cure', async t => {
  const { box, home, start, command } = await createWorld(t, SOURCES, boxHere).scene()
  const herald = start()
  await herald.connected()
  const none = await command('incident')
  assert.deepEqual([none.code, none.stderr], [1, 'herald: no account was down in the last 30 days\n'])
  assert.equal((await command('incident', 'list')).stdout, 'No account was down in the last 30 days.\n')

  const fault = await box.fault('host_down')
  await herald.until('three attempts', ({ attempt }) => attempt >= 3)
  const open = (await command('incident')).stdout
  assert.match(open, /incident 1 of 1: qqbot has been down for \d+ s\n/)
  assert.match(open, /^healed {4}not yet$/m)
  await box.mend(fault)
  await herald.connected()

  const told = (await command('incident', 'last')).stdout
  assert.match(told, /^Herald \d.*, incident 1 of 1: qqbot was down for \d+ s\nfrom .* to .* \(UTC[+-]\d\d:\d\d\)\n/)
  assert.match(told, /^why {7}qq_[a-z_]+: .+$/m)
  assert.match(told, /^before {4}connected for \d+ s; last ready \d+ s, heartbeat \d+ s before it$/m)
  assert.match(told, /^after {5}connected at .*$/m)
  assert.match(told, /^attempts {2}([3-9]|\d\d+) failed$/m)
  assert.match(told, /^healed {4}by a reconnect of the same life$/m)
  assert.ok((told.match(/^ {2}.* attempt {7}qq_/gm) ?? []).length >= 2, told)
  assert.match(told, /^ {2}.* connected$/m)
  assert.doesNotMatch(told, new RegExp(`${home}|${box.bot.secret}`))

  herald.kill('SIGKILL')
  await herald.end(5_000)
  const again = start()
  await again.connected()
  const list = (await command('incident', 'list')).stdout.trimEnd().split('\n')
  assert.equal(list.length, 2)
  assert.match(list[0] ?? '', /^ {2}1 .*qqbot {2}down for .*process_gone: process \d+ ended without last words/)
  const first = (await command('incident', '1')).stdout
  assert.match(first, /^healed {4}by a new process$/m)

  again.kill('SIGTERM')
  await again.end(10_000)
  assert.equal((await command('incident', '1')).stdout, first, 'the journal alone tells the same')
  const json = JSON.parse((await command('incident', '2', '--json')).stdout)
  assert.deepEqual([json.account, json.story[0].to, json.story.at(-1).to], ['qqbot', 'retrying', 'connected'])
  const unknown = await command('incident', '7')
  assert.deepEqual(
    [unknown.code, unknown.stderr],
    [1, 'herald: there is no incident 7; `herald incident list` shows them\n'],
  )
  const ofTurn = await command('incident', '0a1b2c3d')
  assert.deepEqual(
    [ofTurn.code, ofTurn.stderr],
    [1, 'herald: no message 0a1b2c3d is known; keys are kept for 7 days\n'],
  )
})
