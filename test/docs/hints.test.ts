/** What helps, for people who read Chinese: the hint that came, not merely what helps in general. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cureInChinese } from '../../src/pages/hints.js'
import { closeRule } from '../../src/platforms/qqbot/link/close-codes.ts'

const SOURCES = join(import.meta.dirname, '../../src')
const LITERAL = /\bhint(?::|\s=)\s*(?:[\w.]+ \?\? )?(?:'([^']+)'|`(check .+?|the .+?|something .+?)`)/g
/** What an expression of a template may stand for. */
const filled = (template: string): string => template.replaceAll(/\$\{[^}]+\}/g, 'x')

/** The hints of accounts and agents, as they are written in the code. */
function hintsInSources(): readonly string[] {
  const files = globSync('{agents,gateway/lives,platforms/qqbot}/**/*.ts', { cwd: SOURCES })
  return files
    .filter(file => !file.includes('qqbot/setup/'))
    .flatMap(file => [...readFileSync(join(SOURCES, file), 'utf8').matchAll(LITERAL)])
    .map(([, plain, template]) => plain ?? filled(template ?? ''))
}

test('each hint of an account or an agent stands in Chinese', () => {
  const ofCloses = Array.from({ length: 5000 }, (_, code) => closeRule(code).hint ?? [])
  const all = new Set([...hintsInSources(), ...ofCloses.flat()])
  assert.ok(all.size > 25, `only ${all.size} were found`)
  for (const hint of all) assert.doesNotMatch(cureInChinese('of_nobody', hint), /[a-z]+ [a-z]+ [a-z]+/, hint)
})

test('of a callback that fails it is said what helps against that, with its address', () => {
  const hint = 'the reverse proxy has to pass it on to the path /qqbot'
  assert.equal(cureInChinese('qq_webhook_unreachable', hint), '反向代理必须把请求转发到路径 /qqbot')
  assert.equal(
    cureInChinese('qq_webhook_unreachable', 'something else answers there; it has to be passed on to http://a$&:1/b'),
    '那里应答的是别的程序；请求必须转发到 http://a$&:1/b',
  )
})

test('a hint of elsewhere stays as it came, beside what helps in general; and whoever is tried more slowly is told so', () => {
  const slowed = '3 lives ended at once within 10 minutes, so it is tried more slowly'
  const inWords = '十分钟内有 3 次一开始就结束，因此重试得更慢'
  assert.equal(cureInChinese('qq_call_failed', 'ask Sam; he knows'), '检查网络、DNS 和代理（ask Sam; he knows）')
  assert.equal(cureInChinese('of_nobody', 'ask Sam'), 'ask Sam')
  assert.equal(cureInChinese('qq_call_failed', slowed), inWords)
  assert.equal(cureInChinese('qq_call_failed', `ask Sam; ${slowed}`), `检查网络、DNS 和代理（ask Sam）；${inWords}`)
})
