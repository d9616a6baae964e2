/** Pictures in a guild's channels and direct sessions, over real sockets: part of the message itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatAddress, Outgoing } from '../../../../src/platforms/platform.ts'
import { PNG, webServer } from '../../../media/house.ts'
import type { CleanUp } from '../../../support/clean-up.ts'
import { asKind, type SendHouse, sendHouse } from './media-house.ts'

type Place = 'channel' | 'dm'

interface GuildHouse extends SendHouse {
  /** What a post to that place carries besides its file. */
  to(place: Place, more?: Partial<Outgoing>): Partial<Outgoing>
  /** What people see there. */
  seen(place: Place): readonly { readonly text: string; readonly form: string; readonly pictures: readonly string[] }[]
  /** The bytes behind a picture that is seen. */
  bytesOf(place: Place): Promise<Buffer>
}

const NAMES: Readonly<Record<Place, string>> = { channel: 'general', dm: '@Alice' }

async function guildHouse(t: CleanUp, ...given: [Parameters<typeof sendHouse>[1]?, Parameters<typeof sendHouse>[2]?]) {
  const house = await sendHouse(t, ...given)
  const { box } = house
  const seen: GuildHouse['seen'] = place =>
    box.answers({ channel: NAMES[place] }).map(({ text, form, attachments = [] }) => ({
      text,
      form,
      pictures: attachments.map(one => (one as { url: string }).url),
    }))
  const guild: GuildHouse = {
    ...house,
    to(kind, more = {}) {
      const said = box.say({ person: 'Alice', channel: NAMES[kind], text: 'hi' })
      const chat: ChatAddress = { account: 'qqbot', kind, id: said.chat.openid }
      return { chat, reply: { via: 'msg_id', id: said.id, seq: 1 }, ...more }
    },
    seen,
    async bytesOf(place) {
      const url = seen(place).at(-1)?.pictures[0] ?? ''
      return Buffer.from(await (await fetch(new URL(url, box.url))).arrayBuffer())
    },
  }
  return guild
}

for (const place of ['channel', 'dm'] as const)
  test(`a picture of this machine, in a ${place}: one post, as a form, byte for byte`, async t => {
    const { box, file, send, to, seen, bytesOf } = await guildHouse(t)
    // Whatever a picture contains, it ends where it ends.
    const picture = Buffer.concat([PNG, Buffer.from('\r\n--herald-\r\n\r\n--\0\xff', 'latin1')])
    const outcome = await send(asKind('image', 'a.png', file('a.png', picture)), to(place, { text: 'a <b> & "c"\n看' }))
    assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome))
    assert.deepEqual(
      seen(place).map(({ text, form }) => [text, form]),
      [['a <b> & "c"\n看', 'text']],
    )
    assert.deepEqual(await bytesOf(place), picture)
    assert.equal(box.counters().sends, 1)
  })

test('alone, with Markdown, and with a quote: the rest of the message comes with it', async t => {
  const { box, file, send, to, seen } = await guildHouse(t)
  const picture = asKind('image', 'a.png', file('a.png', PNG))
  assert.equal((await send(picture, to('channel'))).kind, 'accepted')
  const quoting = { text: '**look**', form: 'markdown', extras: { quote: 'quoted-message' } } as const
  assert.equal((await send(picture, to('channel', quoting))).kind, 'accepted')
  const shown = seen('channel')
  assert.deepEqual(
    shown.map(({ text, form, pictures }) => [text, form, pictures.length]),
    [
      ['', 'text', 1],
      ['**look**', 'markdown', 1],
    ],
  )
  assert.equal(box.answers({ channel: 'general' })[1]?.quote?.refIdx, 'quoted-message')
  assert.equal(box.counters().sends, 2)
})

test('a picture of the web goes by its address; the platform asks for it', async t => {
  const { box, send, to, seen } = await guildHouse(t)
  const url = 'https://a.cn/a.png?x=1'
  assert.equal((await send(asKind('image', 'a.png', { url }), to('dm', { text: 'look' }))).kind, 'accepted')
  assert.deepEqual(seen('dm'), [{ text: 'look', form: 'text', pictures: [url] }])
  assert.equal(box.counters().sends, 1)
})

for (const code of [304010, 304021, 40034001, 304003])
  test(`E73 an address that the platform does not take (${code}): from here it comes as bytes, one message`, async t => {
    const web = await webServer(t, { '/a.png': response => response.end(PNG) })
    const { box, send, to, seen, bytesOf } = await guildHouse(t, {}, { ownBases: [web.url] })
    box.fault({ kind: 'send', when: 'picture_url', code })
    const outcome = await send(asKind('image', 'a.png', { url: `${web.url}/a.png` }), to('channel', { text: 'look' }))
    assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome))
    assert.deepEqual(await bytesOf('channel'), PNG)
    assert.deepEqual([seen('channel').length, box.counters().sends, web.requests.length], [1, 2, 1])
  })

test('E73 refused for another reason, or without a verdict: not said a second way', async t => {
  const { box, send, to } = await guildHouse(t)
  const picture = asKind('image', 'a.png', { url: 'https://a.cn/a.png' })
  box.fault({ kind: 'send', when: 'picture_url', code: 304019 }, { times: 1 })
  const refused = await send(picture, to('channel'))
  assert.deepEqual([refused.kind, refused.code], ['form_refused', '304019'])
  box.fault('lost_answer')
  assert.equal((await send(picture, to('channel'))).kind, 'unknown')
  assert.equal(box.counters().sends, 2)
})

test('no picture, too large for a message, refused by the platform: the file is at fault, and its words go on', async t => {
  const { box, file, send, to } = await guildHouse(t)
  const codeOf = async (media: Parameters<typeof send>[0]): Promise<string> => {
    const outcome = await send(media, to('channel'))
    return outcome.kind === 'form_refused' && outcome.part === 'media'
      ? String(outcome.code ?? outcome.status)
      : outcome.kind
  }
  assert.equal(await codeOf(asKind('file', 'a.txt', file('a.txt', 'words'))), 'guild_file')
  assert.equal(await codeOf(asKind('voice', 'a.mp3', { url: 'https://a.cn/a.mp3' })), 'guild_file')
  assert.equal(await codeOf(asKind('image', 'a.png', file('a.png', 'no picture'))), 'unsupported')
  const huge = Buffer.concat([PNG, Buffer.alloc(9_500_000)])
  assert.equal(await codeOf(asKind('image', 'b.png', file('b.png', huge))), 'too_large')
  assert.equal(await codeOf(asKind('image', 'c.png', { path: '/etc/passwd' })), 'path_refused')
  assert.equal(box.counters().sends, 0)
  const picture = asKind('image', 'd.png', file('d.png', PNG))
  box.fault({ kind: 'send', when: 'media', code: 304020 }, { times: 1 })
  assert.equal(await codeOf(picture), '304020')
  box.fault({ kind: 'http', route: 'send', answer: { status: 413, body: '<html></html>' } }, { times: 1 })
  assert.equal(await codeOf(picture), '413')
  box.fault({ kind: 'send', when: 'media', code: 304017 }, { times: 1 })
  assert.equal(await codeOf(picture), 'busy')
  assert.equal(await codeOf(picture), 'accepted')
})

test('E60 a token that has expired is fetched anew, and the same form goes through', async t => {
  const { box, file, send, to, seen } = await guildHouse(t)
  const picture = asKind('image', 'a.png', file('a.png', PNG))
  assert.equal((await send(picture, to('dm'))).kind, 'accepted')
  box.fault('revoke_token')
  assert.equal((await send(picture, to('dm'))).kind, 'token_refused')
  assert.equal((await send(picture, to('dm'))).kind, 'accepted')
  assert.equal(seen('dm').length, 2)
})
