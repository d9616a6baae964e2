/** What is made of the schema of the settings: for editors, for the documentation, for `config explain`. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { PAGE_FILE, pageText, SCHEMA_FILE, schemaText } from '../../scripts/settings-docs.ts'
import { listSettings, settingsJsonSchema } from '../../src/config/schema/json-schema.ts'
import { MEANINGS } from '../../src/config/schema/meanings.ts'

const ANEW = 'make them anew with `npm run settings-docs`'

test('docs/config.schema.json and the table of all settings are of this schema', () => {
  assert.ok(readFileSync(SCHEMA_FILE, 'utf8') === schemaText(), `docs/config.schema.json is not current; ${ANEW}`)
  const page = readFileSync(PAGE_FILE, 'utf8')
  assert.ok(page === pageText(page), `the table in docs/configuration.md is not current; ${ANEW}`)
})

test('every setting has its meaning, and no meaning is left of one that is gone', () => {
  const paths = new Set(listSettings().map(({ path }) => path))
  assert.ok(paths.size > 30 && paths.has('platforms.<account>.reconnect.backoff_s'))
  for (const path of paths) assert.ok(MEANINGS[path], `say in src/config/schema/meanings.ts what ${path} means`)
  for (const path of Object.keys(MEANINGS)) assert.ok(paths.has(path), `there is no setting ${path} any more`)
})

const EXAMPLES = [...readFileSync(PAGE_FILE, 'utf8').matchAll(/^```yaml\n([\s\S]+?)^```/gm)].map(
  ([, text = '']) => text,
)
const RIGHT = [
  '{}',
  'gateway:\nplatforms:\n',
  `gateway: { http: false, max_turns: "\${TURNS}" }`,
  `platforms: { "qqbot:work": { app_id: 102000001, client_secret: x, enabled: "\${ON}", allowed_users: [12, a] } }`,
  'agent: {}',
  'agent: { type: echo }',
  'agent: { type: openai, model: m }',
]
const WRONG = [
  'gatewya: {}',
  'gateway: { http: true }',
  'gateway: { language: fr }',
  'gateway: { max_turns: 0 }',
  'platforms: { qqbot: { enabled: perhaps } }',
  'platforms: { qqbto: {} }',
  'platforms: { qqbot: { reconnect: { backoff_s: [] } } }',
  'agent: { model: m }',
  'agent: { type: echo, model: m }',
  'speech: { model: m }',
]

test('an editor accepts what Herald accepts, and marks what it refuses', () => {
  const schema = z.fromJSONSchema(settingsJsonSchema())
  assert.ok(EXAMPLES.length > 0)
  for (const text of [...EXAMPLES, ...RIGHT]) {
    const { error } = schema.safeParse(parse(text))
    assert.equal(error, undefined, `${text}\n${error?.message}`)
  }
  for (const text of WRONG) assert.equal(schema.safeParse(parse(text)).success, false, text)
})
