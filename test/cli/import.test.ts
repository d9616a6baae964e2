import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempHome } from '../gateway/programs.ts'
import type { CleanUp } from '../support/clean-up.ts'
import { herald } from './herald.ts'

const SECRET = 'the-secret-of-the-bot'

function hermesHome(t: CleanUp): string {
  const folder = tempHome(t)
  writeFileSync(
    join(folder, '.env'),
    `# Hermes\nQQ_APP_ID=102000001\nQQ_CLIENT_SECRET=${SECRET}\nQQ_ALLOWED_USERS=ann, bob\nQQ_STT_API_KEY=key-of-ears\nQQ_SANDBOX=true\nQQBOT_HOME_CHANNEL=ann\nthis is no assignment\nOPENROUTER_API_KEY=other\n`,
  )
  writeFileSync(
    join(folder, 'config.yaml'),
    `model: { default: x }
platforms:
  qqbot:
    enabled: true
    extra:
      markdown_support: false
      dm_policy: allowlist
      group_policy: open
      group_allow_from: [g1]
      stt: { provider: zai, baseUrl: "https://ears.example/v4", model: glm-asr }
`,
  )
  mkdirSync(join(folder, 'platforms/pairing'), { recursive: true })
  writeFileSync(
    join(folder, 'platforms/pairing/qqbot-approved.json'),
    JSON.stringify({ cid: { user_name: 'Cid', approved_at: 1 } }),
  )
  return folder
}

/** Every file, its content and its times. */
function pictureOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const all = files.map(({ parentPath, name }) => join(parentPath, name)).sort()
  return JSON.stringify(all.map(file => [file, statSync(file).mtimeMs, readFileSync(file, 'utf8')]))
}

test('a Hermes home is taken over when asked to, and left as it is', async t => {
  const hermes = hermesHome(t)
  const before = pictureOf(hermes)
  const home = tempHome(t)
  writeFileSync(
    join(home, 'config.yaml'),
    'platforms:\n  qqbot:\n    allowed_users: [zoe] # mine\nagent: { type: echo }\n',
  )
  const shown = await herald(t, ['import', 'hermes', hermes, '--home', home])
  assert.deepEqual([shown.code, shown.stderr], [0, ''])
  assert.match(shown.stdout, /platforms\.qqbot\.allowed_users: \["zoe","ann","bob","cid"\]/)
  assert.match(shown.stdout, /platforms\.qqbot\.host: "sandbox"/)
  assert.match(shown.stdout, /not taken over, Herald has no such thing: QQBOT_HOME_CHANNEL$/m)
  assert.match(shown.stdout, /Nothing is written yet/)
  for (const secret of [SECRET, 'key-of-ears']) assert.ok(!shown.stdout.includes(secret))
  assert.deepEqual(readdirSync(home), ['config.yaml'], 'shown only')

  const written = await herald(t, ['import', 'hermes', '--yes', '--home', home], { env: { HERMES_HOME: hermes } })
  assert.deepEqual([written.code, written.stderr], [0, ''])
  assert.equal(pictureOf(hermes), before)
  const explained = await herald(t, ['config', 'explain', '--json', '--home', home])
  const of = (key: string) => JSON.parse(explained.stdout).find((one: { key: string }) => one.key === key)
  assert.equal(of('platforms.qqbot.app_id').value, '102000001')
  assert.equal(of('platforms.qqbot.client_secret').isSet, true)
  assert.deepEqual(of('platforms.qqbot.allowed_users').value, ['zoe', 'ann', 'bob', 'cid'])
  assert.deepEqual(of('platforms.qqbot.allowed_groups').value, ['g1'])
  assert.equal(of('platforms.qqbot.dm_policy').value, 'allowlist')
  assert.equal(of('platforms.qqbot.group_policy').value, 'open')
  assert.equal(of('platforms.qqbot.markdown').value, false)
  assert.equal(of('speech.base_url').value, 'https://ears.example/v4')
  assert.equal(of('speech.api_key').isSet, true)
  assert.match(readFileSync(join(home, 'config.yaml'), 'utf8'), /type: echo/)
  assert.equal(statSync(join(home, '.env')).mode & 0o777, 0o600)
})

test('what a Hermes home says and Herald has no word for is named, and what is here already is no change', async t => {
  const hermes = tempHome(t)
  const home = tempHome(t)
  writeFileSync(join(hermes, '.env'), `QQ_APP_ID=102000001\nQQ_CLIENT_SECRET=${SECRET}\nQQ_STT_API_KEY=key-of-ears\n`)
  writeFileSync(join(hermes, 'config.yaml'), 'platforms: { qqbot: { extra: { dm_policy: whitelist } } }\n')
  const first = await herald(t, ['import', 'hermes', hermes, '--yes', '--home', home])
  assert.match(first.stdout, /^not taken over, .*: QQ_STT_API_KEY, dm_policy: whitelist$/m, first.stderr)
  const second = await herald(t, ['import', 'hermes', hermes, '--home', home])
  assert.match(second.stdout, /Nothing to change/)
  assert.doesNotMatch(second.stdout, /app_id|--yes/)
})

test('settings of Hermes that cannot be read are not passed over', async t => {
  const hermes = hermesHome(t)
  const home = tempHome(t)
  writeFileSync(join(hermes, 'config.yaml'), 'platforms: { qqbot: [\n')
  const broken = await herald(t, ['import', 'hermes', hermes, '--yes', '--home', home])
  assert.equal(broken.code, 78)
  assert.match(broken.stderr, /^herald: \S+config\.yaml: broken YAML; mend it first/)
  rmSync(join(hermes, '.env'))
  mkdirSync(join(hermes, '.env'))
  const folder = await herald(t, ['import', 'hermes', hermes, '--yes', '--home', home])
  assert.match(folder.stderr, /^herald: EISDIR.*; let this user read it, or name another home/)
  assert.deepEqual(readdirSync(home), [])
})

test('no Hermes, and one without a QQ bot', async t => {
  const home = tempHome(t)
  const none = await herald(t, ['import', 'hermes', '/nonexistent', '--home', home])
  assert.deepEqual([none.code, none.stderr], [1, 'herald: /nonexistent does not exist; name the home of Hermes\n'])
  const empty = await herald(t, ['import', 'hermes', tempHome(t), '--home', home])
  assert.equal(empty.code, 1)
  assert.match(empty.stderr, /has no QQ bot/)
  assert.deepEqual(readdirSync(home), [])
})
