/** The sections about files and voice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BOT, complaint, load } from './helpers.ts'

test('files and voice have sensible settings without a word about them', async t => {
  const { media, speech } = await load(t, { env: BOT })
  const mib = 1024 * 1024
  assert.deepEqual(media, {
    largestBytes: 200 * mib,
    quotaBytes: 1024 * mib,
    downloadMs: 60_000,
    fakeIpDns: false,
    allowedFolders: [],
  })
  assert.equal(speech, null)
})

test('a transcription server, its key a secret; sections whose lines are all commented out', async t => {
  const file = 'speech:\n  base_url: http://127.0.0.1:9/v1/\n  api_key: the-key-of-speech\n  model: m\nmedia:\n'
  const { speech, secrets, media } = await load(t, { env: BOT, file })
  assert.deepEqual(speech, { baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'the-key-of-speech', model: 'm' })
  assert.ok(secrets.includes('the-key-of-speech'))
  assert.equal(media.downloadMs, 60_000)
  assert.equal((await load(t, { env: BOT, file: 'speech:\n' })).speech, null)
})

test('mistakes are named with their cure', async t => {
  const line = (file: string): Promise<string> => complaint(t, { env: BOT, file })
  assert.match(await line('media: { quota: 5 }\n'), /media\.quota .*did you mean quota_mb\?/)
  assert.match(await line('media: { allowed_folders: [out] }\n'), /allowed_folders\[0\].*whole paths/)
  assert.match(await line('speech: { model: m }\n'), /speech\.base_url/)
  assert.match(await line('speech: { base_url: "https://a.cn", model: m, api_kay: k }\n'), /did you mean api_key\?/)
})
