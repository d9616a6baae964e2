import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDotEnv } from '../../src/config/sources/dotenv.ts'
import { editDotEnv, editYaml } from '../../src/config/sources/edit.ts'

const OLD = `# my own words
gateway:
  http: { port: 9000 } # not the usual one

platforms:
  # the first bot
  qqbot:
    dm_policy: open
    allowed_users: [ann, bob]
`

test('only what is edited changes in the settings', () => {
  const text = editYaml(OLD, 'config.yaml', [
    [['platforms', 'qqbot', 'dm_policy'], 'pairing'],
    [['platforms', 'qqbot:work', 'app_id'], 'X'],
    [['agent'], { type: 'openai', model: 'm' }],
  ])
  assert.equal(
    text,
    OLD.replace('dm_policy: open', 'dm_policy: pairing')
      .replace('[ann, bob]', '[ ann, bob ]')
      .replace('{ port: 9000 }', '{ port: 9000 }') +
      '  qqbot:work:\n    app_id: X\nagent:\n  type: openai\n  model: m\n',
  )
})

test('sections that are missing, empty or commented out are made', () => {
  for (const old of ['', '# nothing yet\n', 'platforms:\n  # qqbot:\n', 'platforms:\n  qqbot:\n', 'platforms: {}\n'])
    assert.match(
      editYaml(old, 'f', [[['platforms', 'qqbot', 'app_id'], '1']]),
      /platforms:\s*(#.*\n\s*)?(\{ )?qqbot:\s*(\{ )?app_id: "1"/,
      old,
    )
  assert.throws(() => editYaml('a: [', 'f.yaml', []), /^ConfigError: f\.yaml: broken YAML; mend it first/)
})

test('a variable takes the place of its last line, or the end, and is read back as it was', () => {
  assert.equal(editDotEnv('', 'A', '1'), 'A=1\n')
  assert.equal(editDotEnv('# mine\nexport A=old # why\nB=2', 'A', 'new'), '# mine\nA=new\nB=2')
  assert.equal(editDotEnv('B=2', 'A', 'x'), 'B=2\nA=x\n')
  assert.equal(editDotEnv('AA=1\n', 'A', 'x'), 'AA=1\nA=x\n')
  const long = 'A="one\ntwo"\nB=2\n'
  assert.equal(parseDotEnv(editDotEnv(long, 'A', 'x'), 'f').get('B'), '2')
  for (const value of ['', 'plain', 'with space', '#no comment', `it's "so" $HOME \\ end`, 'a\nb', '中文'])
    for (const old of ['', 'A=1\nB=2\n', long])
      assert.equal(parseDotEnv(editDotEnv(old, 'A', value), 'f').get('A'), value, JSON.stringify([old, value]))
})
