/** All that can go wrong in a world: what it is called, how often it comes, and what it does. */
import { KNOWN_CLOSE_CODES } from '../../../src/platforms/qqbot/link/close-codes.ts'
import type { FaultSpec } from '../../../src/sandbox/model/faults/fault-specs.ts'
import { listPresets } from '../../../src/sandbox/model/faults/presets.ts'
import type { Platform } from '../../../src/sandbox/model/platform.ts'
import type { Dice } from '../dice.ts'
import { ACCOUNT } from '../machine/boot.ts'
import type { Disk } from '../machine/disk.ts'
import type { Machine } from '../machine/machine.ts'
import type { Network } from '../network/network.ts'

export interface Stage {
  readonly dice: Dice
  readonly platform: Platform
  readonly network: Network
  readonly disk: Disk
  readonly machine: Machine
  readonly people: readonly string[]
  readonly groups: readonly string[]
  /** Undoes it after a while, or when the world is mended, whichever comes first. */
  undoLater(afterMs: number, undo: () => void): void
  /** More of the same fault, unless the world is mended before. */
  again(afterMs: number, deed: () => void): void
  /** How long a condition lasts this time. */
  spanMs(): number
  jumpWall(byMs: number): void
}

export interface Mishap {
  readonly name: string
  /** How often it comes, compared with the others. */
  readonly weight: number
  strike(stage: Stage): void
}

/** They end a life for good, until somebody acts or half an hour has passed. */
const FINAL = new Set(['token_100016', 'token_100007', 'token_10004', 'close_4914', 'close_4915'])
/** A frame that is just too large for the gateway; ten megabytes would only cost time here. */
const HUGE_BYTES = 4_300_000
const MOMENTS = ['now', 'open', 'hello', 'identify', 'resume', 'ready', 'resumed', 'heartbeat'] as const
const STATUSES = [400, 401, 403, 404, 429, 500, 502, 503, 504] as const
const FRAME_REFUSALS = [50001, 50002, 50002, 40006, 40034024, 304057, 987654321]
const REFUSALS = [40034128, 40034005, 22009, 40034102, 304003, 304025, 40034006, 1100100, 50002, 11244, 987654321]

function fromPreset(name: string, spec: FaultSpec): Mishap {
  const deed =
    (spec.kind === 'gateway' && spec.on === 'now') || spec.kind === 'forget_sessions' || spec.kind === 'revoke_token'
  const huge = spec.kind === 'gateway' && spec.frame === 'huge'
  const host = spec.kind === 'host'
  return {
    name,
    weight: FINAL.has(name) ? 0.1 : huge ? 0.1 : host || spec.kind === 'events' ? 0.5 : 1,
    strike({ platform, dice, spanMs }) {
      const limits = deed
        ? {}
        : dice.chance(0.5) && !host
          ? { times: dice.whole(1, 3), forMs: 600_000 }
          : { forMs: spanMs() }
      platform.fault({ ...spec, ...(huge ? { sizeBytes: HUGE_BYTES } : {}), ...limits } as FaultSpec, name)
    },
  }
}

const PLATFORM: readonly Mishap[] = [
  {
    name: 'close_any',
    weight: 8,
    strike({ platform, dice }) {
      const final = dice.chance(0.03)
      const codes = KNOWN_CLOSE_CODES.filter(code => code !== 1005 && code !== 1006)
      const isFinal = (code: number): boolean => [4001, 4002, 4010, 4011, 4012, 4013, 4014, 4914, 4915].includes(code)
      const code = dice.chance(0.1) ? dice.whole(4020, 4899) : dice.pick(codes.filter(each => isFinal(each) === final))
      platform.fault({ kind: 'gateway', on: dice.pick(MOMENTS), do: 'close', code, times: 1, forMs: 600_000 })
    },
  },
  {
    name: 'op7_any',
    weight: 4,
    strike: ({ platform, dice }) =>
      platform.fault({ kind: 'gateway', on: dice.pick(MOMENTS), do: 'op7', times: 1, forMs: 600_000 }),
  },
  {
    name: 'op9_any',
    weight: 3,
    strike: ({ platform, dice }) =>
      platform.fault({
        kind: 'gateway',
        on: dice.pick(MOMENTS),
        do: 'op9',
        resumable: dice.chance(0.5),
        times: 1,
        forMs: 600_000,
      }),
  },
  {
    name: 'cut_any',
    weight: 4,
    strike: ({ platform, dice }) =>
      platform.fault({
        kind: 'gateway',
        on: dice.pick(MOMENTS),
        do: dice.chance(0.5) ? 'destroy' : 'freeze',
        times: 1,
        forMs: 600_000,
      }),
  },
  {
    name: 'http_status',
    weight: 6,
    strike({ platform, dice, spanMs }) {
      const route = dice.pick(['token', 'gateway', 'send', 'rest', 'websocket', 'any'] as const)
      const status = dice.pick(STATUSES)
      const headers = dice.chance(0.2) ? { headers: { 'retry-after': String(dice.whole(1, 90)) } } : {}
      // A send that the platform kept although it answered with an error of its own.
      const processed = route === 'send' && status >= 500 && dice.chance(0.4)
      platform.fault({
        kind: 'http',
        route,
        answer: { status, ...headers },
        processed,
        times: dice.whole(1, 4),
        forMs: spanMs(),
      })
    },
  },
  {
    name: 'http_slow',
    weight: 3,
    strike: ({ platform, dice, spanMs }) =>
      platform.fault({
        kind: 'http',
        route: dice.pick(['token', 'gateway', 'send', 'any'] as const),
        delayMs: dice.between(500, 40_000),
        forMs: spanMs(),
      }),
  },
  {
    name: 'stream_http',
    weight: 3,
    strike({ platform, dice, spanMs }) {
      const status = dice.pick(STATUSES)
      const answer = dice.pick([{ status }, { status }, 'reset', 'silence'] as const)
      // Kept, although the answer says otherwise or never comes.
      const kept = answer === 'reset' || answer === 'silence' || status >= 500
      const processed = kept && dice.chance(0.5)
      platform.fault({ kind: 'http', route: 'stream', answer, processed, times: dice.whole(1, 3), forMs: spanMs() })
    },
  },
  {
    name: 'stream_slow',
    weight: 1,
    strike: ({ platform, dice, spanMs }) =>
      platform.fault({ kind: 'http', route: 'stream', delayMs: dice.between(300, 20_000), forMs: spanMs() }),
  },
  {
    name: 'stream_refused',
    weight: 2,
    strike({ platform, dice }) {
      const when = dice.chance(0.3) ? 'stream' : 'stream_frame'
      const code = dice.pick(when === 'stream' ? [11253, 50002, ...REFUSALS] : FRAME_REFUSALS)
      platform.fault({ kind: 'send', when, code, times: dice.whole(1, 3), forMs: 600_000 })
    },
  },
  {
    name: 'send_refused',
    weight: 5,
    strike: ({ platform, dice }) =>
      platform.fault({ kind: 'send', when: 'any', code: dice.pick(REFUSALS), times: dice.whole(1, 3), forMs: 600_000 }),
  },
  {
    name: 'audit',
    weight: 1,
    strike: ({ platform, dice }) =>
      platform.fault({
        kind: 'audit',
        verdict: dice.pick(['pass', 'reject', 'none'] as const),
        verdictAfterMs: dice.between(0, 60_000),
        times: 1,
        forMs: 600_000,
      }),
  },
  {
    name: 'banned',
    weight: 0.15,
    strike({ platform, undoLater, spanMs }) {
      const bot = platform.bot()
      bot.status = 'banned'
      undoLater(spanMs() * 3, () => {
        bot.status = 'online'
      })
    },
  },
  {
    name: 'friendship',
    weight: 1,
    strike({ platform, dice, people, undoLater }) {
      const bot = platform.bot()
      const name = dice.pick(people)
      const change = dice.pick([{ friend: false }, { blocked: true }, { proactive: false }] as const)
      platform.setPerson(bot, name, change)
      const back = { friend: true, blocked: false, proactive: true }
      undoLater(dice.between(10_000, 600_000), () => platform.setPerson(bot, name, back))
    },
  },
  {
    name: 'membership',
    weight: 1,
    strike({ platform, dice, groups, undoLater }) {
      if (groups.length === 0) return
      const bot = platform.bot()
      const name = dice.pick(groups)
      const change = dice.pick([{ botIn: false }, { muted: true }, { proactive: true }, { fullMode: true }] as const)
      platform.setGroup(bot, name, change)
      const back = { botIn: true, muted: false, proactive: dice.chance(0.5), fullMode: false }
      undoLater(dice.between(10_000, 600_000), () => platform.setGroup(bot, name, back))
    },
  },
]

const NETWORK: readonly Mishap[] = (['refused', 'no_dns', 'lost'] as const)
  .map(
    (weather): Mishap => ({
      name: `net_${weather}`,
      weight: weather === 'lost' ? 3 : 2,
      strike({ network, undoLater, spanMs }) {
        network.sky.set(weather)
        undoLater(spanMs(), () => network.sky.set('clear'))
      },
    }),
  )
  .concat([
    {
      name: 'net_slow',
      weight: 3,
      strike({ network, dice, undoLater, spanMs }) {
        network.sky.delayMs = dice.between(200, 9_000)
        undoLater(spanMs(), () => {
          network.sky.delayMs = 0
        })
      },
    },
    { name: 'net_cut', weight: 3, strike: ({ network }) => network.cutAll() },
    { name: 'net_half_open', weight: 2, strike: ({ network }) => network.halfOpenAll() },
    {
      name: 'net_lost_goodbye',
      weight: 2,
      strike({ network, dice }) {
        network.sky.lostGoodbyes += dice.whole(1, 2)
      },
    },
    {
      name: 'net_cut_request',
      weight: 3,
      strike({ network, dice }) {
        network.sky.cuts.before += dice.whole(1, 2)
      },
    },
    {
      name: 'net_cut_answer',
      weight: 5,
      strike({ network, dice }) {
        network.sky.cuts.after += dice.whole(1, 2)
      },
    },
  ])

const DISK: readonly Mishap[] = [
  {
    name: 'disk_slow',
    weight: 3,
    strike({ disk, dice, undoLater, spanMs }) {
      disk.slowMs = dice.chance(0.3) ? dice.between(3_000, 20_000) : dice.between(20, 2_000)
      undoLater(spanMs(), () => {
        disk.slowMs = 0
      })
    },
  },
  {
    name: 'disk_full',
    weight: 2,
    strike({ disk, dice, undoLater, spanMs }) {
      disk.refusal = dice.chance(0.7) ? 'full' : 'unreadable'
      undoLater(spanMs(), () => {
        disk.refusal = 'none'
      })
    },
  },
  {
    name: 'disk_failing',
    weight: 3,
    strike({ disk, dice }) {
      disk.refuseNext += dice.whole(1, 3)
    },
  },
]

const PROCESS: readonly Mishap[] = [
  { name: 'kill', weight: 1, strike: ({ machine }) => machine.kill() },
  { name: 'kill_between_awaits', weight: 5, strike: ({ machine, dice }) => machine.kill(dice.whole(1, 40)) },
  {
    name: 'kill_in_mid_stream',
    weight: 2,
    strike({ machine, platform, dice, undoLater, spanMs }) {
      const frames = dice.whole(1, 6)
      let seen = 0
      const undo = platform.world.record.listen(
        entry => {
          if (entry.kind !== 'request' || entry.route !== 'stream' || ++seen < frames) return
          undo()
          machine.kill(dice.whole(1, 12))
        },
        ['request'],
      )
      undoLater(spanMs() * 10, undo)
    },
  },
  {
    name: 'crash_loop',
    weight: 0.3,
    strike({ machine, platform, dice, again }) {
      for (let atMs = 0; atMs < dice.between(120_000, 480_000); atMs += dice.between(6_000, 14_000)) {
        again(atMs, () => {
          machine.kill()
          platform.fault({ kind: 'forget_sessions' })
        })
      }
    },
  },
  { name: 'sigterm', weight: 2, strike: ({ machine }) => machine.restart() },
  { name: 'suspended', weight: 2, strike: ({ machine, dice }) => machine.suspend(dice.gap(15_000), false) },
  { name: 'asleep', weight: 1, strike: ({ machine, dice }) => machine.suspend(dice.gap(120_000), true) },
  {
    name: 'wall_jump',
    weight: 2,
    strike({ dice, jumpWall }) {
      const size = dice.chance(0.8) ? dice.between(1_000, 120_000) : dice.between(120_000, 3 * 3_600_000)
      jumpWall(dice.chance(0.5) ? size : -size)
    },
  },
  {
    name: 'person_restarts',
    weight: 1,
    strike: ({ machine }) => void machine.running?.gateway.lives.restart(ACCOUNT),
  },
  {
    name: 'person_pauses',
    weight: 0.5,
    strike({ machine, undoLater, spanMs }) {
      machine.running?.gateway.lives.pause(ACCOUNT)
      undoLater(spanMs(), () => machine.running?.gateway.lives.resume(ACCOUNT))
    },
  },
]

export const MENU: readonly Mishap[] = [
  ...listPresets().map(({ name, spec }) => fromPreset(name, spec)),
  ...PLATFORM,
  ...NETWORK,
  ...DISK,
  ...PROCESS,
]
