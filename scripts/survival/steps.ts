/** What many rows do: break something and measure, say things and count the answers. */
import assert from 'node:assert/strict'
import type { ChatRef, Said, Say } from '../../src/sandbox/sandbox.ts'
import type { Box } from '../../test/support/box.ts'
import { eventually } from '../../test/support/eventually.ts'
import type { Change, Herald } from '../../test/support/herald.ts'

const ANSWER_MS = 30_000
/** How long a second answer is waited for that must not come. */
const DOUBLE_MS = 700

export interface Ledger {
  /** Somebody says something that nobody has said before. */
  say(say: Omit<Say, 'text'> & { readonly text?: string }): Promise<Said>
  sayMany(count: number, say: Omit<Say, 'text'>): Promise<void>
  /** Waits until everything is answered, and a little longer for second answers. */
  settle(boundMs?: number): Promise<{ readonly lost: number; readonly doubled: number }>
  /** `settle`, and nothing may be lost or doubled. */
  even(boundMs?: number): Promise<{ readonly lost: 0; readonly doubled: 0 }>
}

interface Entry {
  readonly chat: ChatRef
  readonly wanted: string
}

/** Counts the answers of the echo agent, as people see them. */
export function ledgerOf(box: Box, prefix = 'echo: '): Ledger {
  const entries: Entry[] = []
  let said = 0

  const say: Ledger['say'] = async given => {
    said += 1
    const text = given.text ?? `message ${said}`
    const { appId, person, group, channel } = given
    const place = channel !== undefined ? { channel } : group !== undefined ? { group } : { person }
    entries.push({ chat: { appId, ...place }, wanted: `${prefix}${text}` })
    return box.say({ ...given, text })
  }
  /** How often each was answered. */
  const count = async (): Promise<number[]> => {
    const shown = new Map<string, string[]>()
    for (const { chat } of entries) {
      const key = JSON.stringify(chat)
      if (!shown.has(key))
        shown.set(
          key,
          (await box.answers(chat)).map(({ text }) => text),
        )
    }
    return entries.map(
      ({ chat, wanted }) => (shown.get(JSON.stringify(chat)) ?? []).filter(text => text === wanted).length,
    )
  }
  const settle: Ledger['settle'] = async (boundMs = ANSWER_MS) => {
    await eventually('every answer', boundMs, async () => (await count()).every(times => times > 0)).catch(() => {})
    await new Promise(resolve => setTimeout(resolve, DOUBLE_MS))
    const counts = await count()
    return { lost: counts.filter(times => times === 0).length, doubled: counts.filter(times => times > 1).length }
  }
  return {
    say,
    async sayMany(count, given) {
      for (let at = 0; at < count; at++) await say(given)
    },
    settle,
    async even(boundMs) {
      const { lost, doubled } = await settle(boundMs)
      if (lost + doubled > 0) {
        const counts = await count()
        const odd = entries.filter((_, at) => counts[at] !== 1).map(({ wanted }) => wanted)
        assert.fail(`${lost} lost, ${doubled} doubled: ${odd.slice(0, 20).join(', ')}`)
      }
      return { lost: 0, doubled: 0 }
    },
  }
}

/** Calls of the token endpoint, those that were refused or broken included. */
export async function tokenCallsOf(box: Box): Promise<number> {
  const entries = await box.log({ kinds: ['request'] })
  return entries.filter(entry => entry.kind === 'request' && entry.path.includes('getAppAccessToken')).length
}

export interface Blow {
  /** Epoch milliseconds at which it struck, or ended. */
  readonly atMs: number
}

export async function blow(strike: () => Promise<unknown>): Promise<Blow> {
  const atMs = Date.now()
  await strike()
  return { atMs }
}

/** From a blow until the account was not connected any more. */
export async function noticed(herald: Herald, { atMs }: Blow, boundMs = 20_000): Promise<number> {
  const change = await changed(
    herald,
    'the fault is noticed',
    boundMs,
    each => each.from === 'connected' && each.atMs >= atMs,
  )
  return change.atMs - atMs
}

/** From a blow (or the end of a fault) until the account was connected, or connected again. */
export async function back(herald: Herald, { atMs }: Blow, boundMs = 20_000): Promise<number> {
  const change = await changed(herald, 'it is back', boundMs, each => each.to === 'connected' && each.atMs >= atMs)
  await herald.connected()
  return change.atMs - atMs
}

export function changed(
  herald: Herald,
  what: string,
  boundMs: number,
  wanted: (change: Change) => boolean,
  account = 'qqbot',
): Promise<Change> {
  return eventually(what, boundMs, () => herald.changes(account).find(wanted), herald.stderr)
}

export function within(what: string, figure: number, mostMs: number): number {
  assert.ok(figure <= mostMs, `${what}: ${Math.round(figure)} ms, more than ${mostMs}`)
  return figure
}

/** Watches for the whole of `forMs` that something stays as it is. */
export async function throughout(what: string, forMs: number, holds: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = performance.now() + forMs
  while (performance.now() < endMs) {
    if (!(await holds())) throw new Error(`it did not hold for ${forMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
