/**
 * Every close code, every code of the token call and of `GET /gateway`, dealt to a living account by a platform over real
 * sockets: what the account does next, and what it says of it. The tables here are written by hand, not taken from the code.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KNOWN_CLOSE_CODES } from '../../../../src/platforms/qqbot/link/close-codes.ts'
import { startSandbox } from '../../../../src/sandbox/sandbox.ts'
import { type CleanUp, cleanUp } from '../../../support/clean-up.ts'
import { freePort } from '../../../support/reverse-proxy.ts'
import { TEST_BOT } from '../../../support/sandbox.ts'
import { type LinkHouse, linkHouse, openedAtMs, proven, requestsOf } from '../link/house.ts'
import { createLeapClock } from '../link/leap-clock.ts'

const TOKEN_PATH = '/app/getAppAccessToken'

type Row = readonly [codes: readonly number[], word: string]

const RESUMED: readonly Row[] = [
  [[1000, 1001, 1002, 1005, 1007, 1011, 1012, 1013, 1014], 'qq_closed'],
  [[1006], 'qq_connection_lost'],
  [[1009], 'qq_frame_too_big'],
  [[4008], 'qq_too_fast'],
  [[4009], 'qq_connection_expired'],
]
const UNKNOWN_CODES: Row = [[3000, 4015, 4500, 4899, 4916, 4999], 'qq_closed']
const IDENTIFIED: readonly Row[] = [
  [[4000, 4003, 4005, 4006, 4007], 'qq_session_lost'],
  [[4004], 'qq_token_rejected'],
  [Array.from({ length: 14 }, (_, at) => 4900 + at), 'qq_platform_error'],
]
const FATAL: readonly Row[] = [
  [[4001], 'qq_opcode_refused'],
  [[4002], 'qq_payload_refused'],
  [[4010], 'qq_shard_refused'],
  [[4011], 'qq_shards_too_few'],
  [[4012], 'qq_version_refused'],
  [[4013, 4014], 'qq_intents_refused'],
  [[4914], 'qq_bot_offline'],
  [[4915], 'qq_bot_banned'],
]

const each = (rows: readonly Row[]): readonly (readonly [number, string])[] =>
  rows.flatMap(([codes, word]) => codes.map(code => [code, word] as const))

/** Ends the link as a platform does that means this code. */
function close(house: LinkHouse, code: number): void {
  house.box.fault(
    code === 1006 ? 'cut' : { kind: 'gateway', on: 'now', do: 'close', ...(code === 1005 ? {} : { code }) },
  )
}

test('the tables here know every close code that Herald knows, and no other', () => {
  const here = each([...RESUMED, ...IDENTIFIED, ...FATAL]).map(([code]) => code)
  assert.deepEqual(here.toSorted(), [...KNOWN_CLOSE_CODES].sort())
})

test('close codes after which the session is resumed, known and unknown: the same session, and nothing is lost', async t => {
  const house = await linkHouse(t, { limits: { slowDownMs: 50 } })
  for (const [code, word] of each([...RESUMED, UNKNOWN_CODES])) {
    await proven(house)
    const { identifies, resumeds } = house.box.counters()
    const told = house.transitions.length
    close(house, code)
    house.box.say({ person: 'Alice', text: `during ${code}` })
    await house.reach(`resumed after ${code}`, () => house.box.counters().resumeds === resumeds + 1)
    await house.reach(`replayed after ${code}`, () => house.kept.some(({ text }) => text === `during ${code}`))
    assert.equal(house.box.counters().identifies, identifies, String(code))
    assert.ok(
      house.transitions.slice(told).some(change => change.code === word),
      `${code}: ${JSON.stringify(house.transitions.slice(told))}`,
    )
  }
})

test('close codes after which a new session is begun; a new token where that was refused', async t => {
  const clock = createLeapClock()
  const house = await linkHouse(t, { clock })
  for (const [code, word] of each(IDENTIFIED)) {
    await house.connected()
    const { identifies, resumes } = house.box.counters()
    const tokens = requestsOf(house.box, TOKEN_PATH).length
    const told = house.transitions.length
    close(house, code)
    await house.reach(`identified after ${code}`, () => house.box.counters().identifies === identifies + 1)
    await house.connected()
    assert.equal(house.box.counters().resumes, resumes, String(code))
    assert.equal(requestsOf(house.box, TOKEN_PATH).length - tokens, code === 4004 ? 1 : 0, String(code))
    assert.ok(
      house.transitions.slice(told).some(change => change.code === word),
      `${code}: ${JSON.stringify(house.transitions.slice(told))}`,
    )
    // The allowance of new sessions in ten minutes would run out; the token lasts longer than this.
    if (code === 4905) clock.leap(11 * 60_000)
  }
})

test('close codes after which nothing is dialled: fatal with a hint, and up again when a person says so', async t => {
  const clock = createLeapClock()
  const house = await linkHouse(t, { clock })
  for (const [code, word] of each(FATAL)) {
    await house.connected()
    const links = openedAtMs(house.box).length
    close(house, code)
    await house.reach(`fatal after ${code}`, () => house.status().state === 'fatal')
    const { error_code: said, retryable, hint } = house.status()
    assert.deepEqual([said, retryable, (hint ?? '') !== ''], [word, false, true], String(code))
    clock.leap(20 * 60_000)
    assert.equal(openedAtMs(house.box).length, links, `${code}: dialled`)
    house.runner.resume('qqbot')
  }
  await house.connected()
})

/** What an account is told while it asks for something, and what becomes of it. */
type Refusal = readonly [status: number, code: number, state: 'fatal' | 'retrying', word: string, hint: RegExp]

const TOKEN_CALL: readonly Refusal[] = [
  [200, 100016, 'fatal', 'qq_credentials_rejected', /q\.qq\.com/],
  [200, 100007, 'fatal', 'qq_credentials_rejected', /q\.qq\.com/],
  [200, 10004, 'fatal', 'qq_credentials_rejected', /q\.qq\.com/],
  [200, 100001, 'retrying', 'qq_token_busy', /^$/],
  [200, 100017, 'retrying', 'qq_token_busy', /^$/],
  [429, 0, 'retrying', 'qq_token_busy', /^$/],
  [401, 11298, 'retrying', 'qq_address_refused', /allowlist/],
  [200, 40023002, 'retrying', 'qq_address_refused', /allowlist/],
  [500, 500, 'retrying', 'qq_token_failed', /^$/],
  [200, 77777, 'retrying', 'qq_token_failed', /^$/],
]
/** Of any call that every account makes: `GET /gateway`, and by webhook `GET /users/@me`. `%` stands for its name. */
const EVERY_CALL: readonly Refusal[] = [
  [401, 11241, 'retrying', 'qq_token_rejected', /^$/],
  [401, 11242, 'retrying', 'qq_token_rejected', /^$/],
  [500, 11243, 'retrying', 'qq_token_rejected', /^$/],
  [500, 11244, 'retrying', 'qq_token_rejected', /^$/],
  [401, 0, 'retrying', 'qq_token_rejected', /^$/],
  [400, 11251, 'fatal', 'qq_credentials_rejected', /app id/],
  [400, 11261, 'fatal', 'qq_credentials_rejected', /app id/],
  [400, 11275, 'fatal', 'qq_credentials_rejected', /app id/],
  [400, 11254, 'fatal', 'qq_bot_banned', /notices/],
  [400, 11265, 'fatal', 'qq_bot_banned', /notices/],
  [401, 11298, 'retrying', 'qq_address_refused', /allowlist/],
  [401, 40023002, 'retrying', 'qq_address_refused', /allowlist/],
  [429, 0, 'retrying', 'qq_%_busy', /^$/],
  [200, 100001, 'retrying', 'qq_%_busy', /^$/],
  [200, 100017, 'retrying', 'qq_%_busy', /^$/],
  [200, 1100100, 'retrying', 'qq_%_busy', /^$/],
  [200, 20028, 'retrying', 'qq_%_busy', /^$/],
  [500, 500, 'retrying', 'qq_%_failed', /^$/],
]

/** A fresh account that is told this from the start; mended, it comes up by itself, or where it was fatal when it is told to. */
async function refused(t: CleanUp, route: 'token' | 'gateway' | 'me', refusal: Refusal, port?: number): Promise<void> {
  const [status, code, state, word, hint] = refusal
  const webhook = port === undefined ? null : { host: '127.0.0.1', port, path: '/qq' }
  const box = await startSandbox({ bots: [TEST_BOT] })
  cleanUp(t, () => box.stop())
  const body = code === 0 ? {} : { code, err_code: code, message: 'refused by the test' }
  const broken = box.fault({ kind: 'http', route, answer: { status, body } })
  const house = await linkHouse(t, { box, settings: { webhook }, limits: { slowDownMs: 300 } })
  const reason = route === 'token' ? word : word.replace('%', route === 'me' ? 'api' : route)
  await house.reach(`${state}: ${reason}`, () => house.status().state === state && house.status().error_code === reason)
  assert.match(house.status().hint ?? '', hint)
  assert.notEqual(house.status().next_retry_at, null, 'it is said when the next try is')
  assert.equal(box.counters().identifies, 0)
  broken.off()
  if (state === 'fatal') house.runner.resume('qqbot')
  await house.reach('up', () => house.status().state === (webhook === null ? 'connected' : 'unverified'))
}

const nameOf = ([status, code, state]: Refusal): string => `HTTP ${status}, code ${code}: ${state}`

describe('codes of the token call', () => {
  for (const refusal of TOKEN_CALL) test(nameOf(refusal), t => refused(t, 'token', refusal))
})
describe('codes of GET /gateway', () => {
  for (const refusal of EVERY_CALL) test(nameOf(refusal), t => refused(t, 'gateway', refusal))
})
describe('the same codes for an account that is called by webhook', () => {
  for (const refusal of EVERY_CALL) test(nameOf(refusal), async t => refused(t, 'me', refusal, await freePort()))
})
