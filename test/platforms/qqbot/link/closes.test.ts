/** What each close code leads to: rows C 18 to 25 and 92 of the survival table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KNOWN_CLOSE_CODES } from '../../../../src/platforms/qqbot/link/close-codes.ts'
import { TEST_BOT } from '../../../support/sandbox.ts'
import { LIMITS, type LinkHouse, linkHouse, openedAtMs, proven, requestsOf, resumesOf } from './house.ts'
import { createLeapClock } from './leap-clock.ts'

const TOKEN_PATH = '/app/getAppAccessToken'

/** Closes the link now, and waits for the next one. */
async function closedWith(house: LinkHouse, code: number | undefined): Promise<void> {
  const links = openedAtMs(house.box).length
  house.box.fault({ kind: 'gateway', on: 'now', do: 'close', ...(code === undefined ? {} : { code }) })
  await house.reach(`another link after ${code}`, () => openedAtMs(house.box).length > links)
  await house.connected()
}

test('C18 4009 again and again: the same session from the last event on, nothing lost and nothing doubled', async t => {
  const house = await linkHouse(t)
  await proven(house)
  const [session] = house.box.sessions()
  for (let i = 1; i <= 4; i += 1) {
    await house.hear(`before ${i}`)
    house.box.fault('close_4009')
    house.box.say({ person: 'Alice', text: `during ${i}` })
    await house.reach('resumed', () => house.box.counters().resumeds === i)
    await house.reach('replayed', () => house.kept.some(({ text }) => text === `during ${i}`))
    await proven(house)
  }
  const texts = [1, 2, 3, 4].flatMap(i => [`new before ${i}`, `new during ${i}`])
  assert.deepEqual(
    house.kept.map(({ text, acceptance }) => `${acceptance} ${text}`),
    texts,
  )
  assert.equal(house.box.counters().identifies, 1)
  const seqs = resumesOf(house.box).map(({ seq }) => seq)
  assert.ok(resumesOf(house.box).every(resume => resume.session === session?.id))
  assert.deepEqual(
    seqs,
    [...seqs].sort((a, b) => Number(a) - Number(b)),
  )
  // The platform counts RESUMED too: the last event before each close is what was asked from.
  assert.equal(seqs[0], 2)
  assert.equal(house.status().attempt, 0)
})

test('C19 4006, 4007, 4000, 4003, 4005 and 4900 to 4913: the session is dropped, one IDENTIFY follows after a backoff', async t => {
  const codes = [4006, 4007, 4000, 4003, 4005, ...Array.from({ length: 13 }, (_, i) => 4901 + i)]
  const house = await linkHouse(t)
  for (const [i, code] of codes.entries()) {
    await house.connected()
    const atMs = house.box.now()
    await closedWith(house, code)
    assert.ok((openedAtMs(house.box).at(-1) ?? 0) - atMs >= 20, `${code}: no backoff`)
    assert.equal(house.box.counters().identifies, i + 2, String(code))
  }
  assert.equal(house.box.counters().resumes, 0)
})

test('C19 a session that was refused is forgotten on disk as well: a restart does not ask for it again', async t => {
  const house = await linkHouse(t)
  await house.connected()
  const broken = house.box.fault('close_on_identify')
  house.box.fault('close_4006')
  await house.reach('no new session yet', () => house.status().attempt >= 2)
  await house.stop()
  broken.off()
  const next = await linkHouse(t, { box: house.box, path: house.path })
  await next.connected()
  assert.equal(house.box.counters().resumes, 0)
})

test('C20 4004: a new token is fetched, then one try; over and over: growing backoff, and the status says why', async t => {
  const house = await linkHouse(t, { settings: { backoffSeconds: [0.03, 0.3, 0.6] } })
  await house.connected()
  const calls = (): number => requestsOf(house.box, TOKEN_PATH).length
  assert.equal(calls(), 1)
  house.box.fault('revoke_token')
  await closedWith(house, 4004)
  assert.equal(calls(), 2)
  assert.equal(house.box.counters().identifies, 2)

  const again = house.box.fault({ kind: 'gateway', on: 'identify', do: 'close', code: 4004 })
  house.box.fault('close_4004')
  await house.reach('four refusals', () => house.status().attempt >= 5)
  assert.equal(house.status().error_code, 'qq_token_rejected')
  assert.equal(house.status().state, 'retrying')
  assert.match(house.status().error_message ?? '', /4004/)
  const opened = openedAtMs(house.box).slice(-3)
  assert.ok((opened[2] ?? 0) - (opened[1] ?? 0) >= 400, `tries at ${opened}`)
  assert.ok(calls() >= 5, 'each try with a token of its own')
  again.off()
  await house.connected()
})

test('C20 IDENTIFY with a token that was revoked meanwhile (op 9): a new token, and up', async t => {
  const house = await linkHouse(t)
  await house.connected()
  house.box.fault('revoke_token')
  await closedWith(house, 4006)
  assert.ok(requestsOf(house.box, TOKEN_PATH).length >= 2)
})

test('C21 4008: left alone for the slow-down, then resumed', async t => {
  const house = await linkHouse(t)
  await proven(house)
  const atMs = house.box.now()
  house.box.fault('close_4008')
  await house.reach('told', () => house.status().error_code === 'qq_too_fast')
  assert.equal(house.status().state, 'retrying')
  await house.reach('resumed', () => house.box.counters().resumeds === 1)
  assert.ok((openedAtMs(house.box).at(-1) ?? 0) - atMs >= (LIMITS.slowDownMs ?? 0) - 5)
  assert.equal(house.box.counters().identifies, 1)
})

const FINAL: readonly (readonly [string, number, string, RegExp])[] = [
  ['C22', 4001, 'qq_opcode_refused', /report/],
  ['C22', 4002, 'qq_payload_refused', /report/],
  ['C22', 4010, 'qq_shard_refused', /shards to auto/],
  ['C22', 4011, 'qq_shards_too_few', /shards to auto/],
  ['C22', 4012, 'qq_version_refused', /report/],
  ['C23', 4013, 'qq_intents_refused', /permissions/],
  ['C23', 4014, 'qq_intents_refused', /permissions/],
  ['C24', 4914, 'qq_bot_offline', /publish/],
  ['C24', 4915, 'qq_bot_banned', /notices/],
]

for (const [row, code, word, hint] of FINAL)
  test(`${row} ${code}: fatal at once with ${word}, nothing is dialled; a slow probe brings it back`, async t => {
    const clock = createLeapClock()
    const house = await linkHouse(t, { clock })
    await house.connected()
    house.box.fault({ kind: 'gateway', on: 'now', do: 'close', code, reason: 'told by the platform' })
    await house.reach('fatal', () => house.status().state === 'fatal', 2_000)
    const status = house.status()
    assert.equal(status.error_code, word)
    assert.equal(status.retryable, false)
    assert.match(status.error_message ?? '', new RegExp(`close code ${code}, told by the platform`))
    assert.match(status.hint ?? '', hint)
    const nextMs = Date.parse(status.next_retry_at ?? '') - clock.nowMs()
    assert.ok(nextMs > 25 * 60_000 && nextMs <= 31 * 60_000, `${nextMs} ms`)
    clock.leap(20 * 60_000)
    assert.equal(openedAtMs(house.box).length, 1)
    clock.leap(11 * 60_000)
    await house.connected()
    assert.equal(house.box.counters().identifies, 2)
  })

test('C24 a ban that is lifted: fatal while it lasts, up after it without a restart', async t => {
  const clock = createLeapClock()
  const house = await linkHouse(t, { clock })
  await house.connected()
  house.box.changeBot({ appId: TEST_BOT.appId, status: 'banned' })
  house.box.fault('close_4915')
  for (let probe = 1; probe <= 3; probe += 1) {
    await house.reach('fatal', () => house.status().state === 'fatal' && house.status().generation === probe)
    assert.equal(house.status().error_code, 'qq_bot_banned')
    if (probe === 3) house.box.changeBot({ appId: TEST_BOT.appId, status: 'online' })
    clock.leap(31 * 60_000)
    await house.reach('the next probe', () => house.status().generation === probe + 1)
  }
  await house.connected()
})

test('C25 1000, 1001, 1006, 1011, an unknown code, no code at all: resumed at once, no event lost', async t => {
  const house = await linkHouse(t)
  const ways = [1000, 1001, 1006, 1011, 1012, 4999, 3000, undefined]
  for (const [i, code] of ways.entries()) {
    await proven(house)
    const links = openedAtMs(house.box).length
    if (code === 1006) house.box.fault('cut')
    else house.box.fault({ kind: 'gateway', on: 'now', do: 'close', ...(code === undefined ? {} : { code }) })
    house.box.say({ person: 'Alice', text: `during ${code}` })
    await house.reach('another link', () => openedAtMs(house.box).length > links)
    await house.reach('replayed', () => house.kept.some(({ text }) => text === `during ${code}`))
    assert.equal(house.box.counters().resumes, i + 1, String(code))
    assert.equal(house.box.counters().identifies, 1, String(code))
  }
})

test('92 unknown close codes, events, opcodes: counted and shown by name, one warning for each', async t => {
  const house = await linkHouse(t)
  for (let i = 0; i < 3; i += 1) {
    await house.connected()
    house.box.push({ type: 'SOMETHING_NEW', d: { i } })
    house.box.fault({ kind: 'gateway', on: 'now', do: 'raw', frame: { text: '{"op":77,"d":null}' } })
    await house.reach('counted', () => house.status().unknown_events['event:SOMETHING_NEW'] === i + 1)
    await house.reach('counted', () => house.status().unknown_events['frame:op_77'] === i + 1)
    await closedWith(house, 4998)
  }
  assert.deepEqual(house.status().unknown_events, {
    'event:SOMETHING_NEW': 3,
    'frame:op_77': 3,
    'close_code:4998': 3,
  })
  for (const name of ['event:SOMETHING_NEW', 'frame:op_77', 'close_code:4998'])
    assert.equal(house.lines.filter(line => line.includes(`"unknown":"${name}"`)).length, 1, name)
})

test('no close code is without a row here: each of the table was dealt this account, and none left it without a next step', async t => {
  const clock = createLeapClock()
  const house = await linkHouse(t, { clock, limits: { slowDownMs: 50 } })
  for (const code of KNOWN_CLOSE_CODES) {
    await house.connected()
    house.box.fault(
      code === 1006 ? 'cut' : { kind: 'gateway', on: 'now', do: 'close', ...(code === 1005 ? {} : { code }) },
    )
    const { generation } = house.status()
    const links = openedAtMs(house.box).length
    await house.reach(
      `a next step after ${code}`,
      () => openedAtMs(house.box).length > links || house.status().state === 'fatal',
    )
    // A parked account waits half an hour; the allowance of new sessions comes back in ten minutes.
    clock.leap(31 * 60_000)
    await house.reach('up', () => house.status().state === 'connected')
    assert.ok(house.status().generation - generation <= 1)
  }
})
