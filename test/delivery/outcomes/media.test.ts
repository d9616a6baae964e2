/** Answers with files: their places, what is held, and what follows when a platform does not take one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Admit } from '../../../src/delivery/admission.ts'
import { HeraldError } from '../../../src/lib/errors.ts'
import { seededRandom } from '../../../src/lib/random.ts'
import type { Outgoing } from '../../../src/platforms/platform.ts'
import { type LogLine, noteLog } from '../../conversation/house.ts'
import { ALICE, createWorld, MINUTE_MS, outboxOf } from '../world.ts'

const admit: Admit = async media => {
  const { source } = media
  const where = 'url' in source ? source.url : source.path
  if (where.includes('secret')) throw new HeraldError('path_refused', 'no')
  return 'path' in source ? { ...media, source: { path: `/out/${source.path}` } } : media
}

function worldWith() {
  return createWorld({ deps: { admit } })
}

const brief = ({ text, extras, reply }: Outgoing): string =>
  `${reply?.seq ?? '-'} ${text}${extras?.media ? `<${extras.media.kind} ${JSON.stringify(extras.media.source)}>` : ''}`

test('words and files go out in their order, each in a place of its own', async () => {
  const { arrive, answer, adapter } = worldWith()
  await answer(await arrive('m1'), 'Here:\n\n![a](https://a.cn/a.png)\n\nand\n\nMEDIA:b.pdf')
  assert.deepEqual(adapter.shown.map(brief), [
    '1 Here:',
    '2 <image {"url":"https://a.cn/a.png"}>',
    '3 and',
    '4 <file {"path":"/out/b.pdf"}>',
  ])
})

test('J103 what may not be sent is logged, and told by its name alone, where it stood', async () => {
  const lines: LogLine[] = []
  const { arrive, answer, adapter } = createWorld({ deps: { admit, log: noteLog(lines) } })
  await answer(await arrive('m1'), 'a\n![x](/home/me/secret/key.pem)\nb')
  assert.deepEqual(adapter.shown.map(brief), ['1 a\n\n(The file “key.pem” may not be sent.)\n\nb'])
  const warned = lines.filter(({ level }) => level === 'warn').map(({ fields }) => [fields['asked'], fields['code']])
  assert.deepEqual(warned, [['/home/me/secret/key.pem', 'path_refused']])
})

test('without leave for any file links stay links, and an agent’s file is told by its name', async () => {
  const { arrive, delivery, adapter, answer } = createWorld()
  await answer(await arrive('m1'), '![x](https://a.cn/x.png)')
  assert.deepEqual(adapter.shown.map(brief), ['1 ![x](https://a.cn/x.png)'])
  const media = { kind: 'image', name: 'x.png', source: { path: '/tmp/x.png' } } as const
  const planned = await delivery.plan(await arrive('m2'), [{ kind: 'media', media, caption: 'done' }], 'answer')
  assert.deepEqual(
    planned.map(({ text, extras }) => [text, extras]),
    [['done\n(The file “x.png” may not be sent.)', undefined]],
  )
})

test('a notice never carries a file', async () => {
  const { arrive, delivery } = worldWith()
  const [notice] = await delivery.plan(await arrive('m1'), 'MEDIA:a.png', 'notice')
  assert.deepEqual([notice?.text, notice?.extras], ['MEDIA:a.png', undefined])
})

test('more parts than places: words come together first', async () => {
  const { arrive, answer, adapter } = worldWith()
  await answer(await arrive('m1'), 'a\nMEDIA:1.png\nb\nMEDIA:2.png\nc')
  assert.deepEqual(adapter.shown.map(brief), [
    '1 a\n\nb\n\nc',
    '2 <image {"path":"/out/1.png"}>',
    '3 <image {"path":"/out/2.png"}>',
  ])
})

test('still more: the last place says that the rest is kept, and the chat’s next messages bring all of it, files and words', async () => {
  const { arrive, answer, adapter, delivery, settle, journal } = worldWith()
  await answer(await arrive('m1'), Array.from({ length: 9 }, (_, at) => `MEDIA:${at}.png`).join('\n'))
  assert.equal(adapter.shown.length, 4)
  assert.match(brief(adapter.shown[3] ?? (adapter.shown[0] as Outgoing)), /^4 \(This answer is long/)
  const files = () => adapter.shown.flatMap(({ extras }) => extras?.media?.name ?? [])
  for (let count = 2; files().length < 9; count++) {
    assert.ok(count < 8, files().join())
    const message = await arrive(`m${count}`)
    await delivery.releaseHeld(message)
    await settle()
    await answer(message, 'ok')
  }
  assert.deepEqual(
    files(),
    Array.from({ length: 9 }, (_, at) => `${at}.png`),
  )
  assert.equal((await journal.repliesOf(ALICE, 'held')).length, 0)
  for (const { reply } of adapter.shown) assert.ok((reply?.seq ?? 0) <= 4)
})

test('one place left for what is held: a file goes, not a word about it', async () => {
  const { arrive, answer, adapter, delivery, settle, clock } = worldWith()
  const old = await arrive('m1', { windowMs: MINUTE_MS })
  await clock.advance(2 * MINUTE_MS)
  await answer(old, 'MEDIA:1.png\nMEDIA:2.png\nMEDIA:3.png')
  assert.equal(adapter.shown.length, 0)
  const message = await arrive('m2')
  await answer(message, 'x\n'.repeat(120))
  const before = adapter.shown.length
  await delivery.releaseHeld(message)
  await settle()
  const released = adapter.shown.slice(before).map(brief)
  assert.ok(released.length <= 4 - before, released.join())
})

test('a file that the platform does not take goes on in words, under the next key', async () => {
  const { arrive, answer, adapter, states, row } = worldWith()
  adapter.script.push({ kind: 'form_refused', part: 'media', code: '40093002' })
  const rows = await answer(await arrive('m1'), 'MEDIA:a.png')
  assert.deepEqual(adapter.posts.map(brief), [
    '1 <image {"path":"/out/a.png"}>',
    '2 (The file “a.png” could not be sent: the bot has used up what it may upload in a day. Code: 40093002)',
  ])
  assert.deepEqual(await states(rows), ['accepted'])
  assert.deepEqual((await row(rows[0]?.id ?? 0)).extras, {})
})

test('E73 one on the web goes on as its address; refused as a link, disarmed', async () => {
  const { arrive, answer, adapter, states } = worldWith()
  adapter.script.push({ kind: 'form_refused', part: 'media' }, { kind: 'form_refused', part: 'link' })
  const rows = await answer(await arrive('m1'), '![a](https://a.cn/a.png)')
  assert.deepEqual(adapter.posts.map(brief), [
    '1 <image {"url":"https://a.cn/a.png"}>',
    '2 a.png: https://a.cn/a.png',
    '3 a[.]png: a[.]cn/a[.]png',
  ])
  assert.deepEqual(await states(rows), ['accepted'])
})

test('words beside a file that are refused as too long lose the file, and are halved then', async () => {
  const { arrive, delivery, journal, adapter, settle } = worldWith()
  const media = { kind: 'image', name: 'x.png', source: { path: 'x.png' } } as const
  const message = await arrive('m1')
  const planned = await delivery.plan(message, [{ kind: 'media', media, caption: 'one two' }], 'answer')
  const refused = { kind: 'form_refused', part: 'length' } as const
  adapter.script.push(refused, refused)
  delivery.enqueue(await journal.endTurn('qqbot', ['m1'], 'answered', null, planned))
  await settle()
  assert.equal(adapter.shown.length, 2)
  const words = adapter.shown.map(({ text }) => text).join(' ')
  assert.equal(words.replaceAll(/\s+/g, ' '), 'one two (The file “x.png” could not be sent. Code: ?)')
})

test('E72 a platform that is busy with a file again and again gets the words, and what follows waits no longer', async () => {
  const { arrive, answer, adapter, clock } = worldWith()
  adapter.script.push(...Array.from({ length: 4 }, () => ({ kind: 'busy' }) as const))
  await answer(await arrive('m1'), 'MEDIA:a.png\nthe end')
  await clock.advance(2 * MINUTE_MS)
  assert.deepEqual(adapter.shown.map(brief), ['3 (The file “a.png” could not be sent. Code: ?)', '2 the end'])
})

test('a file that a broken server may have kept, after uploads that were busy, is not said in words as well', async () => {
  const { arrive, answer, adapter, clock } = worldWith()
  adapter.script.push(...Array.from({ length: 3 }, () => ({ kind: 'busy' }) as const))
  adapter.script.push({ kind: 'busy', status: 504 }, { kind: 'duplicate' })
  const rows = await answer(await arrive('m1'), 'MEDIA:a.png')
  await clock.advance(10 * MINUTE_MS)
  assert.deepEqual(new Set(adapter.posts.map(brief)), new Set(['1 <image {"path":"/out/a.png"}>']))
  assert.equal(rows.length, 1)
})

test('what was perhaps shown is never sent a second way', async () => {
  const { arrive, answer, adapter, clock } = worldWith()
  adapter.script.push('lost', ...Array.from({ length: 8 }, () => ({ kind: 'busy' }) as const))
  await answer(await arrive('m1'), 'MEDIA:a.png')
  await clock.advance(59 * MINUTE_MS)
  assert.deepEqual(new Set(adapter.posts.map(({ reply }) => reply?.seq)), new Set([1]))
  assert.deepEqual(adapter.shown.map(brief), ['1 <image {"path":"/out/a.png"}>'])
})

test('any mixture, any budget: every file and every word is shown or held, once, in places that there are', async () => {
  const random = seededRandom(5)
  for (let round = 0; round < 60; round++) {
    const { arrive, answer, adapter, journal } = worldWith()
    const count = 1 + Math.floor(random.next() * 8)
    const parts = Array.from({ length: count }, (_, at) =>
      random.next() < 0.5 ? `MEDIA:f${at}.png` : `w${at} ${'x '.repeat(Math.floor(random.next() * 90))}w${at}e`,
    )
    await answer(await arrive('m1'), parts.join('\n'))
    const rows = await outboxOf(journal, ALICE)
    const all = rows.filter(row => row.state === 'accepted' || row.state === 'held')
    const files = all.flatMap(({ extras }) => extras?.media?.name ?? []).sort()
    assert.deepEqual(files, parts.flatMap(part => (part.startsWith('MEDIA:') ? [part.slice(6)] : [])).sort())
    const text = all.map(row => row.text).join('\n')
    for (const part of parts.filter(one => !one.startsWith('MEDIA:')))
      for (const word of [part.split(' ')[0] ?? '', `${part.split(' ')[0]}e`])
        assert.equal(text.split(/\s+/).filter(one => one === word).length, 1, `${word} of ${JSON.stringify(parts)}`)
    assert.ok(adapter.shown.length <= 4)
  }
})
