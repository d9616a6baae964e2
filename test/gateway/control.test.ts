import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ControlHandler, serveControl } from '../../src/gateway/control/control.ts'
import { callControl } from '../../src/gateway/control/control-client.ts'
import { prepareHome } from '../../src/gateway/process/home.ts'
import { ConfigError, HeraldError } from '../../src/lib/errors.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'
import { AS_NOBODY, cannotBeNobody, startProgram, tempHome } from './programs.ts'

const TOY = join(import.meta.dirname, 'toys/controlled.ts')

const echo: ControlHandler = (method, path, body) =>
  Promise.resolve({ status: 207, body: { method, path, body: JSON.stringify(body) ?? null } })

async function serve(t: CleanUp, home: string, handler: ControlHandler = echo) {
  const server = await serveControl(home, handler, silentLogger)
  cleanUp(t, () => server.close())
  return server
}

/** Short links to this home that were left behind. */
function shortLinks(home: string): string[] {
  const folders = readdirSync('/tmp').filter(name => name.startsWith('herald-sock-'))
  return folders.filter(name => {
    try {
      return readlinkSync(`/tmp/${name}/home`) === home
    } catch {
      return false
    }
  })
}

test('a call and its answer', async t => {
  const home = tempHome(t)
  const server = await serve(t, home)
  assert.equal(statSync(join(home, 'herald.sock')).mode & 0o777, 0o600)
  assert.deepEqual(await callControl(home, 'POST', '/accounts/qqbot/pause?x=1', { why: '试' }, 1000), {
    kind: 'answer',
    status: 207,
    body: { method: 'POST', path: '/accounts/qqbot/pause?x=1', body: '{"why":"试"}' },
  })
  const get = await callControl(home, 'GET', '/status', undefined, 1000)
  assert.equal(get.kind === 'answer' && get.status, 207)
  await server.close()
  assert.equal(existsSync(join(home, 'herald.sock')), false)
})

test('nobody there: no file, a file of a dead process', async t => {
  const home = tempHome(t)
  const askedAtMs = performance.now()
  assert.deepEqual(await callControl(home, 'GET', '/status', undefined, 5000), { kind: 'not_running' })
  const dead = startProgram(t, TOY, [home])
  await dead.said('listening')
  dead.child.kill('SIGKILL')
  await dead.exit
  assert.ok(existsSync(join(home, 'herald.sock')))
  const againMs = performance.now()
  assert.deepEqual(await callControl(home, 'GET', '/status', undefined, 5000), { kind: 'not_running' })
  assert.ok(performance.now() - againMs < 200)
  assert.ok(againMs - askedAtMs < 5000)
  await serve(t, home)
  assert.equal((await callControl(home, 'GET', '/', undefined, 1000)).kind, 'answer')
})

test('a socket on which somebody answers is not taken away, also when that one is stopped', async t => {
  const home = tempHome(t)
  const first = startProgram(t, TOY, [home])
  await first.said('listening')
  const taken = (error: unknown): boolean => error instanceof HeraldError && error.code === 'control_taken'
  await assert.rejects(serveControl(home, echo, silentLogger), taken)
  first.child.kill('SIGSTOP')
  await assert.rejects(serveControl(home, echo, silentLogger), taken)
  const askedAtMs = performance.now()
  const silent = await callControl(home, 'GET', '/status', undefined, 200)
  assert.equal(silent.kind, 'no_answer')
  assert.ok(performance.now() - askedAtMs < 400)
  first.child.kill('SIGCONT')
  assert.equal((await callControl(home, 'GET', '/status', undefined, 2000)).kind, 'answer')
})

test('what is in the way and is no socket is left alone', async t => {
  const home = tempHome(t)
  writeFileSync(join(home, 'herald.sock'), 'precious')
  await assert.rejects(serveControl(home, echo, silentLogger), /in the way/)
  assert.ok(existsSync(join(home, 'herald.sock')))
})

test('a home far longer than a socket name may be', async t => {
  const home = join(tempHome(t), 'a-long-name-'.repeat(10), '更长'.repeat(20))
  mkdirSync(home, { recursive: true })
  assert.equal((await callControl(home, 'GET', '/', undefined, 1000)).kind, 'not_running')
  const server = await serve(t, home)
  assert.equal(statSync(join(home, 'herald.sock')).mode & 0o777, 0o600)
  assert.equal((await callControl(home, 'GET', '/', undefined, 1000)).kind, 'answer')
  await server.close()
  assert.equal(existsSync(join(home, 'herald.sock')), false)

  const dead = startProgram(t, TOY, [home])
  await dead.said('listening')
  dead.child.kill('SIGKILL')
  await dead.exit
  assert.equal((await callControl(home, 'GET', '/', undefined, 1000)).kind, 'not_running')
  await serve(t, home)
  assert.equal((await callControl(home, 'GET', '/', undefined, 1000)).kind, 'answer')
  assert.deepEqual(shortLinks(home), [], 'no short link is left')
})

test('a handler that throws, a body that is too long, a body that is no JSON', async t => {
  const home = tempHome(t)
  await serve(t, home, () => {
    throw new HeraldError('no_such_account', 'no account "x"')
  })
  const thrown = await callControl(home, 'GET', '/', undefined, 1000)
  assert.deepEqual(thrown, { kind: 'answer', status: 500, body: { error: 'no account "x"' } })
  const long = await callControl(home, 'POST', '/', 'x'.repeat(100_000), 1000)
  assert.equal(long.kind === 'answer' && long.status, 413)
})

test('a call that hangs ends with its time, and closing the server ends what is open', async t => {
  const home = tempHome(t)
  const server = await serve(t, home, () => new Promise(() => {}))
  assert.equal((await callControl(home, 'GET', '/', undefined, 150)).kind, 'no_answer')
  const open = callControl(home, 'GET', '/', undefined, 5000)
  await new Promise(resolve => setTimeout(resolve, 50))
  await server.close()
  assert.equal((await open).kind, 'no_answer')
})

test('the home is made, and closed to others', t => {
  const home = join(tempHome(t), 'new', 'home')
  assert.equal(prepareHome(home), home)
  assert.equal(statSync(home).mode & 0o777, 0o700)
  const open = join(tempHome(t), 'open')
  mkdirSync(open, { mode: 0o755 })
  prepareHome(open)
  assert.equal(statSync(open).mode & 0o777, 0o700)
  const file = join(tempHome(t), 'file')
  writeFileSync(file, '')
  assert.throws(() => prepareHome(file), ConfigError)
})

test('a home that may not be written is named in one line', { skip: cannotBeNobody() }, async t => {
  const home = tempHome(t)
  const toy = join(import.meta.dirname, 'toys/homely.ts')
  const program = startProgram(t, toy, [join(home, 'sub')], { through: AS_NOBODY })
  assert.match(await program.said('refused'), /^home \S+\/sub cannot be used \(EACCES.*--home or HERALD_HOME$/)
})
