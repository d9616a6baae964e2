/** What a seed stands for: the platform's habits, the people, the settings, and how much goes wrong. */
import type { OptionChanges } from '../../../src/sandbox/model/options.ts'
import { createDice } from '../dice.ts'
import type { Settings } from '../machine/boot.ts'
import type { Crowd } from '../people/users.ts'

export interface Plan {
  readonly seed: number
  readonly hours: number
  /** One seed in five is a bad one. */
  readonly bad: boolean
  readonly faultGapMs: number
  readonly meanSpanMs: number
  readonly episodes: number
  readonly crowd: Crowd
  readonly settings: Settings
  readonly options: OptionChanges
}

const HOUR_MS = 3_600_000
/** Faults in an hour: some that come as they do in life, or more than one every 18 s. */
const FAULTS = { calm: 6, bad: 240 } as const

export function planOf(seed: number, hours: number): Plan {
  const dice = createDice(seed)
  const bad = seed % 5 === 0
  // Not drawn, so that the other worlds stay as they are.
  const shards = seed % 7 === 3 ? 2 + (seed % 2) : 1
  const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${prefix}${at}`)
  return {
    seed,
    hours,
    bad,
    faultGapMs: HOUR_MS / (bad ? FAULTS.bad : FAULTS.calm),
    meanSpanMs: bad ? 6_000 : 40_000,
    episodes: Math.max(1, Math.round(hours / 4)),
    crowd: {
      people: names('person', dice.whole(1, 5)),
      groups: names('group', dice.whole(0, 3)),
      open: dice.chance(0.4),
      gapMs: (bad ? dice.between(0.7, 4) : dice.between(1, 6)) * 60_000,
      moods: [
        ['echo', 12],
        ['slow', 6],
        ['long', dice.chance(0.5) ? 1 : 0],
        ['story', 4],
        ['cut_story', 0.5],
        ['file', 1],
        ['asking', 0.7],
        ['silent', 1],
        ['failing', 1],
        ['broken', 0.5],
        ['endless', 0.1],
      ],
    },
    settings: {
      onAllDown: dice.pick(['auto', 'stay', 'exit'] as const),
      supervised: dice.chance(0.7),
      maxAttempts: dice.pick([3, 10, 100, 100, 0]),
      markdown: dice.chance(0.5),
      streaming: dice.chance(0.7),
      textLimit: dice.pick([300, 1000, 4000]),
      shards,
      countsShards: shards > 1 && seed % 2 === 0,
      groupTrigger: dice.chance(0.8) ? 'mention' : 'all',
    },
    options: {
      heartbeatIntervalMs: dice.pick([41_250, 45_000, 30_000, bad ? 10_000 : 41_250]),
      badIdentify: dice.pick(['op9_4903', 'documented'] as const),
      badResume: dice.pick(['op9_4902', 'documented'] as const),
      resumeOrder: dice.pick(['replay_first', 'resumed_first'] as const),
      resumedData: dice.pick(['empty_string', 'object'] as const),
      sameShard: dice.pick(['both', 'replace'] as const),
      fullModeEvents: dice.pick(['message_only', 'both'] as const),
      authorId: dice.pick(['openid', 'decimal'] as const),
      tokenErrorStatus: dice.pick([500, 401]),
      errorMembers: dice.pick(['both', 'err_code', 'code'] as const),
      readyShard: dice.pick(['echo', 'zero'] as const),
      expiresInType: dice.pick(['string', 'number'] as const),
      gatewayQueriesPerMinute: dice.chance(0.3) ? 2 : 0,
      streams: dice.chance(0.9),
      ...(shards === 1 ? {} : { chatShard: 'spread' as const, shards: { recommended: shards } }),
    },
  }
}
