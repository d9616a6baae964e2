/** What counts as wrong, and what is said of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionsIn, type ScarceChat } from '../../src/alerts/conditions.ts'
import { DAMPER_RULES, damp, type Memory } from '../../src/alerts/damper.ts'
import { alertText } from '../../src/alerts/texts.ts'
import { sampleAccount, sampleDocument } from '../gateway/programs.ts'

const LIMITS = { deadList: 20, freeMiB: 200 }
const WELL = { dead: 0, freeMiB: 1000, scarce: [] as readonly ScarceChat[] }
const banned = sampleAccount({
  state: 'fatal',
  error_code: 'qq_bot_banned',
  error_message: 'closed with 4915',
  hint: 'see the notices on q.qq.com',
  retryable: false,
})

test('an account that is down is told with its cause and cure, in the language of whoever reads it', () => {
  const status = sampleDocument({ platforms: { qqbot: banned } })
  assert.deepEqual(conditionsIn({ status, ...WELL }, LIMITS)[0]?.detail, {
    en: 'qq_bot_banned: closed with 4915; see the notices on q.qq.com',
    zh: 'qq_bot_banned：机器人已被封禁（closed with 4915）；查看 q.qq.com 上的通知；Herald 会继续缓慢重试',
  })
})

test('an account is down since it went down, not since somebody looked', () => {
  const since = '2026-01-01T00:00:00.000Z'
  const status = sampleDocument({ platforms: { qqbot: { ...banned, since } } })
  const { alerts } = damp({}, conditionsIn({ status, ...WELL }, LIMITS), Date.parse(since) + 3_600_000, DAMPER_RULES)
  assert.deepEqual(
    alerts.map(({ sinceMs }) => new Date(sinceMs).toISOString()),
    [since],
  )
})

test('each of what may be wrong is found by itself, and nothing where all is well', () => {
  const keys = (over: Parameters<typeof sampleDocument>[0], facts: Partial<typeof WELL> = {}): readonly string[] =>
    conditionsIn({ status: sampleDocument(over), ...WELL, ...facts }, LIMITS)
      .filter(({ verdict }) => verdict === 'wrong')
      .map(({ key, urgent }) => `${key}${urgent === true ? ' at once' : ''}`)
  const agent = { kind: 'openai', last_ok_at: null, error: null }
  assert.deepEqual(keys({}), [])
  for (const state of ['retrying', 'fatal', 'disconnected'] as const)
    assert.deepEqual(keys({ platforms: { qqbot: sampleAccount({ state }) } }), ['account:qqbot'], state)
  for (const state of ['connected', 'unverified', 'paused', 'disabled'] as const)
    assert.deepEqual(keys({ platforms: { qqbot: sampleAccount({ state }) } }), [], state)
  assert.deepEqual(keys({ platforms: { qqbot: banned } }), ['account:qqbot at once'])
  for (const what of ['token', 'sessions', 'intents'])
    assert.deepEqual(keys({ platforms: { qqbot: sampleAccount({ limits: { [what]: 'some words' } }) } }), [
      `limit:qqbot:${what}`,
    ])
  assert.deepEqual(keys({ agents: { default: { ...agent, state: 'failing' } } }), ['agent:default'])
  assert.deepEqual(keys({ agents: { default: { ...agent, state: 'unknown' } } }), [])
  assert.deepEqual(keys({}, { freeMiB: 199 }), ['disk at once'])
  assert.deepEqual(keys({}, { dead: 20 }), ['dead_list'])
  assert.deepEqual(keys({}, { dead: 19, freeMiB: 200 }), [])
  const scarce = [{ chat: 'qqbot:group:g', left: 3, perDay: 1000 }]
  assert.deepEqual(keys({}, { scarce }), ['quota:qqbot:group:g'])
  assert.deepEqual(keys({ state_file: 'not written' }), ['state_file'])
})

test('an account that begins is neither down nor up: what was told of it stands, and one that never comes to its end is down', () => {
  const since = '2026-01-01T00:00:00.000Z'
  const beginning = sampleAccount({ state: 'connecting', since })
  const after = (seconds: number) => {
    const updated_at = new Date(Date.parse(since) + seconds * 1000).toISOString()
    const status = sampleDocument({ platforms: { qqbot: beginning }, updated_at })
    return { conditions: conditionsIn({ status, ...WELL }, LIMITS), nowMs: Date.parse(updated_at) }
  }
  const alertsAfter = (seconds: number, before: Memory) => {
    const { conditions, nowMs } = after(seconds)
    return damp(before, conditions, nowMs, { ...DAMPER_RULES, dwellMs: 0 }).alerts.map(({ kind }) => kind)
  }
  const down = conditionsIn({ status: sampleDocument({ platforms: { qqbot: banned } }), ...WELL }, LIMITS)
  const told = damp({}, down, Date.parse(since), DAMPER_RULES).memory
  assert.deepEqual(
    after(90).conditions.map(({ verdict }) => verdict),
    ['beginning'],
  )
  assert.deepEqual([alertsAfter(1, {}), alertsAfter(1, told), alertsAfter(90, {})], [[], [], []])
  assert.deepEqual([alertsAfter(91, {}), alertsAfter(91, told)], [['raised'], []])
})

test('an account that no call has proven yet is well: what was told of it is over; of one that is paused the last word stands', () => {
  const verdicts = (state: 'unverified' | 'paused'): readonly string[] =>
    conditionsIn({ status: sampleDocument({ platforms: { qqbot: sampleAccount({ state }) } }), ...WELL }, LIMITS).map(
      ({ verdict }) => verdict,
    )
  assert.deepEqual([verdicts('unverified'), verdicts('paused')], [[], ['unknown']])
})

test('an agent that is there again is well; of one that is merely unknown the last word stands', () => {
  const agent = { kind: 'openai', state: 'unknown', last_ok_at: null, error: null } as const
  const verdicts = (over: object): readonly string[] =>
    conditionsIn({ status: sampleDocument({ agents: { default: { ...agent, ...over } } }), ...WELL }, LIMITS).map(
      ({ verdict }) => verdict,
    )
  assert.deepEqual(verdicts({}), ['unknown'])
  assert.deepEqual(verdicts({ reachable_at: '2026-01-01T00:00:00.000Z' }), [])
})

test('a schedule whose last run was lost is wrong until one is known to be well', () => {
  const schedule = { chat: 'qqbot:c2c:A', kind: 'text', next_at: null, runs: {} } as const
  const conditions = (last_verdict: 'well' | 'open' | 'failed' | null, last_outcome: string | null) => {
    const news = { ...schedule, last_at: last_outcome && '2026-01-01T00:00:00.000Z', last_verdict, last_outcome }
    return conditionsIn({ status: sampleDocument({ schedules: { news } }), ...WELL }, LIMITS).map(
      ({ verdict, key, detail }) => `${verdict} ${key} ${detail.en}`,
    )
  }
  assert.deepEqual(conditions(null, null), [])
  assert.deepEqual(conditions('well', 'accepted'), [])
  assert.deepEqual(conditions('open', 'pending'), ['unknown schedule:news pending, 2026-01-01T00:00:00.000Z'])
  assert.deepEqual(conditions('failed', 'refused'), ['wrong schedule:news refused, 2026-01-01T00:00:00.000Z'])
})

test('it is told once however often it fails, and once when it is well; what is under way says nothing', () => {
  const schedule = { chat: 'qqbot:c2c:A', kind: 'text', next_at: null, runs: {} } as const
  const told: string[] = []
  let memory: Memory = {}
  const run = (nowMs: number, last_verdict: 'well' | 'open' | 'failed', last_outcome: string): void => {
    const news = { ...schedule, last_at: new Date(nowMs).toISOString(), last_verdict, last_outcome }
    const conditions = conditionsIn({ status: sampleDocument({ schedules: { news } }), ...WELL }, LIMITS)
    const { memory: next, alerts } = damp(memory, conditions, nowMs, DAMPER_RULES)
    memory = next
    told.push(...alerts.map(alert => alertText(alert, 'en')))
  }
  const minute = (n: number) => Date.UTC(2026, 0, 1, 0, n)
  for (let at = 0; at < 10; at += 2) {
    run(minute(at), 'failed', 'refused')
    run(minute(at + 1), 'open', 'pending')
  }
  run(minute(10), 'well', 'accepted')
  assert.deepEqual(told, [
    'the last run of the schedule news did not arrive (since 2026-01-01T00:00:00.000Z)\nrefused, 2026-01-01T00:02:00.000Z',
    'the schedule news ran well again (after 10 min)\nrefused, 2026-01-01T00:08:00.000Z',
  ])
})
