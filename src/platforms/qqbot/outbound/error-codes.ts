/**
 * What each error code says about a message that was to be sent, as a row of `docs/outcomes.md`. Sources: "doc" the
 * platform's own tables, "seen" answers of the live platform, "sdk" behaviour of its SDKs; where none of them says what
 * follows, the choice is ours and the row says so.
 */
import type { SendOutcome } from '../../platform.ts'

/** An outcome before status, code and message of the answer are added. */
export type CodeOutcome = SendOutcome

const TOKEN: CodeOutcome = { kind: 'token_refused' }
const BUSY: CodeOutcome = { kind: 'busy' }
const AUDIT: CodeOutcome = { kind: 'accepted' }
const DUPLICATE: CodeOutcome = { kind: 'duplicate' }
const WINDOW: CodeOutcome = { kind: 'window_closed' }
const NO_RIGHT: CodeOutcome = { kind: 'no_right' }
const TOO_OFTEN: CodeOutcome = { kind: 'quota_spent', soon: true }
const SPENT: CodeOutcome = { kind: 'quota_spent', soon: false }
const MARKDOWN: CodeOutcome = { kind: 'form_refused', part: 'markdown' }
const LINK: CodeOutcome = { kind: 'form_refused', part: 'link' }
const KEYBOARD: CodeOutcome = { kind: 'form_refused', part: 'keyboard' }
const LENGTH: CodeOutcome = { kind: 'form_refused', part: 'length' }
const CONTENT: CodeOutcome = { kind: 'content_refused' }
const GONE: CodeOutcome = { kind: 'chat_gone' }
const REFUSED: CodeOutcome = { kind: 'refused', known: true }
const NEW: CodeOutcome = { kind: 'refused', known: false }

export interface CodeRow {
  readonly codes: readonly number[]
  readonly outcome: CodeOutcome
  readonly meaning: string
  readonly source: string
  /** For a message of the bot's own accord, where it means something else there. */
  readonly proactive?: CodeOutcome
}

type Row = readonly [
  codes: readonly number[],
  outcome: CodeOutcome,
  meaning: string,
  source: string,
  proactive?: CodeOutcome,
]

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at)

const ROWS: readonly Row[] = [
  [[11241], TOKEN, 'token missing', 'doc'],
  [[11242], TOKEN, 'token check failed in the system', 'doc: retry once'],
  [[11243], TOKEN, 'token wrong', 'doc'],
  [[11244], TOKEN, 'token not existing or expired', 'doc; HTTP 500 or 401 (seen)'],

  [[304023, 304024], AUDIT, 'waits for a human audit', 'doc: HTTP 202, do not resend'],
  [[40054005], DUPLICATE, 'the pair of msg_id and msg_seq was used before', 'doc; HTTP 400 (seen)'],

  [[40006], DUPLICATE, 'stream ended, or further than this frame', 'doc; HTTP 404 (seen)'],

  [[20028], BUSY, 'channel write rate limit', 'doc'],
  [[100001, 100017], BUSY, 'request rate limited', 'sdk'],
  [[1100100], BUSY, 'safety: rate limited', 'doc'],
  [[1100308], BUSY, 'limit inside a guild', 'doc'],
  [[50001, 50002], BUSY, 'internal, rate limited', 'doc; streaming (seen)'],
  [[11252, 11263, 11281], BUSY, 'a check of rights failed in the system', 'doc: retry once'],
  [[304010, 304016, 304017], BUSY, 'image transfer, send or upload failed', 'doc: retry'],
  [[304018], BUSY, 'the bot has no link to the gateway', 'doc: connect first'],
  [[340067, 40054006], BUSY, 'bot information or friendship could not be looked up', 'doc: retry'],
  [[50055001, 50055002, 50055006], BUSY, 'send anomaly', 'doc: retry'],
  [[1100300, 1100499], BUSY, 'internal, other', 'doc: retry'],
  [[304082, 304083], BUSY, 'media could not be fetched or converted', 'seen: retry'],
  [[40034001, 40034004, 850026, 850027], BUSY, 'media could not be fetched in time', 'doc: retry'],
  [[40093001], BUSY, 'a part of an upload is to be finished again', 'doc: retry'],

  [[22009], WINDOW, 'message limit exceeded', 'doc: older limit of replies'],
  [[304027, 304103, 40034005, 40034031], WINDOW, 'message to reply to expired', 'doc'],
  [[40034026], WINDOW, 'event to reply to expired', 'doc'],
  [[40034128], WINDOW, 'time or count of replies used up', 'doc'],
  [[304026, 304028], WINDOW, 'message cannot be replied to', 'doc; that no reply to it is possible is all that counts'],
  [[40034024, 40034025, 40034027], WINDOW, 'msg_id or event_id not valid for a reply', 'doc, seen; likewise'],

  [[40034102, 40034105], NO_RIGHT, 'no permission to write first', 'doc; HTTP 400 (seen)'],
  [[40034100], TOO_OFTEN, 'rate limit of messages of its own accord', 'doc: back off'],
  [[40034122], SPENT, 'wake-up used up', 'doc'],
  [[40034123], NO_RIGHT, 'wake-up not supported', 'doc'],
  [[304022, 304035, ...range(304045, 304050)], SPENT, 'quota or hours of guild messages of its own accord', 'doc'],
  [[304064], NO_RIGHT, 'subscription not granted', 'doc'],

  [[304014, 304036], MARKDOWN, 'no permission for the template', 'doc'],
  [[40034012, 40034127], MARKDOWN, 'no permission for Markdown or its template', 'doc'],
  [[11293], MARKDOWN, 'native Markdown not enabled', 'seen'],
  [[...range(40034008, 40034011), 40034124], MARKDOWN, 'Markdown or its parameters invalid', 'doc'],
  [[...range(50037, 50043)], MARKDOWN, 'Markdown combined with what it cannot be', 'doc; plain text is our way out'],
  [[...range(50053, 50057)], MARKDOWN, 'Markdown content or template not allowed', 'doc'],
  [[304003, 40034028, 40054010], LINK, 'URL not allowed', 'doc'],
  [[304037, 304057], KEYBOARD, 'no permission for the keyboard', 'doc'],
  [[...range(304038, 304040), 305007, 40034029], KEYBOARD, 'keyboard missing, unreadable or too big', 'doc'],
  [[40054007, 40054018], LENGTH, 'too long', 'doc'],

  [[40034006, 304025], CONTENT, 'content violates the rules', 'doc'],
  [[304061], CONTENT, 'content invalid', 'doc'],
  [range(1100101, 1100103), CONTENT, 'safety: sensitive, not eligible, other', 'doc'],
  [[3300006], CONTENT, 'safety: edit', 'doc'],

  [[40034101], GONE, 'the bot is not in the group', 'doc'],
  [[40054002, 850018], GONE, 'the bot is muted', 'doc'],
  [[40054003, 40054004], GONE, 'not a member, not a friend', 'doc'],
  [[40054013], GONE, 'the user refuses messages', 'doc; unasked ones only where it was one (ours)', NO_RIGHT],
  [range(304031, 304034), GONE, 'direct session closed, missing or not to be opened', 'doc'],
  [[1100104], GONE, 'safety: the group is gone', 'doc'],
  [[1100301, 1100306], GONE, 'not a member of the guild', 'doc'],

  [[10000], REFUSED, 'operation not supported', 'doc'],
  [[10001, 10003, 10004], REFUSED, 'account, channel or guild abnormal', 'doc'],
  [[11245], REFUSED, 'fixed token disabled', 'seen: HTTP 500'],
  [[11251, 11261, 11275], REFUSED, 'app id wrong or missing', 'doc'],
  [[11253, 11254, 11262, 11264, 11273, 11274, 11282], REFUSED, 'not granted to this bot', 'doc'],
  [[11255], REFUSED, 'invalid request, such as an openid of another bot', 'doc; HTTP 500 (seen)'],
  [[11265], REFUSED, 'the bot is banned', 'doc'],
  [[11298, 40023002], REFUSED, 'source address not on the allowlist', 'seen: HTTP 401, and not the token’s fault'],
  [[11300, 11700], REFUSED, 'private-domain only, ability withdrawn', 'sdk'],
  [range(11301, 11306), REFUSED, 'header, nick, avatar or guild information', 'doc'],
  [range(12001, 12003), REFUSED, 'id replacement, request body or response', 'doc'],
  [[22006, 340069], REFUSED, 'msg_type does not fit', 'doc'],
  [[50006, 50035], REFUSED, 'empty message, bad form data', 'doc'],
  [[...range(50045, 50051), 50059], REFUSED, 'quoting or editing, wrong input', 'doc'],
  [[304004], REFUSED, 'no permission for ark', 'doc'],
  [[...range(304005, 304009), 304011, 304012], REFUSED, 'embed, configuration, look-up, template', 'doc'],
  [[304019, 304020, 304021], REFUSED, '@all limit, file size, file download', 'doc'],
  [[304051, 304062], REFUSED, 'setting guide, subscribe buttons', 'doc'],
  [[304052], BUSY, 'setting guide too frequent', 'doc: back off'],
  [[304080], REFUSED, 'file_info invalid', 'doc: upload again'],
  [[40034002, 850019, 850031], REFUSED, 'media format or size', 'doc'],
  [[40034106, 40034108, 40034109, 40034125], REFUSED, 'command or parameter', 'doc'],
  [[40054016], REFUSED, 'the bot is offline', 'doc'],
  [[40007], REFUSED, 'stream does not go on where it was', 'doc; HTTP 404 (seen)'],
  [[40093002], REFUSED, 'daily upload volume used up', 'doc'],
  [[...range(1100302, 1100305), 1100307], REFUSED, 'guild look-up, admins only, @-count, ids, app allowlist', 'doc'],
]

/** Every row, for the documents and for tests. */
export const CODE_ROWS: readonly CodeRow[] = ROWS.map(([codes, outcome, meaning, source, proactive]) => ({
  codes,
  outcome,
  meaning,
  source,
  ...(proactive === undefined ? {} : { proactive }),
}))

const BY_CODE: ReadonlyMap<number, CodeRow> = new Map(
  CODE_ROWS.flatMap(row => row.codes.map((code): [number, CodeRow] => [code, row])),
)

/** `proactive`: the message answered nothing. */
export function outcomeOfCode(code: number, proactive: boolean): CodeOutcome {
  const row = BY_CODE.get(code)
  return (proactive ? row?.proactive : undefined) ?? row?.outcome ?? NEW
}

export function isKnown(code: number): boolean {
  return BY_CODE.has(code)
}
