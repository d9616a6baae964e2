/** C: closes and loops. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { FaultName, FaultSpec } from '../../../src/sandbox/sandbox.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { quick, type Row, slow } from '../row.ts'
import { back, blow, ledgerOf, noticed, throughout, tokenCallsOf, within } from '../steps.ts'
import { cpuMs } from './liveness.ts'

interface Wanted {
  /** What the loss is called in the log and the journal. */
  readonly code: string
  /** The platform forgets the session: what is said in the gap never reaches anybody, so nothing is said then. */
  readonly sessionLost?: boolean
  readonly resumes?: number
  readonly identifies: number
  readonly tokenCalls?: number
}

/** A close that heals: who was heard before, meanwhile and after it is answered once. */
function heals(id: string, title: string, faults: readonly (FaultName | FaultSpec)[], wanted: Wanted): Row {
  return quick(id, title, async world => {
    const { box, start } = await world.scene()
    const herald = start()
    await herald.connected()
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice' })
    await ledger.even()
    const struck = await blow(async () => {
      for (const fault of faults) await box.fault(fault)
      if (wanted.sessionLost !== true) await ledger.say({ person: 'Alice' })
    })
    const noticedMs = await noticed(herald, struck)
    assert.equal(herald.changes().find(change => change.from === 'connected')?.code, wanted.code)
    const backMs = await back(herald, struck)
    await ledger.say({ person: 'Alice' })
    const even = await ledger.even()
    const { identifies, resumes, tokenCalls, maxLinks } = await box.counters()
    assert.equal(identifies, wanted.identifies, 'identifies')
    if (wanted.resumes !== undefined) assert.equal(resumes, wanted.resumes, 'resumes')
    if (wanted.tokenCalls !== undefined) assert.equal(tokenCalls, wanted.tokenCalls, 'token calls')
    assert.equal(maxLinks, 1, 'never two live links')
    return { noticedMs, backMs, ...even, identifies, note: `${resumes} resumes` }
  })
}

const closeNow = (code: number, more: object = {}): FaultSpec => ({
  kind: 'gateway',
  on: 'now',
  do: 'close',
  code,
  ...more,
})

const routine = slow('C18', '4009 on a link of more than a minute: one immediate try', async world => {
  const { box, start } = await world.scene({ bot: { reconnect: { backoff_s: [30], max_attempts: 100 } } })
  const herald = start()
  await herald.connected()
  const ledger = ledgerOf(box)
  await delay(62_000)
  await ledger.say({ person: 'Alice' })
  const struck = await blow(() => box.fault('close_4009'))
  await ledger.say({ person: 'Alice' })
  const backMs = within('back', await back(herald, struck), 1_000)
  assert.equal(herald.changes().find(change => change.from === 'connected')?.code, 'qq_connection_expired')
  const { identifies, resumes } = await box.counters()
  assert.deepEqual([identifies, resumes], [1, 1])
  return { noticedMs: await noticed(herald, struck), backMs, ...(await ledger.even()), identifies }
})

/** A close that no reconnect can cure: parked, visible with its code; back when it is over and somebody asks. */
function parks(id: string, code: number, word: string): Row {
  return quick(id, `close ${code}: parked, and back when it is over`, async world => {
    const { box, start, command } = await world.scene()
    const herald = start()
    await herald.connected()
    const ban = code === 4915 ? 'banned' : code === 4914 ? 'delisted' : undefined
    const struck = await blow(async () => {
      if (ban === undefined) await box.fault(closeNow(code))
      else await box.changeBot({ appId: box.bot.appId, status: ban })
      if (ban !== undefined) await box.fault(closeNow(code))
    })
    const noticedMs = await noticed(herald, struck)
    const told = await herald.until('fatal', ({ state }) => state === 'fatal')
    assert.deepEqual([told.error_code, told.retryable], [word, false])
    assert.match(String(told.error_message), new RegExp(String(code)))
    assert.ok(told.hint !== null && told.next_retry_at !== null)
    const { identifies } = await box.counters()
    await throughout('it is left alone', 2_500, async () => (await box.counters()).identifies === identifies)
    if (ban !== undefined) await box.changeBot({ appId: box.bot.appId, status: 'online' })
    const asked = await blow(() => command('resume', 'qqbot'))
    const backMs = await back(herald, asked)
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice' })
    return { noticedMs, backMs, ...(await ledger.even()), identifies: (await box.counters()).identifies }
  })
}

const tokenRejected = slow('C20', '4004 at every IDENTIFY: the pauses grow, and the status says so', async world => {
  const { box, start } = await world.scene({ bot: { reconnect: { backoff_s: [0.5, 1, 2, 4, 8], max_attempts: 100 } } })
  await box.fault({ kind: 'gateway', on: 'identify', do: 'close', code: 4004 })
  const herald = start()
  const told = await herald.until('rejected', ({ state, attempt }) => state === 'retrying' && attempt >= 3, 40_000)
  assert.equal(told.error_code, 'qq_token_rejected')
  await delay(10_000)
  const { identifies } = await box.counters()
  const tokenCalls = await tokenCallsOf(box)
  assert.ok(identifies <= 8, `${identifies} identifies`)
  assert.ok(tokenCalls >= 2, 'a new token is fetched')
  const mended = await blow(() => box.mend())
  const backMs = within('back', await back(herald, mended, 30_000), 13_000)
  return { backMs, identifies, note: `${tokenCalls} token calls` }
})

const tooFast = slow('C21', '4008: a minute passes before the next connect', async world => {
  const { box, start } = await world.scene()
  const herald = start()
  await herald.connected()
  const struck = await blow(() => box.fault('close_4008'))
  const noticedMs = await noticed(herald, struck)
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  const backMs = await back(herald, struck, 90_000)
  assert.ok(backMs >= 60_000, `${backMs} ms`)
  return { noticedMs, backMs, ...(await ledger.even()), identifies: (await box.counters()).identifies }
})

const flapping = slow('C26', 'every link is cut right after READY: the delay grows, few identifies', async world => {
  const { box, start } = await world.scene({ bot: { reconnect: { backoff_s: [2, 5, 10, 30, 60], max_attempts: 100 } } })
  await box.fault('close_after_ready')
  await box.fault('close_after_resumed')
  const herald = start()
  await delay(100_000)
  const { identifies, resumes } = await box.counters()
  assert.ok(identifies <= 8, `${identifies} identifies in 100 s`)
  const mended = await blow(() => box.mend())
  const backMs = within('back within one cap', await back(herald, mended, 90_000), 75_000)
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  return { backMs, ...(await ledger.even()), identifies, note: `${resumes} resumes in 100 s` }
})

const budget = slow(
  'C26',
  'the same without any pause: the budget of 20 identifies in 10 minutes holds',
  async world => {
    const { box, start } = await world.scene({ bot: { reconnect: { backoff_s: [0.2], max_attempts: 0 } } })
    await box.fault('close_after_ready')
    await box.fault('forget_sessions')
    await box.fault('close_on_resume')
    const herald = start()
    const told = await herald.until(
      'waits for the budget',
      ({ error_code }) => error_code === 'qq_identify_budget',
      60_000,
    )
    assert.equal(told.state, 'retrying')
    const waitMs = Date.parse(String(told.next_retry_at)) - Date.now()
    assert.ok(waitMs > 60_000, 'it says when the next one is allowed')
    herald.kill('SIGKILL')
    await herald.ended
    const again = start()
    await again.until(
      'waits for the budget, also after kill -9',
      each => each.error_code === 'qq_identify_budget',
      60_000,
    )
    const { identifies } = await box.counters()
    assert.ok(identifies <= 20, `${identifies} identifies`)
    return { identifies, note: 'kept on disk over kill -9' }
  },
)

const brokenResume = quick('C27', 'every RESUME is cut: an IDENTIFY after two', async world => {
  const { box, start } = await world.scene()
  const herald = start()
  await herald.connected()
  await box.fault('close_on_resume')
  const struck = await blow(() => box.fault('cut'))
  const backMs = await back(herald, struck)
  const { identifies, resumes } = await box.counters()
  assert.deepEqual([identifies, resumes], [2, 2])
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  return { noticedMs: await noticed(herald, struck), backMs, ...(await ledger.even()), identifies }
})

const brokenResumed = quick('C27', 'cut right after RESUMED, again and again: an IDENTIFY after two', async world => {
  const { box, start } = await world.scene()
  const herald = start()
  await herald.connected()
  await box.fault('close_after_resumed')
  const struck = await blow(() => box.fault('cut'))
  await eventually('an IDENTIFY', 20_000, async () => (await box.counters()).identifies === 2)
  await herald.connected()
  const { identifies, resumes } = await box.counters()
  assert.equal(resumes, 2)
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  const last = herald.changes().findLast(change => change.to === 'connected')
  return { backMs: (last?.atMs ?? 0) - struck.atMs, ...(await ledger.even()), identifies }
})

const FRAMES: readonly FaultName[] = ['broken_json', 'array_frame', 'binary_frame', 'half_frame', 'huge_frame']

function badFrame(fault: FaultName): Row {
  // One too large to be read costs the link, and after two resumes in a row comes an IDENTIFY.
  const times = fault === 'huge_frame' ? 2 : 5
  return quick('C30', `${fault.replace('_', ' ')}, ${times} of them`, async world => {
    const { box, start } = await world.scene({}, { heartbeatIntervalMs: 1_000 })
    const herald = start()
    await herald.connected()
    const ledger = ledgerOf(box)
    const before = cpuMs(herald.pid)
    const began = performance.now()
    for (let at = 0; at < times; at++) {
      await eventually('a live link', 10_000, async () => (await box.counters()).liveLinks === 1)
      await box.fault(fault)
      await ledger.say({ person: 'Alice' })
      await delay(500)
    }
    const even = await ledger.even()
    await herald.connected()
    await delay(1_500)
    const share = (cpuMs(herald.pid) - before) / (performance.now() - began)
    assert.ok(share < 0.25, `${Math.round(share * 100)} % of a CPU`)
    const warnings = herald
      .stderr()
      .split('\n')
      .filter(line => line.includes('does not know'))
    assert.ok(warnings.length <= 1, `${warnings.length} warnings of one kind`)
    const { identifies, resumes } = await box.counters()
    return { ...even, identifies, note: `${resumes} resumes, ${Math.round(share * 100)} % of a CPU` }
  })
}

/** `reset_seq` in the middle of a session leaves nothing that a RESUME could name, so nothing is said in the gap then. */
function oddSequence(fault: FaultName): Row {
  return quick('C31', fault.replaceAll('_', ' '), async world => {
    const { box, start } = await world.scene()
    const herald = start()
    await herald.connected()
    const ledger = ledgerOf(box)
    await ledger.sayMany(3, { person: 'Alice' })
    await box.fault(fault)
    await ledger.sayMany(3, { person: 'Bob' })
    await ledger.even()
    const struck = await blow(() => box.fault('cut'))
    if (fault !== 'reset_seq') await ledger.say({ person: 'Alice' })
    const backMs = await back(herald, struck)
    await ledger.say({ person: 'Alice' })
    const even = await ledger.even()
    return { backMs, ...even, identifies: (await box.counters()).identifies }
  })
}

const longOutage = quick(
  'C32',
  'an outage longer than several lives: never "connected", back within one cap',
  async world => {
    const { box, start } = await world.scene({
      gateway: { revive_s: [1, 2] },
      bot: { reconnect: { backoff_s: [0.2, 0.4], max_attempts: 4 } },
    })
    const herald = start()
    await herald.connected()
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice' })
    await ledger.even()
    const struck = await blow(() => box.fault('host_down'))
    const noticedMs = await noticed(herald, struck)
    await herald.until('not connected', ({ state }) => state !== 'connected')
    await ledger.say({ person: 'Alice' })
    const lives = herald.account()?.generation ?? 0
    await throughout('the state tells no lie', 14_000, () => herald.account()?.state !== 'connected')
    const died = (herald.account()?.generation ?? 0) - lives
    assert.ok(died >= 1, `${died} lives`)
    const mended = await blow(() => box.mend())
    const backMs = within('back within one cap', await back(herald, mended), 8_000)
    const { identifies } = await box.counters()
    return { noticedMs, backMs, ...(await ledger.even()), identifies, note: `${died} lives ended in 14 s` }
  },
)

const lateFrames = quick(
  'C36',
  'a frozen old link thaws after the reconnect: its late frames are ignored',
  async world => {
    const { box, start } = await world.scene({}, { heartbeatIntervalMs: 1_000, heartbeatTimeoutIntervals: 0 })
    const herald = start()
    await herald.connected()
    const ledger = ledgerOf(box)
    const struck = await blow(() => box.fault('freeze_links'))
    await ledger.sayMany(3, { person: 'Alice' })
    const noticedMs = await noticed(herald, struck)
    const backMs = await back(herald, struck)
    await box.mend()
    await ledger.say({ person: 'Alice' })
    return { noticedMs, backMs, ...(await ledger.even()), identifies: (await box.counters()).identifies }
  },
)

const opSevenOnIdentify = quick('C29', 'op 7 in place of READY: one more try, no error', async world => {
  const { box, start } = await world.scene()
  await box.fault('op7_on_identify')
  const began = await blow(async () => {})
  const herald = start()
  const backMs = await back(herald, began)
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  const { identifies } = await box.counters()
  return { backMs, ...(await ledger.even()), identifies }
})

export const closes: readonly Row[] = [
  heals('C18', '4009 on a young link', ['close_4009'], { code: 'qq_connection_expired', identifies: 1, resumes: 1 }),
  routine,
  heals('C19', '4006', ['close_4006'], { code: 'qq_session_lost', sessionLost: true, identifies: 2, resumes: 0 }),
  heals('C19', '4007', [closeNow(4007)], { code: 'qq_session_lost', sessionLost: true, identifies: 2, resumes: 0 }),
  heals('C19', '4900', [closeNow(4900)], { code: 'qq_platform_error', sessionLost: true, identifies: 2, resumes: 0 }),
  heals('C20', '4004: another token, one more try', ['close_4004'], {
    code: 'qq_token_rejected',
    sessionLost: true,
    identifies: 2,
    tokenCalls: 2,
  }),
  tokenRejected,
  tooFast,
  parks('C22', 4001, 'qq_opcode_refused'),
  parks('C22', 4010, 'qq_shard_refused'),
  parks('C23', 4014, 'qq_intents_refused'),
  parks('C24', 4914, 'qq_bot_offline'),
  parks('C24', 4915, 'qq_bot_banned'),
  heals('C25', 'close 1000', ['close_1000'], { code: 'qq_closed', identifies: 1, resumes: 1 }),
  heals('C25', 'close 1001', [closeNow(1001)], { code: 'qq_closed', identifies: 1, resumes: 1 }),
  heals('C25', 'an unknown close 4555', [closeNow(4555)], { code: 'qq_closed', identifies: 1, resumes: 1 }),
  heals('C25', 'a close frame without a code', ['close_no_code'], { code: 'qq_closed', identifies: 1, resumes: 1 }),
  heals('C25', 'cut without a close frame (1006)', ['cut'], { code: 'qq_connection_lost', identifies: 1, resumes: 1 }),
  flapping,
  budget,
  brokenResume,
  brokenResumed,
  heals('C28', 'RESUME is answered by op 9 false', ['op9_on_resume', 'cut'], {
    code: 'qq_connection_lost',
    sessionLost: true,
    identifies: 2,
    resumes: 1,
  }),
  heals('C28', 'op 9 true on a live link', ['op9_true'], { code: 'qq_session_lost', identifies: 1, resumes: 1 }),
  heals('C29', 'op 7', ['op7'], { code: 'qq_reconnect_asked', identifies: 1, resumes: 1 }),
  heals('C29', 'op 7 twice in a row', ['op7', 'op7'], { code: 'qq_reconnect_asked', identifies: 1 }),
  opSevenOnIdentify,
  ...FRAMES.map(badFrame),
  oddSequence('repeat_seq'),
  oddSequence('reset_seq'),
  oddSequence('skip_seq'),
  oddSequence('swap_events'),
  oddSequence('duplicate_events'),
  longOutage,
  lateFrames,
]
