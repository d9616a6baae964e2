/** How the page speaks with the gateway: calls, and one stream of everything that is true and changes. */
import { askForKey, keyHeaders } from './key.js'
import { say } from './words/language.js'

const CALL_MS = 10_000
/** The gateway says something every 5 s. */
const SILENCE_MS = 12_000
const AGAIN_MS = 1_000

/** The gateway has refused a call (`status`), or did not answer at all (`status` 0). */
export class CallError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** @param {string} method @param {string} path below `/api` @param {unknown} [body] @returns {Promise<any>} */
export async function call(method, path, body) {
  /** @type {Response} */
  let response
  try {
    response = await fetch(`/api${path}`, {
      method,
      cache: 'no-store',
      signal: AbortSignal.timeout(CALL_MS),
      headers: { ...keyHeaders(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch {
    throw new CallError(0, say('noAnswer'))
  }
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new CallError(response.status, answer.error ?? `HTTP ${response.status}`)
  return answer
}

/** A call that changes something: without the key it is asked for, once. @param {string} path @param {object} body */
export async function change(path, body) {
  try {
    return await call('POST', path, body)
  } catch (thrown) {
    if (!(thrown instanceof CallError) || thrown.status !== 401) throw thrown
    await askForKey()
    return call('POST', path, body)
  }
}

/**
 * Listens for as long as the page is open, and comes back by itself. After a broken connection everything is told anew, and
 * the log from where it was.
 * @param {{ event: (name: string, data: any) => void, reachable: (yes: boolean, refusal?: string) => void }} on
 */
export function listen(on) {
  let line = 0
  let boot = ''

  /** @param {string} block */
  const hear = block => {
    const fields = new Map(block.split('\n').map(text => /** @type {[string, string]} */ (text.split(/: (.*)/s, 2))))
    const name = fields.get('event')
    if (name === undefined) return
    const data = JSON.parse(fields.get('data') ?? 'null')
    if (name === 'hello' && data.boot !== boot) {
      boot = data.boot
      line = 0
      on.event('new process', data)
    }
    if (fields.has('id')) line = Number(fields.get('id'))
    on.event(name, data)
  }

  const once = async () => {
    const silence = new AbortController()
    let timer = setTimeout(() => silence.abort(), SILENCE_MS)
    /** @type {string | undefined} */
    let refusal
    try {
      const response = await fetch(`/api/events?${new URLSearchParams({ line: String(line), boot })}`, {
        cache: 'no-store',
        headers: keyHeaders(),
        signal: silence.signal,
      })
      if (!response.ok || !response.body) {
        refusal = (await response.json().catch(() => ({}))).error ?? `HTTP ${response.status}`
        on.reachable(false, refusal)
        if (response.status === 401) await askForKey()
        return
      }
      on.reachable(true)
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      let rest = ''
      for (;;) {
        const { done, value = '' } = await reader.read()
        if (done) return
        clearTimeout(timer)
        timer = setTimeout(() => silence.abort(), SILENCE_MS)
        const blocks = (rest + value).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) hear(block)
      }
    } catch {
      // Whatever it was: it is over, and begins anew.
    } finally {
      clearTimeout(timer)
      silence.abort()
      on.reachable(false, refusal)
      setTimeout(once, AGAIN_MS)
    }
  }
  void once()
}
