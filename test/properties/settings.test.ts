/** Settings files, whatever stands in them: whole settings, or one line that names the place and never a value. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { ConfigError } from '../../src/lib/errors.ts'
import { BOT } from '../config/helpers.ts'
import { tempHome } from '../gateway/programs.ts'
import { anyText } from './arbitraries.ts'

const RUNS = 300
/** Stands in every place where a value may stand, and must never be read back. */
const SECRET = 'hunter2-and-a-half'

const keys = fc.constantFrom(
  'platforms',
  'qqbot',
  'app_id',
  'client_secret',
  'gateway',
  'http',
  'port',
  'agent',
  'agents',
  'type',
  'api_key',
  'base_url',
  'reconnect',
  'backoff_s',
  'allow_users',
  'dm_policy',
  'routes',
  'log',
  'gatewai',
  '__proto__',
)
const scalar = fc.oneof(
  fc.constantFrom(
    SECRET,
    `\${${SECRET}`,
    'openai',
    'echo',
    'pairing',
    'exit',
    '',
    null,
    true,
    0,
    -1,
    Number.POSITIVE_INFINITY,
    [],
    {},
  ),
  fc.integer(),
  anyText(20),
)
const settings: fc.Arbitrary<unknown> = fc.letrec<{ node: unknown }>(tie => ({
  node: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.dictionary(fc.oneof({ weight: 8, arbitrary: keys }, { weight: 1, arbitrary: anyText(8) }), tie('node'), {
      maxKeys: 6,
    }),
    fc.array(tie('node'), { maxLength: 3 }),
  ),
})).node
const file = fc.oneof(
  settings.map(value => stringify(value)),
  settings.map(value => `platforms:\n  qqbot: ${JSON.stringify(value) ?? 'x'}\n`),
  anyText(200),
  fc.tuple(settings, fc.nat()).map(([value, at]) => {
    const whole = stringify(value)
    return whole.slice(0, at % (whole.length + 1))
  }),
)

async function outcomeOf(home: string): Promise<string | undefined> {
  try {
    await loadConfig({ home, env: BOT })
    return undefined
  } catch (thrown) {
    assert.ok(thrown instanceof ConfigError, String(thrown))
    return thrown.message
  }
}

function assertOneLine(line: string): void {
  assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u)
  assert.ok(line.length < 500, line)
  assert.ok(!line.includes(SECRET), line)
}

test('config.yaml: accepted, or one line without a value', async t => {
  const home = tempHome(t)
  await fc.assert(
    fc.asyncProperty(file, async text => {
      writeFileSync(join(home, 'config.yaml'), text)
      const line = await outcomeOf(home)
      if (line !== undefined) assertOneLine(line)
    }),
    { numRuns: RUNS },
  )
})

test('.env: accepted, or one line without a value', async t => {
  const home = tempHome(t)
  const line = fc.oneof(
    fc
      .tuple(fc.constantFrom('QQ_APP_ID', 'export QQ_CLIENT_SECRET', 'X', '1X', ''), scalar)
      .map(([name, value]) => `${name}=${String(value)}`),
    fc.constantFrom(`A="${SECRET}`, `A='${SECRET}' ${SECRET}`, SECRET, '# comment'),
    anyText(40),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), async lines => {
      writeFileSync(join(home, '.env'), lines.join('\n'))
      const said = await outcomeOf(home)
      if (said !== undefined) assertOneLine(said)
    }),
    { numRuns: RUNS },
  )
})
