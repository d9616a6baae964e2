/** What is wrong at this moment, read from what status says and from a few figures. Pure. */
import type { AccountStatus, AgentStatus, ScheduleStatus, StatusDocument } from '../gateway/status/status-document.ts'
import { causeOf, limitInChinese } from '../pages/causes.js'
import { cureInChinese } from '../pages/hints.js'
import { type InBoth, same } from './languages.ts'

/** Something that a person should know of while it lasts. */
export interface Condition {
  /** `unknown`: nobody can say now whether it lasts, so what was last known of it stands; `beginning` too, and well it is not yet. */
  readonly verdict: 'wrong' | 'unknown' | 'beginning'
  /** The same for as long as it is the same trouble: `account:qqbot`, `agent:default`, `disk`. */
  readonly key: string
  readonly subject: Subject
  /** The cause, in one line; empty where there is none to tell. */
  readonly detail: InBoth
  /** Since when, where that is known better than by when it was first seen (epoch milliseconds). */
  readonly sinceMs?: number
  /** Nothing will mend it but a person: there is no reason to wait before telling. */
  readonly urgent?: boolean
}

export type Subject =
  | { readonly kind: 'account'; readonly account: string }
  | { readonly kind: 'limit'; readonly account: string; readonly what: string }
  | { readonly kind: 'agent'; readonly agent: string }
  | { readonly kind: 'schedule'; readonly schedule: string }
  | { readonly kind: 'quota'; readonly chat: string; readonly left: number; readonly perDay: number }
  | { readonly kind: 'disk'; readonly freeMiB: number }
  | { readonly kind: 'dead_list'; readonly count: number }
  | { readonly kind: 'state_file' }

/** Of a day's messages of the bot's own accord few are left. */
export interface ScarceChat {
  /** `<account>:<kind>:<id>`. */
  readonly chat: string
  readonly left: number
  readonly perDay: number
}

export interface Facts {
  readonly status: StatusDocument
  /** Messages and replies on the dead list. */
  readonly dead: number
  /** Free on the disk of the home; undefined where the system does not tell. */
  readonly freeMiB: number | undefined
  readonly scarce: readonly ScarceChat[]
}

export interface Thresholds {
  readonly deadList: number
  readonly freeMiB: number
}

export function conditionsIn({ status, dead, freeMiB, scarce }: Facts, limits: Thresholds): readonly Condition[] {
  return [
    ...Object.entries(status.platforms).flatMap(([account, its]) => [
      ...accountDown(account, its, Date.parse(status.updated_at)),
      ...limitsOf(account, its),
    ]),
    ...Object.entries(status.agents ?? {}).flatMap(([name, its]) => agentDown(name, its)),
    ...Object.entries(status.schedules ?? {}).flatMap(([name, its]) => lastRunFailed(name, its)),
    ...scarce.map(
      each =>
        ({ verdict: 'wrong', key: `quota:${each.chat}`, subject: { kind: 'quota', ...each }, detail: NONE }) as const,
    ),
    ...(freeMiB !== undefined && freeMiB < limits.freeMiB
      ? [{ verdict: 'wrong', key: 'disk', subject: { kind: 'disk', freeMiB }, detail: NONE, urgent: true } as const]
      : []),
    ...(dead >= limits.deadList
      ? [{ verdict: 'wrong', key: 'dead_list', subject: { kind: 'dead_list', count: dead }, detail: NONE } as const]
      : []),
    ...(status.state_file === undefined || status.state_file === 'ok'
      ? []
      : [
          {
            verdict: 'wrong',
            key: 'state_file',
            subject: { kind: 'state_file' },
            detail: same(status.state_file),
          } as const,
        ]),
  ]
}

const NONE = same('')

/** One that is paused or disabled is so because somebody wants it; against one that is `unverified` nothing speaks. */
const VERDICTS: Readonly<Record<AccountStatus['state'], 'well' | Condition['verdict']>> = {
  connected: 'well',
  connecting: 'beginning',
  retrying: 'wrong',
  fatal: 'wrong',
  disconnected: 'wrong',
  unverified: 'well',
  paused: 'unknown',
  disabled: 'unknown',
}

/** Every step towards the first proof has its bound, and these together are shorter: what takes longer is no beginning. */
const LONGEST_BEGINNING_MS = 90_000

function accountDown(account: string, its: AccountStatus, nowMs: number): Condition[] {
  const usual = VERDICTS[its.state]
  if (usual === 'well') return []
  const sinceMs = Date.parse(its.since)
  const verdict = usual === 'beginning' && nowMs - sinceMs > LONGEST_BEGINNING_MS ? 'wrong' : usual
  return [
    {
      verdict,
      key: `account:${account}`,
      subject: { kind: 'account', account },
      detail: { en: causeIn(its), zh: causeInChinese(its) },
      sinceMs,
      ...(its.state === 'fatal' && its.retryable === false ? { urgent: true } : {}),
    },
  ]
}

function causeIn({ state, error_code: code, error_message: message, hint }: AccountStatus): string {
  const cause = [message ?? state, hint].filter(part => part !== null && part !== '')
  return `${code === null ? '' : `${code}: `}${cause.join('; ')}`
}

/** What came with the code stays as it came. */
function causeInChinese(its: AccountStatus): string {
  const { error_code: code, error_message: message, hint } = its
  const known = code === null ? undefined : causeOf(code, 'zh')
  if (code === null || known === undefined) return causeIn(its)
  const words = message === null || message === '' ? '' : `（${message}）`
  const cure = hint === null || hint === '' ? '' : `；${cureInChinese(code, hint)}`
  return `${code}：${known.what}${words}${cure}`
}

function limitsOf(account: string, its: AccountStatus): Condition[] {
  return Object.entries(its.limits ?? {}).map(([what, detail]) => ({
    verdict: 'wrong',
    key: `limit:${account}:${what}`,
    subject: { kind: 'limit', account, what },
    detail: { en: detail, zh: limitInChinese(what, detail) },
  }))
}

function agentDown(agent: string, its: AgentStatus): Condition[] {
  // Being told of its end must not wait for somebody to write to a bot that they take for dead.
  if (its.state === 'ok' || its.reachable_at !== undefined) return []
  const verdict = its.state === 'failing' ? 'wrong' : 'unknown'
  return [{ verdict, key: `agent:${agent}`, subject: { kind: 'agent', agent }, detail: same(its.error ?? '') }]
}

/** Until a run has come to its end, that of the one before stands. */
function lastRunFailed(schedule: string, its: ScheduleStatus): Condition[] {
  const { last_verdict: verdict, last_outcome: outcome, last_at: at } = its
  if (verdict === null || verdict === 'well') return []
  return [
    {
      verdict: verdict === 'failed' ? 'wrong' : 'unknown',
      key: `schedule:${schedule}`,
      subject: { kind: 'schedule', schedule },
      detail: same(`${outcome}, ${at}`),
    },
  ]
}
