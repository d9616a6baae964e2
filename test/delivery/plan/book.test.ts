import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBook, type PageKey } from '../../../src/delivery/plan/book.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'

const key = (id: string): PageKey => ({ account: 'qqbot', kind: 'c2c', target: { via: 'msg_id', id } })

function bookWith(use = { used: 0, lastSeq: 0 }, mostPages = 100) {
  const clock = createVirtualClock()
  const asked: string[] = []
  const book = createBook({
    journal: {
      async replyUse(_account, target) {
        asked.push(target.id)
        return use
      },
    },
    clock,
    allowance: () => ({ windowMs: 1000, places: 4 }),
    mostPages,
  })
  const open = (id: string, windowMs = 1000) => book.open(key(id), async () => clock.nowMs() + windowMs)
  return { book, clock, asked, open }
}

test('the journal is asked once, however many ask at the same time', async () => {
  const { asked, open } = bookWith()
  const pages = await Promise.all(Array.from({ length: 10 }, () => open('m1')))
  assert.deepEqual(asked, ['m1'])
  assert.equal(new Set(pages).size, 1)
  await open('m1')
  assert.deepEqual(asked, ['m1'])
})

test('of a target that nobody has replied to the journal is not asked, and a page that is known stays as it is', async () => {
  const { book, clock, asked, open } = bookWith({ used: 3, lastSeq: 3 })
  book.begin(key('m1'), clock.nowMs() + 500)
  const page = await open('m1')
  assert.deepEqual([page.placesLeft, page.nextSeq, page.untilMs], [4, 1, clock.nowMs() + 500])
  page.take(1)
  book.begin(key('m1'), clock.nowMs() + 900)
  assert.equal((await open('m1')).nextSeq, 2)
  assert.deepEqual(asked, [])
  const underWay = open('m2')
  book.begin(key('m2'), clock.nowMs() + 900)
  assert.equal((await underWay).placesLeft, 1, 'who has asked already is told the truth')
  assert.equal(await open('m2'), await underWay)
})

test('what the journal knows is counted, and no seq is 0 or given twice', async () => {
  const { open } = bookWith({ used: 1, lastSeq: 5 })
  const page = await open('m1')
  assert.equal(page.placesLeft, 3)
  assert.equal(page.nextSeq, 6)
  page.take(2)
  assert.equal(page.placesLeft, 1)
  assert.equal(page.renewSeq(), 8)
  assert.equal(page.placesLeft, 1)
  page.giveBack(2)
  assert.equal(page.placesLeft, 3)
  assert.equal(page.nextSeq, 9)
  assert.equal((await bookWith().open('m1')).nextSeq, 1)
})

test('a failure to read is told and forgotten', async () => {
  const clock = createVirtualClock()
  let fail = true
  const book = createBook({
    journal: {
      async replyUse() {
        if (fail) throw new Error('no disk')
        return { used: 0, lastSeq: 0 }
      },
    },
    clock,
    allowance: () => ({ windowMs: 1000, places: 4 }),
  })
  await assert.rejects(
    book.open(key('m1'), async () => 0),
    /no disk/,
  )
  fail = false
  assert.equal((await book.open(key('m1'), async () => 0)).placesLeft, 4)
})

test('pages are bounded; one that knows more than the journal stays', async () => {
  const { book, asked, open } = bookWith(undefined, 10)
  const loose = await open('loose')
  loose.take(1)
  for (let at = 0; at < 50; at++) await open(`m${at}`)
  assert.ok(book.size <= 10)
  assert.equal(await open('loose'), loose)
  assert.equal(asked.filter(id => id === 'loose').length, 1)
  book.committed('qqbot', { via: 'msg_id', id: 'loose' })
  for (let at = 0; at < 50; at++) await open(`n${at}`)
  assert.notEqual(await open('loose'), loose)
})

test('a page whose window is over is forgotten, whatever it knows', async () => {
  const { book, clock, open } = bookWith(undefined, 10)
  const old = await open('old')
  old.take(1)
  await clock.advance(2000)
  for (let at = 0; at < 20; at++) await open(`m${at}`)
  assert.ok(book.size <= 10)
  assert.equal(book.peek('qqbot', { via: 'msg_id', id: 'old' }), undefined)
})
