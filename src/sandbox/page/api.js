/** The sandbox's control interface, as docs/sandbox.md has it. */

const DEADLINE_MS = 10_000
const REOPEN_MS = 1_000

/**
 * @typedef {{ kind: 'c2c' | 'group' | 'channel', name: string, openid?: string }} ChatName
 * @typedef {{
 *   id: string, atMs: number, from: 'bot' | 'person', name: string, text: string, form: string, refIdx: string,
 *   answers?: string, seq?: number, quote?: { text: string }, keyboard?: unknown, attachments?: unknown[],
 *   recalled: boolean, growing?: boolean
 * }} Message
 * @typedef {{ id: string, name?: string, spec: Record<string, unknown> & { kind: string, times?: number },
 *   fired: number, untilMs?: number }} ActiveFault
 * @typedef {{ name: string, title: string, spec: { kind: string } }} Preset
 * @typedef {{
 *   n: number, atMs: number, kind: string, appId?: string, chat?: ChatName, message?: Message, untilMs?: number,
 *   connection?: number, direction?: 'in' | 'out', text?: string, sizeBytes?: number, state?: string, code?: number,
 *   reason?: string, method?: string, path?: string, status?: number, outcome?: string, processed?: boolean,
 *   request?: string, response?: string, answer?: string, traceId?: string, attempt?: number, kept?: boolean, spoilt?: string,
 *   tookMs?: number, change?: string, fault?: ActiveFault, type?: string,
 *   id?: string, interactionId?: string, ack?: unknown
 * }} Entry
 * @typedef {{ name: string, typing: boolean, messages: number }} PersonState
 * @typedef {PersonState & { members: { name: string, bot: boolean }[] }} GroupState
 * @typedef {{ appId: string, name: string, status: string, webhook: string | null, people: PersonState[], groups: GroupState[],
 *   channels: { name: string, messages: number }[], sessions: { id: string, seq: number }[] }} BotState
 * @typedef {{ id: number, appId?: string, phase: string, frozen: boolean, openedAtMs: number }} Connection
 * @typedef {{ startedAtMs: number, nowMs: number, host: string, lastEntry: number, bots: BotState[],
 *   connections: Connection[], faults: ActiveFault[] }} SandboxState
 */

/** The sandbox has refused a call (`status`), or did not answer at all (`status` 0). */
export class ApiError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/**
 * @param {string} method
 * @param {string} path below `/sandbox/`
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
async function call(method, path, body) {
  /** @type {Response} */
  let response
  let text = ''
  try {
    response = await fetch(`/sandbox/${path}`, {
      method,
      signal: AbortSignal.timeout(DEADLINE_MS),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    text = await response.text()
  } catch (thrown) {
    throw new ApiError(0, thrown instanceof Error ? thrown.message : String(thrown))
  }
  /** @type {any} */
  let answer = {}
  try {
    answer = JSON.parse(text)
  } catch {
    throw new ApiError(response.status, `no JSON from ${path}`)
  }
  if (!response.ok) throw new ApiError(response.status, answer.error ?? `HTTP ${response.status}`)
  return answer
}

/** @param {Record<string, string | number | undefined>} values */
function query(values) {
  const given = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  return new URLSearchParams(given).toString()
}

export const api = {
  /** @returns {Promise<SandboxState>} */
  state: () => call('GET', 'state'),
  /** @returns {Promise<{ gateway: any, error?: string }>} */
  gateway: () => call('GET', 'gateway'),
  /** @param {{ appId?: string, person?: string, group?: string, channel?: string }} chat
   * @returns {Promise<{ messages: Message[] }>} */
  chat: chat => call('GET', `chat?${query(chat)}`),
  /** @param {string[]} kinds @param {number} limit @returns {Promise<{ entries: Entry[] }>} */
  log: (kinds, limit) => call('GET', `log?${query({ kinds: kinds.join(','), limit })}`),
  /** @param {object} say @returns {Promise<{ id: string, refIdx: string, events: string[] }>} */
  say: say => call('POST', 'say', say),
  /** @param {{ name: string, type: string, data: string }} file @returns {Promise<{ url: string }>} */
  upload: file => call('POST', 'files', file),
  /** @param {object} press @returns {Promise<{ id: string }>} */
  click: press => call('POST', 'click', press),
  /** @param {object} person */
  person: person => call('POST', 'people', person),
  /** @param {object} group */
  group: group => call('POST', 'groups', group),
  /** @returns {Promise<{ active: ActiveFault[], presets: Preset[] }>} */
  faults: () => call('GET', 'faults'),
  /** @param {{ what: string, appId?: string | undefined }} post @returns {Promise<{ status?: number, kept: boolean }>} */
  callback: post => call('POST', 'callbacks', post),
  /** @param {{ name: string, times?: number, forMs?: number }} fault @returns {Promise<{ id: string }>} */
  break: fault => call('POST', 'faults', fault),
  /** @param {string} [id] one of them; all without */
  mend: id => call('DELETE', id === undefined ? 'faults' : `faults/${encodeURIComponent(id)}`),
}

/**
 * Everything that happens, from entry `since` on, for as long as the page is open. The browser comes back by itself after
 * a broken connection and continues where it was; when it gives up, this begins anew.
 * @param {number} since
 * @param {readonly string[]} kinds
 * @param {{ entry: (entry: Entry) => void, reachable: (yes: boolean) => void }} on
 */
export function listen(since, kinds, on) {
  let last = since
  const open = () => {
    const source = new EventSource(`/sandbox/events?${query({ since: last, kinds: kinds.join(',') })}`)
    for (const kind of kinds)
      source.addEventListener(kind, event => {
        const entry = JSON.parse(event.data)
        last = entry.n
        on.entry(entry)
      })
    source.onopen = () => on.reachable(true)
    source.onerror = () => {
      on.reachable(false)
      if (source.readyState === EventSource.CLOSED) setTimeout(open, REOPEN_MS)
    }
  }
  open()
}
