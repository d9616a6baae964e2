import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
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

for (const [way, bad, cut] of [
  ['loops for ever', 'for (;;);', true],
  ['waits for ever', 'return new Promise(() => {})', false],
  ['exits', 'process.exit(0)', true],
  ['throws where nobody listens', 'setTimeout(() => { throw new Error("late") }); return new Promise(() => {})', true],
] as const)
  test(`a module that ${way} over one message answers the others that came meanwhile`, async t => {
    const path = join(folder(t), 'm.mjs')
    const [last, three] = [`${path}.last`, `${path}.three`]
    // All of the good ones are under way when the bad one begins.
    const body = `import { existsSync, writeFileSync } from 'node:fs'
      const pause = ms => new Promise(done => setTimeout(done, ms))
      let goods = 0
      export default async ({ text }) => {
        if (text !== 'bad') {
          writeFileSync(${JSON.stringify(last)}, String(++goods))
          if (goods === 3) writeFileSync(${JSON.stringify(three)}, '')
          await pause(200)
          return { text: text + '!' }
        }
        while (!existsSync(${JSON.stringify(three)})) await pause(5)
        ${bad}
      }`
    const { hooks, logged } = house(t, module(path, body, { timeoutMs: 2_000 }))
    const say = (text: string) => hooks.run({ ...EVENT, text }, never)
    const all = await Promise.all(['bad', 'a', 'b', 'c'].map(say))
    assert.deepEqual(all, ['bad', 'a!', 'b!', 'c!'].map(pass))
    assert.equal(readFileSync(last, 'utf8'), cut ? '1' : '3', 'those that were cut off have a thread of their own each')
    assert.equal(logged.filter(line => /a hook failed/.test(line)).length, 1, logged.join('\n'))
    assert.deepEqual(await say('after'), pass('after!'))
  })

test('many that were cut off are alone a few at a time, and all are answered', async t => {
  const path = join(folder(t), 'm.mjs')
  const all = `${path}.all`
  const body = `import { appendFileSync } from 'node:fs'
    const note = text => appendFileSync(${JSON.stringify(all)}, text + '\\n')
    const pause = ms => new Promise(done => setTimeout(done, ms))
    let calls = 0
    export default async ({ text }) => {
      note('begin')
      if (++calls === 20) process.exit(0)
      await pause(100)
      note('end')
      return { text: text + '!' }
    }`
  const { hooks } = house(t, module(path, body))
  const texts = Array.from({ length: 20 }, (_, at) => String(at))
  const answers = await Promise.all(texts.map(text => hooks.run({ ...EVENT, text }, never)))
  assert.deepEqual(
    answers,
    texts.map(text => pass(`${text}!`)),
  )
  const notes = readFileSync(all, 'utf8').trim().split('\n').slice(20)
  const most = notes.reduce(
    ({ now, top }, note) => {
      const next = now + (note === 'begin' ? 1 : -1)
      return { now: next, top: Math.max(top, next) }
    },
    { now: 0, top: 0 },
  )
  assert.equal(most.top, 4)
})

test('a module that hangs does not hold another one up, at another point or of another chat', async t => {
  const at = folder(t)
  const { hooks } = house(
    t,
    module(join(at, 'hang.mjs'), 'export default ({ text }) => { if (text === "hang") for (;;); }'),
    module(join(at, 'good.mjs'), 'export default ({ text }) => ({ text: text + "!" })', { at: ['answer_out'] }),
  )
  const stop = new AbortController()
  let hangs = true
  const hanging = assert
    .rejects(hooks.run({ ...EVENT, text: 'hang' }, stop.signal), { message: 'enough' })
    .then(() => (hangs = false))
  for (const text of ['a', 'b', 'c'])
    assert.deepEqual(await hooks.run({ ...EVENT, point: 'answer_out', text }, never), pass(`${text}!`))
  assert.ok(hangs)
  stop.abort(new Error('enough'))
  await hanging
})

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

test('a message on its way through the hooks when they are replaced goes through the old ones, and leaves no thread behind', async t => {
  const at = folder(t)
  const [reached, go, beats] = [join(at, 'reached'), join(at, 'go'), join(at, 'beats')]
  const first = program(join(at, 'first'), `touch ${reached}; while [ ! -e ${go} ]; do sleep 0.05; done`)
  const second = module(
    join(at, 'second.mjs'),
    `import { appendFileSync } from 'node:fs'
     setInterval(() => appendFileSync(${JSON.stringify(beats)}, '.'), 10)
     export default async () => {
       await new Promise(done => setTimeout(done, 100))
       return { text: 'old' }
     }`,
  )
  const { hooks } = house(t, first, second)
  const underway = hooks.run(EVENT, never)
  await eventually('the first one is asked', BOUND_MS, () => existsSync(reached))
  hooks.replace([])
  writeFileSync(go, '')
  assert.deepEqual(await underway, pass('old'))
  let before = -1
  let sinceMs = 0
  await eventually('the thread of the second one has ended', BOUND_MS, () => {
    const { size } = statSync(beats)
    if (size !== before) sinceMs = performance.now()
    before = size
    return performance.now() - sinceMs > 1_000
  })
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
