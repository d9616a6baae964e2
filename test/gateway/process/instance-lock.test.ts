import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { claimBot, claimHome, OwnedElsewhereError } from '../../../src/gateway/process/locks/instance-lock.ts'
import { pidOfSocket } from '../../../src/gateway/process/locks/lock-owner.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { startProgram, tempHome } from '../programs.ts'

const TOY = join(import.meta.dirname, '../toys/owner.ts')

/** The kernel's socket names on Linux, and the locked database that other systems use; the latter works here too. */
const kinds = process.platform === 'linux' ? ['linux', 'elsewhere'] : ['elsewhere']

const refusal = (promise: Promise<unknown>): Promise<OwnedElsewhereError> =>
  promise.then(
    () => assert.fail('it was claimed'),
    error => {
      assert.ok(error instanceof OwnedElsewhereError, String(error))
      return error
    },
  )

/** `shared` is where the locks of bots lie on systems without abstract sockets. */
const optionsFor = (platform: string, home: string, shared: string) => ({
  clock: systemClock,
  pid: process.pid,
  home,
  platform,
  sharedFolder: shared,
})

for (const platform of kinds) {
  test(`${platform}: the second process is told the pid of the first, and can start the moment that one is killed`, async t => {
    const appId = randomUUID()
    const home = tempHome(t)
    const mine = tempHome(t)
    const shared = tempHome(t)
    const owner = startProgram(t, TOY, [appId, home, platform, shared])
    await owner.said('owner')

    const error = await refusal(claimBot(appId, optionsFor(platform, mine, shared)))
    assert.equal(error.code, 'owned_elsewhere')
    assert.deepEqual(error.owner, { pid: owner.pid, home })
    assert.match(error.message, new RegExp(`process ${owner.pid}\\b`))
    assert.equal((await refusal(claimHome(optionsFor(platform, home, shared)))).owner.pid, owner.pid)

    owner.child.kill('SIGKILL')
    await owner.exit
    const bot = await claimBot(appId, optionsFor(platform, mine, shared))
    const place = await claimHome(optionsFor(platform, home, shared))
    await bot.release()
    await place.release()
  })

  test(`${platform}: released, it can be claimed again; other bots and homes were free all the time`, async t => {
    const appId = randomUUID()
    const options = optionsFor(platform, tempHome(t), tempHome(t))
    const first = await claimBot(appId, options)
    const other = await claimBot(randomUUID(), options)
    await refusal(claimBot(appId, options))
    await first.release()
    const second = await claimBot(appId, options)
    await second.release()
    await other.release()
  })

  test(`${platform}: of many that start together one wins`, async t => {
    const appId = randomUUID()
    const shared = tempHome(t)
    const homes = Array.from({ length: 4 }, () => tempHome(t))
    const programs = homes.map(home => startProgram(t, TOY, [appId, home, platform, shared]))
    const first = await Promise.all(programs.map(program => program.said('')))
    assert.equal(first.filter(line => line.startsWith('owner')).length, 1, first.join('\n'))
    assert.equal(first.filter(line => line.startsWith('refused')).length, 3)
  })
}

test('an owner that is stopped does not hang the claim, and is still named', {
  skip: process.platform !== 'linux' && 'about abstract sockets',
}, async t => {
  const appId = randomUUID()
  const owner = startProgram(t, TOY, [appId, tempHome(t)])
  await owner.said('owner')
  owner.child.kill('SIGSTOP')
  const askedAtMs = performance.now()
  const error = await refusal(
    claimBot(appId, { clock: systemClock, pid: process.pid, home: tempHome(t), platform: 'linux' }),
  )
  const tookMs = performance.now() - askedAtMs
  assert.ok(tookMs < 2000, `${tookMs} ms`)
  assert.equal(error.owner.pid, owner.pid)
})

test('a name that nobody holds has no pid', () => {
  assert.equal(pidOfSocket(`herald-${randomUUID()}`), undefined)
})
