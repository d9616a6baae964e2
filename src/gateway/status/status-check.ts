import { isRecord } from '../../lib/json.ts'
import {
  ACCOUNT_STATES,
  type AccountStatus,
  AGENT_STATES,
  type AgentStatus,
  GATEWAY_STATES,
  type LinkStatus,
  SCHEDULE_KINDS,
  SCHEDULE_VERDICTS,
  type ScheduleStatus,
  type SettingsStatus,
  type StatusDocument,
} from './status-document.ts'

type Check = (value: unknown) => boolean

const text: Check = value => typeof value === 'string'
const count: Check = value => Number.isSafeInteger(value)
const moment: Check = value => typeof value === 'string' && !Number.isNaN(Date.parse(value))
const orNull =
  (check: Check): Check =>
  value =>
    value === null || check(value)
const optional =
  (check: Check): Check =>
  value =>
    value === undefined || check(value)
const oneOf =
  (words: readonly string[]): Check =>
  value =>
    typeof value === 'string' && words.includes(value)
const mapOf =
  (check: Check): Check =>
  value =>
    isRecord(value) && Object.values(value).every(check)

/** A check for every field: a field that the type gains and this table lacks does not compile. */
type Shape<T> = { readonly [K in keyof Required<T>]: Check }

const fits =
  (shape: Readonly<Record<string, Check>>): Check =>
  value =>
    isRecord(value) && Object.entries(shape).every(([field, check]) => check(value[field]))

const EVIDENCE: Shape<LinkStatus['evidence']> = {
  ready_at: orNull(moment),
  last_ack_at: orNull(moment),
  last_event_at: orNull(moment),
}

const LINK: Shape<LinkStatus> = {
  state: oneOf(ACCOUNT_STATES),
  since: moment,
  error_code: orNull(text),
  error_message: orNull(text),
  hint: orNull(text),
  retryable: orNull(value => typeof value === 'boolean'),
  attempt: count,
  next_retry_at: orNull(moment),
  serving: optional(value => value === true),
  generation: count,
  updated_at: moment,
  evidence: fits(EVIDENCE),
}

const ACCOUNT: Shape<AccountStatus> = {
  ...LINK,
  evidence: fits({ ...EVIDENCE, last_send_at: orNull(moment) }),
  proof: optional(oneOf(['calls'])),
  unknown_events: mapOf(count),
  unknown_samples: optional(mapOf(text)),
  limits: optional(mapOf(text)),
  pending_in: count,
  pending_out: count,
  late_words: count,
  access: optional(text),
  access_zh: optional(text),
  shards: optional(value => Array.isArray(value) && value.every(fits(LINK))),
}

const AGENT: Shape<AgentStatus> = {
  kind: text,
  state: oneOf(AGENT_STATES),
  last_ok_at: orNull(moment),
  error: orNull(text),
  reachable_at: optional(moment),
}

const SETTINGS: Shape<SettingsStatus> = {
  since: moment,
  refused_at: orNull(moment),
  error: orNull(text),
  next_start: value => Array.isArray(value) && value.every(text),
}

const SCHEDULE: Shape<ScheduleStatus> = {
  chat: text,
  kind: oneOf(SCHEDULE_KINDS),
  next_at: orNull(moment),
  last_at: orNull(moment),
  last_outcome: orNull(text),
  last_verdict: orNull(oneOf(SCHEDULE_VERDICTS)),
  runs: mapOf(count),
}

const DOCUMENT: Shape<StatusDocument> = {
  kind: value => value === 'herald-gateway',
  schema: value => value === 1,
  version: text,
  boot_id: text,
  pid: value => Number.isSafeInteger(value) && Number(value) > 0,
  pid_start: orNull(count),
  start_time: moment,
  gateway_state: oneOf(GATEWAY_STATES),
  exit_reason: orNull(text),
  active_agents: count,
  updated_at: moment,
  expires_at: moment,
  platforms: mapOf(fits(ACCOUNT)),
  settings: optional(fits(SETTINGS)),
  home: optional(text),
  http: optional(text),
  state_file: optional(text),
  alerts: optional(text),
  agent: optional(text),
  agents: optional(mapOf(fits(AGENT))),
  schedules: optional(mapOf(fits(SCHEDULE))),
}

/** Whether a parsed file is a whole status document. Unknown further fields are allowed: a newer Herald may add some. */
export function isStatusDocument(value: unknown): value is StatusDocument {
  return fits(DOCUMENT)(value)
}

/** Whether it set out to be such a document, if perhaps a damaged one. */
export function claimsToBeStatusDocument(value: unknown): boolean {
  return isRecord(value) && value['kind'] === 'herald-gateway' && value['schema'] === 1
}
