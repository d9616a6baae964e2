import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempHome } from '../gateway/programs.ts'
import type { CleanUp } from '../support/clean-up.ts'
import { ROOT } from '../support/herald.ts'
import { herald } from './herald.ts'

const SECRETS = ['secret-of-the-bot', 'secret-of-work', 'sk-0123456789']

function homeWith(t: CleanUp): string {
  const home = tempHome(t)
  writeFileSync(
    join(home, 'config.yaml'),
    `gateway:
  http: { port: 9000 }
platforms:
  qqbot: { allowed_users: [ann] }
  "qqbot:work":
    app_id: 102000002
    client_secret: \${WORK_SECRET}
agent: { type: openai, model: small, api_key: ${SECRETS[2]} }
`,
  )
  writeFileSync(join(home, '.env'), `QQ_CLIENT_SECRET=${SECRETS[0]}\nWORK_SECRET=${SECRETS[1]}\n`)
  return home
}

test('config explain: value and source of each, and no secret', async t => {
  const home = homeWith(t)
  const env = { QQ_APP_ID: '102000001' }
  const all = await herald(t, ['config', 'explain', '--home', home], { env })
  assert.deepEqual([all.code, all.stderr], [0, ''])
  for (const line of [
    /^gateway\.http\.port +9000 +\S+config\.yaml:2$/,
    /^gateway\.http\.host +127\.0\.0\.1 +default$/,
    /^platforms\.qqbot\.app_id +102000001 +QQ_APP_ID in the environment$/,
    /^platforms\.qqbot\.client_secret +\(secret\) +QQ_CLIENT_SECRET in \S+\.env$/,
    /^platforms\.qqbot\.allowed_users +\["ann"\] +\S+config\.yaml:4$/,
    /^platforms\.qqbot:work\.client_secret +\(secret\) +\S+config\.yaml:7$/,
    /^agent\.api_key +\(secret\) +\S+config\.yaml:8$/,
    /^agent\.system_prompt +\(not set\)$/,
  ])
    assert.ok(
      all.stdout.split('\n').some(each => line.test(each)),
      `${line}\n${all.stdout}`,
    )
  const json = await herald(t, ['config', 'explain', '--json', '--home', home], { env })
  for (const secret of SECRETS) assert.ok(!`${all.stdout}${json.stdout}`.includes(secret))
  const entries: { key: string; value: unknown; isSet: boolean }[] = JSON.parse(json.stdout)
  assert.deepEqual(
    entries.find(({ key }) => key === 'platforms.qqbot.client_secret'),
    {
      key: 'platforms.qqbot.client_secret',
      isSet: true,
      secret: true,
      value: null,
      source: `QQ_CLIENT_SECRET in ${join(home, '.env')}`,
      meaning: "The bot's secret",
    },
  )
})

test('config explain of one, of a section, of none', async t => {
  const home = homeWith(t)
  const one = await herald(t, ['config', 'explain', 'gateway.http.port', '--home', home])
  assert.match(one.stdout, /^gateway\.http\.port {2}9000 {2}\S+:2\n {2}Their port; 0 takes any free one\.\n$/)
  const section = await herald(t, ['config', 'explain', 'platforms.qqbot:work.limits', '--home', home])
  assert.equal(section.stdout.match(/^platforms\.qqbot:work\.limits\./gm)?.length, 6)
  const wrong = await herald(t, ['config', 'explain', 'gateway.http.prot', '--home', home])
  assert.deepEqual([wrong.code, wrong.stdout], [1, ''])
  assert.equal(wrong.stderr, 'herald: no setting gateway.http.prot here; did you mean gateway.http.port?\n')
})

test('config check: 0 with what is doubtful, 78 with one line', async t => {
  const home = homeWith(t)
  const env = { QQ_APP_ID: '102000001' }
  const right = await herald(t, ['config', 'check', '--home', home], { env })
  assert.deepEqual([right.code, right.stderr], [0, ''])
  assert.match(right.stdout, /^The settings are right: qqbot, qqbot:work; agent openai\.\n/)
  writeFileSync(join(home, 'config.yaml'), 'gateway: { http: { host: 0.0.0.0 } }\n')
  const doubtful = await herald(t, ['config', 'check', '--json', '--home', home], { env })
  assert.equal(doubtful.code, 0)
  assert.match(JSON.parse(doubtful.stdout).warnings[0], /open to other machines/)
  writeFileSync(join(home, 'config.yaml'), 'gatewya: {}\n')
  const wrong = await herald(t, ['config', 'check', '--home', home], { env })
  assert.deepEqual([wrong.code, wrong.stdout], [78, ''])
  assert.match(wrong.stderr, /^herald: gatewya \(\S+:1\): unknown key; did you mean gateway\?\n$/)
  const json = await herald(t, ['config', 'check', '--json', '--home', home], { env })
  assert.equal(json.code, 78)
  assert.match(JSON.parse(json.stdout).error, /did you mean gateway/)
})

test('config schema is the file in the documentation', async t => {
  const said = await herald(t, ['config', 'schema'])
  assert.equal(said.stdout, readFileSync(join(ROOT, 'docs/config.schema.json'), 'utf8'))
})
