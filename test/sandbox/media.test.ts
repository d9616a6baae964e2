/** Uploads and hosted files of the sandbox, as a client of any kind meets them. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { isRecord } from '../../src/lib/json.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { sandboxFor } from '../support/sandbox.ts'
import { call, ready } from './raw-bot.ts'

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')
const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

/** With all that could be taken for the end of a part. */
const PICTURE = Uint8Array.from(Buffer.from('\x89PNG\r\n\x1a\n\r\n\r\n--\r\n\xff\0--', 'latin1'))

async function scene(t: Parameters<typeof sandboxFor>[0], options: Parameters<typeof sandboxFor>[1] = {}) {
  const box = await sandboxFor(t, options)
  const { auth, link } = await ready(box)
  t.after(() => link.end())
  const alice = box.person('Alice', { proactive: true })
  const post = (path: string, body: object) => call(box, 'POST', `/v2/users/${alice}/${path}`, body, auth)
  return { box, alice, post, auth }
}

const BYTES = Buffer.from('0123456789')
const announced = (changes: object = {}): object => ({
  file_type: 4,
  file_name: 'x.bin',
  file_size: String(BYTES.length),
  md5: md5(BYTES),
  sha1: sha1(BYTES),
  md5_10m: md5(BYTES),
  ...changes,
})

interface Prepared {
  readonly uploadId: string
  readonly parts: readonly { readonly index: number; readonly url: string }[]
}

function prepared(json: Readonly<Record<string, unknown>>): Prepared {
  const parts = Array.isArray(json['parts']) ? json['parts'].filter(isRecord) : []
  return {
    uploadId: String(json['upload_id']),
    parts: parts.map(part => ({ index: Number(part['index']), url: String(part['presigned_url']) })),
  }
}

const put = async (url: string, bytes: Uint8Array): Promise<number> =>
  (await fetch(url, { method: 'PUT', body: new Uint8Array(bytes) })).status

test('an upload in parts: sizes and hashes are checked, step by step', async t => {
  const { post } = await scene(t, { options: { uploadBlockBytes: 4 } })
  for (const wrong of [{ md5: 'x' }, { sha1: undefined }, { md5_10m: 'AB' }, { file_size: '0' }, { file_type: 9 }])
    assert.equal((await post('upload_prepare', announced(wrong))).json['err_code'], 12002)
  assert.equal((await post('upload_prepare', announced({ file_size: '300000000' }))).json['err_code'], 850031)
  const { uploadId, parts } = prepared((await post('upload_prepare', announced())).json)
  assert.deepEqual(
    parts.map(({ index }) => index),
    [1, 2, 3],
  )
  const finish = async (index: number, bytes: Uint8Array, changes: object = {}) => {
    const body = { upload_id: uploadId, part_index: index, block_size: bytes.length, md5: md5(bytes), ...changes }
    return (await post('upload_part_finish', body)).status
  }
  const pieces = [BYTES.subarray(0, 4), BYTES.subarray(4, 8), BYTES.subarray(8)]
  assert.equal(await finish(1, pieces[0] ?? BYTES), 400, 'before it was put')
  assert.equal(await put(parts[2]?.url ?? '', BYTES.subarray(0, 4)), 400, 'too long for the last part')
  assert.equal(await put(`${parts[0]?.url.split('/cos/')[0]}/cos/none/1`, BYTES), 404)
  for (const [at, bytes] of pieces.entries()) {
    assert.equal(await put(parts[at]?.url ?? '', bytes), 200)
    assert.equal(await finish(at + 1, bytes, { md5: md5(Buffer.from('other')) }), 400)
    assert.equal(await finish(at + 1, bytes, { block_size: 5 }), 400)
    if (at === 1) assert.equal((await post('files', { upload_id: uploadId })).status, 400, 'not all are finished')
    assert.equal(await finish(at + 1, bytes), 200)
  }
  const whole = await post('files', { upload_id: uploadId })
  assert.equal(whole.status, 200)
  const sent = await post('messages', { msg_type: 7, content: ' ', media: { file_info: whole.json['file_info'] } })
  assert.equal(sent.status, 200)
})

test('wrong hashes of the whole come to light when it is put together', async t => {
  const { post } = await scene(t)
  for (const wrong of [
    { md5: md5(Buffer.from('y')) },
    { sha1: sha1(Buffer.from('y')) },
    { md5_10m: md5(Buffer.from('y')) },
  ]) {
    const { uploadId, parts } = prepared((await post('upload_prepare', announced(wrong))).json)
    await put(parts[0]?.url ?? '', BYTES)
    const part = { upload_id: uploadId, part_index: 1, block_size: BYTES.length, md5: md5(BYTES) }
    assert.equal((await post('upload_part_finish', part)).status, 200)
    assert.equal((await post('files', { upload_id: uploadId })).json['err_code'], 40034004)
  }
})

test('a forgotten upload is unknown at each of its steps', async t => {
  const { box, post } = await scene(t)
  for (const step of ['put', 'finish', 'complete']) {
    const { uploadId, parts } = prepared((await post('upload_prepare', announced())).json)
    const url = parts[0]?.url ?? ''
    const part = { upload_id: uploadId, part_index: 1, block_size: BYTES.length, md5: md5(BYTES) }
    if (step !== 'put') await put(url, BYTES)
    if (step === 'complete') await post('upload_part_finish', part)
    box.fault('upload_forgotten')
    if (step === 'put') assert.equal(await put(url, BYTES), 404)
    if (step === 'finish') assert.equal((await post('upload_part_finish', part)).json['err_code'], 40034004)
    assert.equal((await post('files', { upload_id: uploadId })).json['err_code'], 40034004)
    assert.deepEqual(box.faults(), [])
  }
})

test('the disputed spellings can be chosen', async t => {
  const { box, post } = await scene(t)
  const first = async () => (await post('upload_prepare', announced())).json
  const usual = await first()
  assert.equal(usual['block_size'], '10485760')
  assert.ok(isRecord(usual['upload_config']) && usual['concurrency'] === 1)
  box.setOptions({ uploadIndexBase: 0, uploadNumbers: 'number', uploadConfig: 'nested' })
  const other = await first()
  assert.deepEqual(
    [other['block_size'], other['concurrency'], prepared(other).parts[0]?.index],
    [10485760, undefined, 0],
  )
})

test('a picture in a form, in a channel and in a direct session; a broken form, and one in a private chat, are refused', async t => {
  const { box, alice, auth } = await scene(t)
  const says = (channel: string) => box.say({ person: 'Alice', channel, text: 'hi' }).chat.openid
  const places = [`/channels/${says('general')}`, `/dms/${says('@Alice')}`]
  const post = async (path: string, body: FormData | string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${box.url}${path}/messages`, {
      method: 'POST',
      headers: { authorization: auth, ...headers },
      body,
    })
    const json = (await answer.json()) as Record<string, unknown>
    return { status: answer.status, code: json['err_code'] ?? 0, json }
  }
  const form = (fields: Record<string, string>, bytes: Uint8Array<ArrayBuffer> = PICTURE): FormData => {
    const data = new FormData()
    for (const [name, value] of Object.entries(fields)) data.set(name, value)
    data.set('file_image', new Blob([bytes]), 'p "1".png')
    return data
  }
  for (const [at, path] of places.entries()) {
    const other = places[1 - at] ?? ''
    assert.equal((await post(path, form({ content: '{"a": "看&lt;"}' }))).status, 200)
    assert.equal((await post(path, form({ markdown: '{"content": "**b**"}' }))).status, 200)
    assert.deepEqual((await post(path, form({ markdown: 'no JSON' }))).code, 0, 'the picture alone is enough')
    assert.equal((await post(path, form({ content: 'x' }, Uint8Array.from(Buffer.from('no picture'))))).code, 50035)
    assert.equal((await post(path, 'no form', { 'content-type': 'multipart/form-data; boundary=x' })).code, 12002)
    assert.equal((await post(path, 'no form', { 'content-type': 'multipart/form-data' })).code, 12002)
    const wrong = `${other.split('/')[1]}/${path.split('/')[2]}`
    assert.equal((await post(`/${wrong}`, form({ content: 'x' }))).code, 11255, 'each has a path of its own')
    const shown = box.answers({ channel: at === 0 ? 'general' : '@Alice' })
    assert.deepEqual(
      shown.map(({ text, form }) => [text, form]),
      [
        ['{"a": "看<"}', 'text'],
        ['**b**', 'markdown'],
        ['', 'text'],
      ],
    )
    const [file] = (shown[0]?.attachments ?? []) as { url: string; file_type: number }[]
    assert.equal(file?.file_type, 1)
    assert.deepEqual(Buffer.from(await (await fetch(box.url + file?.url)).arrayBuffer()), Buffer.from(PICTURE))
  }
  assert.equal((await post(`/v2/users/${alice}`, form({ content: 'x' }))).code, 22006)
})

test('a direct session is heard as one, by a guild of its own', async t => {
  const box = await sandboxFor(t)
  const { link } = await ready(box, { intents: 1 << 12 })
  t.after(() => link.end())
  const said = box.say({ person: 'Alice', channel: '@Alice', text: 'hi' })
  assert.deepEqual(said.events, ['DIRECT_MESSAGE_CREATE'])
  const { t: type, d } = await link.next()
  assert.equal(type, 'DIRECT_MESSAGE_CREATE')
  assert.ok(isRecord(d))
  assert.deepEqual(
    [d['guild_id'], d['direct_message'], d['content'], d['mentions']],
    [said.chat.openid, true, 'hi', undefined],
  )
  assert.ok(d['src_guild_id'] && d['src_guild_id'] !== d['guild_id'] && d['channel_id'] !== d['guild_id'])
})

test('a file of the control interface is handed out by the platform, without a token', async t => {
  const { box } = await scene(t)
  const file = { name: 'a b.png', type: 'text/html', data: Buffer.from('\x89PNG....', 'latin1').toString('base64') }
  const made = await control(box, file)
  assert.equal(made.status, 200)
  const { url, size } = (await made.json()) as { url: string; size: number }
  assert.ok(url.startsWith(`${box.url}/hosted/`))
  const got = await fetch(url)
  assert.deepEqual([got.headers.get('content-type'), (await got.arrayBuffer()).byteLength], ['image/png', size])
  box.fault('download_404', { times: 1 })
  assert.equal((await fetch(url)).status, 404)
  assert.equal((await fetch(`${box.url}/hosted/none/x`)).status, 404)
  assert.equal((await control(box, { name: 'x', data: 'no base64!' })).status, 400)
})

function control(box: Sandbox, file: object): Promise<Response> {
  return fetch(`${box.controlUrl}/sandbox/files`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(file),
  })
}
