/** The suite for adapters catches what it is for: each broken adapter fails the checks that are named, and no good one does. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const FINDS: Readonly<Record<string, { readonly check: string; readonly fails: RegExp }>> = {
  'says connected whatever happens': { check: 'falls silent', fails: /noticed/ },
  'never settles': { check: 'stopped while it is up', fails: /did not settle/ },
  'loses every second message': { check: 'many messages', fails: /all of them/ },
  'hands messages over in the wrong order': { check: 'many messages', fails: /message 1/ },
  'throws instead of an outcome': { check: 'content_refused', fails: /content_refused/ },
  'takes every failure for a success': { check: 'window_closed', fails: /accepted/ },
  'uses one key for all replies': { check: 'keys of their own', fails: /duplicate/ },
  'gives up with a cause that could pass': { check: 'credentials', fails: /not within|true/ },
}

for (const [broken, { check, fails }] of Object.entries(FINDS))
  test(`an adapter that ${broken} is found`, async () => {
    await findsOne('qqbot', broken, check, fails)
  })

test('by webhook too: an adapter that never loses its proof, and one that loses messages', async () => {
  const over = 'qqbotByWebhook'
  await findsOne(over, 'says connected whatever happens', 'falls silent', /noticed/)
  await findsOne(over, 'loses every second message', 'many messages', /all of them/)
})

async function findsOne(over: string, broken: string, check: string, fails: RegExp): Promise<void> {
  const { code, output } = await runSuite(over, broken, check)
  assert.equal(code, 1, output)
  assert.match(output, /fail 1$/m, output)
  assert.match(output, fails)
}

function runSuite(over: string, broken: string, check: string): Promise<{ code: number | null; output: string }> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = [
    '--test',
    '--test-reporter=spec',
    `--test-name-pattern=${check}`,
    join(import.meta.dirname, 'broken.ts'),
  ]
  const child = spawn(process.execPath, args, { env: { ...env, BREAK: broken, OVER: over } })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', chunk => (output += chunk))
  child.stderr.setEncoding('utf8').on('data', chunk => (output += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, output }))
  })
}
