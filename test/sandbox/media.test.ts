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
