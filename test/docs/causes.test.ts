/** What codes mean, for people who read Chinese. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT_CAUSES, AGENT_CAUSES, causeOf, limitInChinese, PROCESS_CAUSES } from '../../src/pages/causes.js'

test('each code stands in one table alone, with what happened and what helps in both languages', () => {
  const seen = new Set<string>()
  for (const { codes, what, cure } of [...PROCESS_CAUSES, ...ACCOUNT_CAUSES, ...AGENT_CAUSES])
    for (const code of codes) {
      assert.ok(!seen.has(code), `${code} is there twice`)
      seen.add(code)
      for (const zh of [what.zh, cure.zh]) assert.match(zh, /\p{Script=Han}/u, code)
      for (const en of [what.en, cure.en]) assert.doesNotMatch(en, /\p{Script=Han}/u, code)
    }
  assert.ok(seen.size > 50)
  assert.equal(causeOf('qq_bot_banned', 'zh')?.what, '机器人已被封禁')
  assert.equal(causeOf('of_nobody', 'zh'), undefined)
})

test('a limit has its name in Chinese, and the words of the platform as they came', () => {
  assert.equal(limitInChinese('sessions', '950 of 1000 are used'), '当天的会话次数快用完了（950 of 1000 are used）')
  assert.equal(limitInChinese('unheard_of', 'no'), 'no')
})
