import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from '../../src/config/nearest.ts'
import { parseDotEnv } from '../../src/config/sources/dotenv.ts'
import { ConfigError } from '../../src/lib/errors.ts'

const VALUES: readonly (readonly [string, string])[] = [
  ['A=plain', 'plain'],
  ['  export  A = spaces around  ', 'spaces around'],
  ['A=', ''],
  ['A=# all comment', ''],
  ['A=a#b # comment', 'a#b'],
  ['A=a\t#comment', 'a'],
  ["A='single # $x \\n'", 'single # $x \\n'],
  ['A="double # \\"x\\" \\\\ \\n\\t \\$ \\q"  # comment', 'double # "x" \\ \n\t $ \\q'],
  ['A="two\r\nlines"\r\n', 'two\nlines'],
  ["A=it's", "it's"],
  ['A=first\nA=second', 'second'],
  ['\n# comment\n   \nA=after', 'after'],
  [`A=\${B}`, `\${B}`],
  ['A=a=b==', 'a=b=='],
]

for (const [text, value] of VALUES)
  test(`.env ${JSON.stringify(text)}`, () => {
    assert.equal(parseDotEnv(text, '.env').get('A'), value)
  })

for (const [text, line] of [
  ['A=1\nnothing', '.env:2: not a setting; write NAME=value, or # before a comment'],
  ['1A=x', '.env:1: not a setting; write NAME=value, or # before a comment'],
  ['A-B=x', '.env:1: not a setting; write NAME=value, or # before a comment'],
  ['A: x', '.env:1: not a setting; write NAME=value, or # before a comment'],
  ['\nA="x\ny\n', '.env:2: the quote is never closed; put a " at the end of the value'],
  ["A='x", ".env:1: the quote is never closed; put a ' at the end of the value"],
  ['A="x\ny" z', '.env:2: something stands behind the closing quote; remove it'],
] as const)
  test(`.env refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parseDotEnv(text, '.env'),
      (error: unknown) => error instanceof ConfigError && error.message === line,
    )
  })

test('the nearest name is one that was probably meant, or none', () => {
  const names = ['app_id', 'client_secret', 'dm_policy', 'group_policy', 'allowed_users']
  for (const [given, meant] of [
    ['appid', 'app_id'],
    ['App-ID', 'app_id'],
    ['clientSecret', 'client_secret'],
    ['client_sceret', 'client_secret'],
    ['secret', undefined],
    ['dm_polcy', 'dm_policy'],
    ['alowed_user', 'allowed_users'],
    ['x', undefined],
    ['', undefined],
    ['completely_else', undefined],
    ['a'.repeat(100_000), undefined],
  ] as const)
    assert.equal(nearest(given, names), meant, given.slice(0, 20))
})
