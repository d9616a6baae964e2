import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openJournal } from '../../../src/journal/sqlite.ts'
import { type Random, seededRandom } from '../../../src/lib/random.ts'
import { createVirtualClock, type VirtualClock } from '../../../src/lib/virtual-clock.ts'
import type { ChatAddress, Outgoing, PlatformAdapter, SendOutcome } from '../../../src/platforms/platform.ts'
import { chatOf, createWorld, HOUR_MS, outboxOf, QQ_LIKE, testLinks, type World } from '../world.ts'

interface Shown extends Outgoing {
  readonly order: number
}

/** A platform that keeps windows, counts and keys, and fails in every way it can while it is ill. */
function illPlatform(clock: VirtualClock, random: Random) {
  const shown: Shown[] = []
  const used = new Set<string>()
  const arrivedAtMs = new Map<string, number>()
  const posts = new Map<string, number>()
  const state = { ill: true }
  /** Shown, although the answer said that the server had failed. */
  const keptBehindError: string[] = []

  const verdict = (outgoing: Outgoing): SendOutcome => {
    const { chat, reply, text } = outgoing
    if (!reply) return { kind: 'no_right', status: 400, code: '40034102' }
    const key = `${reply.id} ${reply.seq}`
    if (used.has(key)) return { kind: 'duplicate', status: 400, code: '40054005' }
    const { windowMs, places } = QQ_LIKE.replyAllowance(chat.kind)
    const count = [...used].filter(one => one.startsWith(`${reply.id} `)).length
    if (clock.nowMs() >= (arrivedAtMs.get(reply.id) ?? 0) + windowMs || count >= places) {
      return { kind: 'window_closed', status: 400, code: '40034128' }
    }
    if (outgoing.form === 'markdown') return { kind: 'form_refused', part: 'markdown', status: 400, code: '40034012' }
    if (text.includes('1.sh')) return { kind: 'form_refused', part: 'link', status: 400, code: '304003' }
    used.add(key)
    shown.push({ ...outgoing, order: shown.length })
    return { kind: 'accepted', status: 200, platformId: `p${shown.length}` }
  }

  const send = async (outgoing: Outgoing): Promise<SendOutcome> => {
    const dice = state.ill ? random.next() : 1
    if (dice < 0.15) return { kind: 'not_sent' }
    const name = `${outgoing.reply?.id} ${outgoing.reply?.seq} ${outgoing.text}`
    posts.set(name, (posts.get(name) ?? 0) + 1)
    await new Promise<void>(resolve => clock.after(Math.round(random.next() * 3000), resolve))
    if (dice < 0.25) return { kind: 'unknown' }
    if (dice < 0.4) {
      verdict(outgoing)
      return { kind: 'unknown' }
    }
    if (dice < 0.5) return { kind: 'busy', status: 503 }
    if (dice < 0.55) {
      if (verdict(outgoing).kind === 'accepted') keptBehindError.push(outgoing.text)
      return { kind: 'busy', status: 502 }
    }
    if (dice < 0.6) return { kind: 'busy', status: 429, retryAfterMs: Math.round(random.next() * 60_000) }
    if (dice < 0.65) return { kind: 'token_refused', status: 401 }
    return verdict(outgoing)
  }
  return { shown, posts, keptBehindError, arrivedAtMs, state, send }
}

const CHATS: readonly ChatAddress[] = [chatOf('c2c', 'a'), chatOf('c2c', 'b'), chatOf('group', 'g')]
const DRESSES = ['plain', '**bold**', 'run 1.sh']

async function storm(seed: number, folder: string): Promise<{ shown: number; rows: number }> {
  const random = seededRandom(seed)
  const clock = createVirtualClock()
  const platform = illPlatform(clock, random)
  const path = join(folder, `${seed}.sqlite`)
  const links = testLinks()
  let life: { world: World; dead: boolean } | undefined

  const start = async (): Promise<World> => {
    if (life) {
      life.dead = true
      await life.world.journal.close()
    }
    const mine = { dead: false }
    const adapter: PlatformAdapter = {
      account: 'qqbot',
      capabilities: QQ_LIKE,
      run: () => new Promise(() => {}),
      // A dead process sends nothing, and hears nothing.
      async send(outgoing) {
        const outcome = mine.dead ? undefined : await platform.send(outgoing)
        return mine.dead || !outcome ? new Promise(() => {}) : outcome
      },
    }
    const journal = openJournal({ path, clock, schedule: queueMicrotask })
    const world = createWorld({ journal, clock, links, deps: { adapterFor: () => (mine.dead ? undefined : adapter) } })
    life = Object.assign(mine, { world })
    await world.delivery.recover('qqbot')
    return world
  }

  let world = await start()
  const speak = async (name: string, chat: ChatAddress, mostParts: number): Promise<void> => {
    const message = await world.arrive(name, { chat })
    platform.arrivedAtMs.set(name, clock.nowMs())
    const release = world.delivery.releaseHeld(message)
    const dress = DRESSES[Math.floor(random.next() * DRESSES.length)] ?? ''
    const text = Array.from(
      { length: 1 + Math.floor(random.next() * mostParts) },
      (_, at) => `<${name}.${at}> ${dress} ${'word '.repeat(14)}`,
    )
    const planned = await world.delivery.plan(message, text.join('\n\n'), 'answer')
    await release
    world.delivery.enqueue(await world.journal.endTurn('qqbot', [name], 'answered', null, planned))
  }
  for (let at = 0; at < 12; at++) {
    await speak(`m${at}`, CHATS[Math.floor(random.next() * CHATS.length)] ?? chatOf('c2c', 'a'), 5)
    await clock.advance(Math.round(random.next() * 40_000))
    if (random.next() < 0.2) links.set(random.next() < 0.4)
    if (random.next() < 0.15) world = await start()
  }
  platform.state.ill = false
  links.set(true)
  await clock.advance(2 * HOUR_MS)
  const isHeld = async (chat: ChatAddress): Promise<boolean> => (await world.journal.repliesOf(chat, 'held')).length > 0
  for (let round = 0; round < 80; round++) {
    for (const [at, chat] of CHATS.entries()) {
      if (round < 2 || (await isHeld(chat))) await speak(`z${round}x${at}`, chat, 1)
    }
    await clock.advance(5000)
  }
  await clock.advance(HOUR_MS)

  const context = `seed ${seed}`
  const rows = (await Promise.all(CHATS.map(chat => outboxOf(world.journal, chat)))).flat()
  const open = rows.filter(row => row.state === 'pending' || row.state === 'sending' || row.state === 'held')
  assert.deepEqual(open, [], `${context}: nothing is left without an end`)
  assert.ok(
    rows.every(row => row.posts <= 8),
    `${context}: the bound on posts`,
  )
  for (const [text, count] of platform.posts) assert.ok(count <= 8, `${context}: ${count} posts of ${text}`)

  const marks = platform.shown.flatMap(one => one.text.match(/<\w+\.\d>/g) ?? [])
  const twice = marks.filter((mark, at) => marks.indexOf(mark) !== at)
  const lies = platform.keptBehindError.join()
  assert.deepEqual(
    twice.filter(mark => !lies.includes(mark)),
    [],
    `${context}: shown twice`,
  )
  const asked = rows.flatMap(row => row.text.match(/<\w+\.\d>/g) ?? [])
  const lost = asked.filter(mark => !marks.includes(mark))
  const excused = rows
    .filter(row => row.state === 'unknown' || row.state === 'refused')
    .map(row => row.text)
    .join()
  for (const mark of lost) assert.ok(excused.includes(mark), `${context}: ${mark} vanished`)
  for (const chat of CHATS) {
    // What was held for a later message comes later; all else comes in the order of the messages.
    const own = platform.shown.filter(one => one.chat === chat && one.text.includes(`<${one.reply?.id}.`))
    const parts = own.flatMap(one => one.text.match(/<\w+\.\d>/g) ?? []).map(mark => asked.indexOf(mark))
    assert.deepEqual(
      parts,
      parts.toSorted((a, b) => a - b),
      `${context}: order in ${chat.id}`,
    )
  }
  await world.delivery.stop(new AbortController().signal)
  await world.journal.close()
  return { shown: platform.shown.length, rows: rows.length }
}

test('storms: nothing lost unseen, nothing shown twice, in order, within the bound', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-storm-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  let shown = 0
  for (let seed = 1; seed <= 40; seed++) shown += (await storm(seed, folder)).shown
  assert.ok(shown > 1500, `${shown} posts were shown`)
})
