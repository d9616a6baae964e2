import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createHooks, type HookSettings } from '../../src/hooks/create-hooks.ts'
import type { HookEvent, HookVerdict } from '../../src/hooks/hook.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { alive, folder, noteLog } from '../agents/acp/house.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'
import { eventually } from '../support/eventually.ts'

const BOUND_MS = 30_000
const EVENT: HookEvent = {
  point: 'message_in',
  id: 'm1',
  chat: 'qqbot:c2c:alice',
  sender: { id: 'alice' },
  text: 'hello',
}
const never = new AbortController().signal

function house(t: CleanUp, ...settings: readonly HookSettings[]) {
  const logged: string[] = []
  const hooks = createHooks(settings, { clock: systemClock, log: noteLog(logged), env: process.env })
  cleanUp(t, () => hooks.close())
  return { hooks, logged }
}

function module(path: string, body: string, more: Partial<HookSettings> = {}): HookSettings {
  writeFileSync(path, body)
  return { at: ['message_in'], run: { module: path }, timeoutMs: BOUND_MS, onFailure: 'pass', ...more }
}

function program(path: string, body: string, more: Partial<HookSettings> = {}): HookSettings {
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
  const run = { program: { command: path, args: [], env: {} } }
  return { at: ['message_in'], run, timeoutMs: BOUND_MS, onFailure: 'pass', ...more }
}

const pass = (text: string): HookVerdict => ({ kind: 'pass', text })

test('hooks run in their order, each with what the one before made of it, at their points alone', async t => {
  const at = folder(t)
  const { hooks } = house(
    t,
    module(join(at, 'a.mjs'), 'export default ({ text }) => ({ text: text + " a" })'),
    program(
      join(at, 'b'),
      `read -r event; echo "{\\"text\\":\\"b saw $(echo "$event" | sed 's/.*"text":"\\([^"]*\\)".*/\\1/')\\"}"`,
    ),
    module(join(at, 'c.mjs'), 'export default async event => ({ text: JSON.stringify(event) })', {
      at: ['answer_out'],
    }),
    module(join(at, 'd.mjs'), 'export default () => {}'),
    program(join(at, 'e'), 'cat >/dev/null'),
  )
  assert.deepEqual(await hooks.run(EVENT, never), pass('b saw hello a'))
  const out: HookEvent = { ...EVENT, point: 'answer_out' }
  assert.deepEqual(await hooks.run(out, never), pass(JSON.stringify(out)))
  assert.ok(hooks.at('message_in') && hooks.at('answer_out'))
  hooks.replace([])
  assert.ok(!hooks.at('message_in'))
})

test('the first that replies or drops has the last word', async t => {
  const at = folder(t)
  const touched = join(at, 'touched')
  const late = program(join(at, 'late'), `touch ${touched}`)
  const reply = module(join(at, 'r.mjs'), 'export default () => ({ reply: "at nine" })')
  const drop = module(join(at, 'd.mjs'), 'export default () => ({ drop: true })')
  const { hooks } = house(t, reply, late)
  assert.deepEqual(await hooks.run(EVENT, never), { kind: 'reply', text: 'at nine', by: 'r.mjs' })
  hooks.replace([drop, late])
  assert.deepEqual(await hooks.run(EVENT, never), { kind: 'drop', by: 'd.mjs' })
  assert.ok(!existsSync(touched))
})

const BROKEN: readonly [
  name: string,
  make: (at: string, more: Partial<HookSettings>) => HookSettings,
  reason: RegExp,
][] = [
  [
    'a module that throws',
    (at, more) => module(`${at}.mjs`, 'export default () => { throw new Error("ouch") }', more),
    /ouch/,
  ],
  ['a module without a function', (at, more) => module(`${at}.mjs`, 'export const x = 1', more), /no default export/],
  [
    'a module that is not there',
    (at, more) => ({ ...module(`${at}.mjs`, '', more), run: { module: `${at}.gone` } }),
    /gone/,
  ],
  [
    'a module that exits',
    (at, more) => module(`${at}.mjs`, 'export default () => process.exit(0)', more),
    /thread ended/,
  ],
  [
    'a module that loops for ever',
    (at, more) => module(`${at}.mjs`, 'export default () => { for (;;); }', { ...more, timeoutMs: 500 }),
    /within 500 ms/,
  ],
  [
    'a module that eats memory',
    (at, more) =>
      module(`${at}.mjs`, 'export default () => { const all = []; for (;;) all.push(new Array(1e5).fill(0)) }', more),
    /memory/,
  ],
  [
    'a module that says something else',
    (at, more) => module(`${at}.mjs`, 'export default () => "no"', more),
    /no object/,
  ],
  [
    'a text that is none',
    (at, more) => module(`${at}.mjs`, 'export default () => ({ text: 1 })', more),
    /`text` is no text/,
  ],
  ['a program that fails', (at, more) => program(at, 'exit 3', more), /code 3/],
  [
    'a program that is not there',
    (at, more) => ({ ...program(at, '', more), run: { program: { command: `${at}.gone`, args: [], env: {} } } }),
    /code 127/,
  ],
  ['a program that says no JSON', (at, more) => program(at, 'echo yes', more), /no JSON/],
  ['a program that hangs', (at, more) => program(at, 'sleep 1000', { ...more, timeoutMs: 300 }), /within 300 ms/],
  ['a program that floods', (at, more) => program(at, 'yes', more), /too much/],
]

for (const [name, make, reason] of BROKEN) {
  test(`${name} is passed over, or stops the message, and the log says why`, async t => {
    const at = join(folder(t), 'hook')
    const after = module(`${at}-after.mjs`, 'export default ({ text }) => ({ text: text + "!" })')
    const { hooks, logged } = house(t, make(at, { onFailure: 'pass' }), after)
    assert.deepEqual(await hooks.run(EVENT, never), pass('hello!'))
    assert.match(logged.join('\n'), reason)
    hooks.replace([make(at, { onFailure: 'stop' }), after])
    await assert.rejects(hooks.run(EVENT, never), { name: 'HookError', code: 'hook_failed', message: reason })
  })
}

test('a reply is for messages alone', async t => {
  const settings = module(join(folder(t), 'r.mjs'), 'export default () => ({ reply: "x" })', { at: ['answer_out'] })
  const { hooks, logged } = house(t, settings)
  assert.deepEqual(await hooks.run({ ...EVENT, point: 'answer_out' }, never), pass('hello'))
  assert.match(logged.join(), /message_in alone/)
})

test('a stop ends what a hook has started', async t => {
  const at = folder(t)
  const pids = join(at, 'pids')
  const { hooks } = house(
    t,
    program(join(at, 'hang'), `sleep 1000 & echo $$ $! > ${pids}; wait`, { onFailure: 'stop' }),
  )
  const stop = new AbortController()
  const failed = assert.rejects(hooks.run(EVENT, stop.signal), { message: 'enough' })
  const started = await eventually('it runs', BOUND_MS, () => {
    const told = existsSync(pids) ? readFileSync(pids, 'utf8').trim() : ''
    return told !== '' && told.split(' ').map(Number)
  })
  stop.abort(new Error('enough'))
  await failed
  await eventually('all of it is gone', BOUND_MS, () => !started.some(alive))
})

test('a call that is under way when hooks are replaced ends as it is; the code is read anew', async t => {
  const path = join(folder(t), 'm.mjs')
  const called = `${path}.called`
  const slow = `import { writeFileSync } from 'node:fs'
    export default () => {
      writeFileSync(${JSON.stringify(called)}, '')
      return new Promise(done => setTimeout(done, 500, { text: 'old' }))
    }`
  const settings = module(path, slow)
  const { hooks } = house(t, settings)
  const underway = hooks.run(EVENT, never)
  await eventually('the old code runs', BOUND_MS, () => existsSync(called))
  module(path, 'export default () => ({ text: "new" })')
  hooks.replace([settings])
  assert.deepEqual(await hooks.run(EVENT, never), pass('new'))
  assert.deepEqual(await underway, pass('old'))
})

test('a module keeps its thread, and gets no variable of this process', async t => {
  process.env['HERALD_TEST_SECRET'] = 'hush'
  t.after(() => delete process.env['HERALD_TEST_SECRET'])
  const body = 'let times = 0; export default () => ({ text: ++times + " " + process.env.HERALD_TEST_SECRET })'
  const { hooks } = house(t, module(join(folder(t), 'm.mjs'), body))
  assert.deepEqual(await hooks.run(EVENT, never), pass('1 undefined'))
  assert.deepEqual(await hooks.run(EVENT, never), pass('2 undefined'))
})

test("a program whose output stays open in somebody else's hands is given up in its time", {
  timeout: BOUND_MS,
}, async t => {
  const at = folder(t)
  // A session of its own: what it starts so does not end with its group.
  const { hooks, logged } = house(
    t,
    program(join(at, 'daemon'), `setsid sh -c 'echo $$ > ${at}/pid; exec sleep 60' & sleep 0.2`, { timeoutMs: 1_500 }),
  )
  cleanUp(t, () => process.kill(Number(readFileSync(join(at, 'pid'), 'utf8')), 'SIGKILL'))
  assert.deepEqual(await hooks.run(EVENT, never), pass('hello'))
  assert.match(logged.join('\n'), /no answer within 1500 ms/)
})
