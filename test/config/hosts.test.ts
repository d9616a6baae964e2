/** One setting moves all hosts of an account; finer ones move a part. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CleanUp } from '../support/clean-up.ts'
import { complaintIn, type Given, homeWith, load } from './helpers.ts'

const account = (lines: string): string => `platforms: { qqbot: { app_id: 1, client_secret: s, ${lines} } }\n`

async function hosts(t: CleanUp, given: Given): Promise<readonly (readonly [string, string])[]> {
  return (await load(t, given)).accounts.map(({ apiBase, tokenUrl }) => [apiBase, tokenUrl])
}

test('the hosts of the platform by name, and any other by its address', async t => {
  const own = 'https://bots.qq.com/app/getAppAccessToken'
  for (const [host, apiBase, tokenUrl] of [
    ['sgroup', 'https://api.sgroup.qq.com', own],
    ['bot', 'https://api.bot.qq.com', 'https://api.bot.qq.com/app/getAppAccessToken'],
    ['sandbox', 'https://sandbox.api.sgroup.qq.com', own],
    ['"http://127.0.0.1:9000/"', 'http://127.0.0.1:9000', 'http://127.0.0.1:9000/app/getAppAccessToken'],
    ['https://proxy.example/qq', 'https://proxy.example/qq', 'https://proxy.example/qq/app/getAppAccessToken'],
  ] as const)
    assert.deepEqual(await hosts(t, { file: account(`host: ${host}`) }), [[apiBase, tokenUrl]])
  assert.deepEqual(await hosts(t, { file: account('') }), await hosts(t, { file: account('host: sgroup') }))
})

test('api_base and token_url each win over host, and a host that moves nothing is said to', async t => {
  const api = account('host: bot, api_base: "https://mine.example/api/"')
  assert.deepEqual(await hosts(t, { file: api }), [
    ['https://mine.example/api', 'https://api.bot.qq.com/app/getAppAccessToken'],
  ])
  const token = account('host: bot, token_url: "https://mine.example/token"')
  assert.deepEqual(await hosts(t, { file: token }), [['https://api.bot.qq.com', 'https://mine.example/token']])
  assert.deepEqual((await load(t, { file: token })).warnings, [])
  const both = account('host: bot, api_base: "https://a.example", token_url: "https://t.example"')
  assert.deepEqual((await load(t, { file: both })).warnings, [
    'platforms.qqbot.host: moves nothing, because api_base and token_url are set too; remove them',
  ])
})

test('QQ_HOST holds for every account that does not say itself where it lives', async t => {
  const file = `
platforms:
  qqbot: { app_id: 1, client_secret: s, host: sgroup }
  qqbot:work: { app_id: 2, client_secret: s }
  qqbot:box: { app_id: 3, client_secret: s, host: "http://127.0.0.1:9000" }
`
  const env = { QQ_HOST: 'bot', QQ_TOKEN_URL: 'https://t.example/' }
  assert.deepEqual(await hosts(t, { file, env }), [
    ['https://api.bot.qq.com', 'https://t.example/'],
    ['https://api.bot.qq.com', 'https://t.example/'],
    ['http://127.0.0.1:9000', 'http://127.0.0.1:9000/app/getAppAccessToken'],
  ])
})

test('a host that is none is refused with what may stand there', async t => {
  for (const wrong of ['sanbox', 'api.bot.qq.com', '"https://a.example/?x=1"', '5'])
    assert.match(
      await complaintIn(homeWith(t, { file: account(`host: ${wrong}`) })),
      /^platforms\.qqbot\.host \(~\/config\.yaml:1\): is .*; wants sgroup, bot, sandbox, or an address that begins with https/,
    )
  assert.match(
    await complaintIn(homeWith(t, { file: account('host: bto') })),
    /: is bto \(did you mean bot\?\); wants sgroup, bot, sandbox, or an address/,
  )
})
