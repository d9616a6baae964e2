import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '../../lib/random.ts'
import type { OutboxState, TurnEnd } from '../journal.ts'
import type { Bench } from './bench.ts'
import { createModel } from './model.ts'
import { ACCOUNT, chatOf, HOUR_MS, OBSERVED, RUN, sampleMessage, sampleReply } from './samples.ts'

const SEEDS = [1, 2, 3, 4, 5, 6]
const OPERATIONS = 250
const STATES: readonly OutboxState[] = [
  'pending',
  'sending',
  'held',
  'accepted',
  'accepted',
  'refused',
  'unknown',
  'dropped',
]
const ENDS: readonly TurnEnd[] = ['answered', 'answered', 'silent', 'dead: agent', 'dead: stale']

/** Random work on a journal and on its reference model; after each step both say the same. A failing seed replays exactly. */
export function checkAgainstModel(bench: Bench): void {
  for (const seed of SEEDS) {
    test(`random work agrees with the reference model, seed ${seed}`, async () => {
      const random = seededRandom(seed)
      const walk = createWalk(bench, random)
      for (let step = 0; step < OPERATIONS; step++) {
        await walk.step()
        await walk.compare(`seed ${seed}, step ${step}`)
      }
    })
  }
}

function createWalk(bench: Bench, random: Random) {
  const model = createModel()
  const below = (n: number): number => Math.floor(random.next() * n)
  const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length)]
  const nowMs = (): number => bench.clock.nowMs()
  let seq = 0

  /** Replies for a turn or beside it; some are held. */
  const replies = (target: string, most: number) =>
    Array.from({ length: below(most + 1) }, () => sampleReply(target, random.next() < 0.3 ? null : ++seq))

  const operations: readonly (() => Promise<unknown>)[] = [
    // Several at once, repeats among them: they share a commit.
    () =>
      Promise.all(
        Array.from({ length: 1 + below(4) }, async () => {
          const id = `m${below(60)}`
          const [run, addressed] = [random.next() < 0.7, random.next() < 0.8]
          const message = sampleMessage(id, { addressed })
          const begins = run && random.next() < 0.3
          const expected = model.accept(id, { run, addressed, begins }, nowMs())
          const triage = run ? RUN : OBSERVED
          assert.equal(await bench.journal.accept(ACCOUNT, { message }, { triage, replyUntilMs: 1, begins }), expected)
        }),
      ),
    async () => {
      const id = pick(model.runnable())
      if (id !== undefined) assert.equal(await bench.journal.beginTurn(ACCOUNT, id), model.begin(id))
    },
    async () => {
      const ids = [...new Set([pick(model.runnable()), pick(model.runnable())])].filter(id => id !== undefined)
      const end = pick(ENDS)
      const [first] = ids
      if (first === undefined || end === undefined) return
      const rows = await bench.journal.endTurn(ACCOUNT, ids, end, null, replies(first, 3))
      for (const row of rows) model.add(row.id, first, row.reply?.seq ?? null, null, nowMs())
      model.end(
        ids,
        end,
        rows.map(row => row.id),
        nowMs(),
      )
    },
    async () => {
      const target = `m${below(60)}`
      const rows = await bench.journal.addReplies(replies(target, 2))
      for (const row of rows) model.add(row.id, target, row.reply?.seq ?? null, null, nowMs())
    },
    async () => {
      const id = pick(model.openReplies()) ?? pick(model.replyIds())
      const state = pick(STATES)
      const reply = id === undefined ? undefined : model.reply(id)
      if (id === undefined || state === undefined || !reply) return
      const next = state === 'held' ? null : random.next() < 0.3 ? ++seq : reply.seq
      const place = next === null ? null : { via: 'msg_id' as const, id: reply.target, seq: next, untilMs: 1 }
      await bench.journal.updateReply(id, { state, reply: place })
      model.update(id, state, next, nowMs())
    },
    async () => {
      const id = pick(model.openReplies())
      const reply = id === undefined ? undefined : model.reply(id)
      if (id === undefined || !reply) return
      const ids = [...new Set([id, pick(model.openReplies()) ?? id])]
      const rows = await bench.journal.replaceReplies(ids, replies(reply.target, 2))
      for (const row of rows) model.add(row.id, reply.target, row.reply?.seq ?? null, reply.turn, nowMs())
      for (const one of ids) model.update(one, 'superseded', model.reply(one)?.seq ?? null, nowMs())
    },
    async () => {
      const id = pick(model.dead()) ?? 'out:1'
      const to = random.next() < 0.6 ? 'retry' : 'drop'
      assert.equal(await bench.journal.moveDead(id, to), model.move(id, to, nowMs()))
    },
    async () => {
      await bench.clock.advance(below(20) * HOUR_MS)
      await bench.journal.sweep()
      model.sweep(nowMs())
    },
    async () => {
      if (bench.durable && random.next() < 0.2) await bench.reopen()
    },
  ]

  return {
    async step(): Promise<void> {
      await (random.next() < 0.3 ? operations[0] : pick(operations))?.()
    },
    async compare(where: string): Promise<void> {
      const { journal } = bench
      const counts = { incoming: model.incoming(), outgoing: model.openReplies().length }
      assert.deepEqual(journal.pending(ACCOUNT), counts, where)
      assert.deepEqual(journal.openAccounts(), counts.incoming + counts.outgoing > 0 ? [ACCOUNT] : [], where)
      const unfinished = await journal.unfinished(ACCOUNT)
      assert.deepEqual(
        new Set(unfinished.map(row => `${row.message.id} ${row.state} ${row.attempts}`)),
        new Set(model.runnable().map(id => `${id} ${model.message(id)?.state} ${model.message(id)?.attempts}`)),
        where,
      )
      const open = await journal.openReplies(ACCOUNT)
      assert.deepEqual(
        open.map(row => row.id),
        model.openReplies(),
        where,
      )
      for (const state of ['held', 'accepted', 'expired', 'unknown'] as const) {
        const rows = await journal.repliesOf(chatOf('alice'), state)
        assert.deepEqual(
          rows.map(row => row.id),
          model.repliesIn(state),
          `${where}, ${state}`,
        )
      }
      assert.deepEqual(new Set((await journal.dead()).map(entry => entry.id)), new Set(model.dead()), where)
      const id = `m${below(60)}`
      const inbox = (await journal.trace(id))?.inbox ?? undefined
      const expected = model.message(id)
      assert.equal(inbox?.state, expected?.state, where)
      if (expected?.state === 'ended') assert.equal(inbox?.end, expected.end, where)
      assert.equal(inbox?.message.text, expected && (expected.content ? `text of ${id}` : ''), where)
      assert.equal((await journal.replyUse(ACCOUNT, { via: 'msg_id', id })).used, model.used(id), where)
    },
  }
}
