/** A complaint is read by people, kept in logs and pasted into chats: a secret that stands in the wrong place is not in it. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { ConfigError } from '../../src/lib/errors.ts'
import { tempHome } from '../gateway/programs.ts'
import { load } from './helpers.ts'

const SECRET = 'Xy7Qw-93kLm2Zp'
const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(0x20 + at))
const KEYS = ['app_id', 'client_secret', 'api_base', 'token_url', 'dm_policy', 'group_policy', 'group_trigger']
const MORE_KEYS = ['enabled', 'markdown', 'text_limit', 'allowed_users', 'allowed_groups', 'reconnect', 'unknown_key']

/** `config.yaml` files with the secret in one place or another, most of them wrong. */
function* files(): Generator<string> {
  const inAccount = (line: string): string => `platforms:\n  qqbot:\n    ${line}\n`
  yield SECRET
  yield `- ${SECRET}\n`
  yield `${SECRET}: 1\n`
  yield `platforms: ${SECRET}\n`
  yield `platforms:\n  ${SECRET}: {}\n`
  yield `gateway: { http: { host: "${SECRET}/", port: ${SECRET} }, revive_s: [${SECRET}], language: ${SECRET} }\n`
  yield `agent: { type: ${SECRET} }\n`
  yield `agent: { type: openai, model: [${SECRET}], base_url: "https://x:${SECRET}@host" }\n`
  for (const key of [...KEYS, ...MORE_KEYS]) {
    yield inAccount(`${key}: ${SECRET}`)
    yield inAccount(`${key}: [${SECRET}]`)
    yield inAccount(`${key}: { ${SECRET}: 1 }`)
    yield inAccount(`${key}: "two words ${SECRET}"`)
    yield inAccount(`${key} ${SECRET}`)
    yield inAccount(`${key}:\n      - - ${SECRET}`)
  }
  for (const char of PRINTABLE) {
    yield inAccount(`app_id: 1\n    client_secret: ${char}${SECRET}`)
    yield inAccount(`app_id: 1\n    client_secret: ${SECRET}${char}`)
    yield inAccount(`app_id: 1\n    client_secret: ${SECRET}${char} x`)
    yield inAccount(`app_id: 1\n    client_secret: "\\${char}${SECRET}"`)
    yield inAccount(`app_id: 1\n  ${char}${SECRET}`)
    yield `platforms: { qqbot: { app_id: 1, client_secret: ${char}${SECRET} } }\n`
    yield `platforms: { qqbot: { app_id: 1, client_secret${char}${SECRET} } }\n`
    yield `${char}${SECRET}\n---\nplatforms: {}\n`
  }
}

async function messageOf(home: string): Promise<string> {
  const thrown = await loadConfig({ home, env: {} }).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown === undefined) return ''
  assert.ok(thrown instanceof ConfigError, String(thrown))
  return thrown.message
}

test('of no mistake in the file', async t => {
  const home = tempHome(t)
  let complaints = 0
  for (const file of files()) {
    writeFileSync(join(home, 'config.yaml'), file)
    const message = await messageOf(home)
    if (message !== '') complaints += 1
    // Also a large part of it would be too much.
    for (let at = 0; at + 7 <= SECRET.length; at++)
      assert.ok(!message.includes(SECRET.slice(at, at + 7)), `${file} ⇒ ${message}`)
  }
  assert.ok(complaints > 500, `${complaints} of these files are wrong`)
})

test('of no mistake in .env', async t => {
  const home = tempHome(t)
  let complaints = 0
  for (const char of PRINTABLE)
    for (const line of [
      `${char}${SECRET}`,
      `QQ_CLIENT_SECRET${char}${SECRET}`,
      `QQ_CLIENT_SECRET="${SECRET}"${char}${SECRET}`,
      `QQ_CLIENT_SECRET=${char}${SECRET}`,
    ]) {
      writeFileSync(join(home, '.env'), `QQ_APP_ID=1\n${line}\n`)
      const message = await messageOf(home)
      if (message !== '') complaints += 1
      assert.ok(!message.includes(SECRET), `${line} ⇒ ${message}`)
    }
  assert.ok(complaints > 200, `${complaints} of these files are wrong`)
})

test('of no variable', async t => {
  const names = ['QQ_APP_ID', 'QQ_CLIENT_SECRET', 'QQ_API_BASE', 'QQ_TOKEN_URL', 'QQ_ALLOW_ALL_USERS', 'OPENAI_API_KEY']
  for (const name of [...names, 'OPENAI_BASE_URL', 'OPENAI_MODEL']) {
    const env = { QQ_APP_ID: '1', QQ_CLIENT_SECRET: 'x', OPENAI_MODEL: 'm', [name]: `${SECRET} and\nmore` }
    const thrown = await load(t, { env, file: 'agent: { type: openai }\n' }).catch((error: unknown) => error)
    // The name of a model may be anything of one line.
    if (name === 'OPENAI_MODEL') continue
    assert.ok(thrown instanceof ConfigError, name)
    assert.match(thrown.message, new RegExp(name))
    assert.ok(!thrown.message.includes(SECRET.slice(0, 7)), thrown.message)
    assert.doesNotMatch(thrown.message, /\n/)
  }
})

test('every secret is handed to the redactor, also that of a disabled account', async t => {
  const config = await load(t, {
    file: `platforms:
  qqbot: { app_id: 1, client_secret: ' first-secret ' }
  qqbot:work: { enabled: false, client_secret: second-secret }
agent: { type: openai, model: m, api_key: third-secret }
`,
  })
  assert.deepEqual(config.secrets, ['first-secret', 'second-secret', 'third-secret'])
  assert.equal(config.accounts[0]?.clientSecret, 'first-secret')
})
