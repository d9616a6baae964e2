/** Files that cannot be used at all, and files that look odd and can. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { hasCredentials, loadConfig } from '../../src/config/load.ts'
import { AS_NOBODY, cannotBeNobody, startProgram, tempHome } from '../gateway/programs.ts'
import { BOT, complaint, complaintIn, homeWith, load } from './helpers.ts'

const LOADER = join(import.meta.dirname, 'children/load.ts')

test('a file named by --config must be there', async t => {
  const home = tempHome(t)
  const path = join(home, 'other.yaml')
  assert.equal(await complaintIn(home, BOT, path), '~/other.yaml: there is no such file; check the path after --config')
  writeFileSync(path, 'gateway: { language: zh }\n')
  writeFileSync(join(home, 'config.yaml'), 'gateway: { language: en }\n')
  const config = await loadConfig({ home, env: BOT, configPath: path })
  assert.equal(config.gateway.language, 'zh', 'and then it stands for the one in the home')
})

test('a folder, a pipe and a dangling link in the place of a file', async t => {
  const home = tempHome(t)
  mkdirSync(join(home, 'folder.yaml'))
  assert.equal(await complaintIn(home, BOT, join(home, 'folder.yaml')), '~/folder.yaml: a folder; name the file in it')
  spawnSync('mkfifo', [join(home, 'pipe.yaml')])
  assert.equal(
    await complaintIn(home, BOT, join(home, 'pipe.yaml')),
    '~/pipe.yaml: not a regular file; write the settings into one',
  )
  symlinkSync(join(home, 'gone'), join(home, 'link.yaml'))
  assert.equal(
    await complaintIn(home, BOT, join(home, 'link.yaml')),
    '~/link.yaml: there is no such file; check the path after --config',
  )
  symlinkSync('loop.yaml', join(home, 'loop.yaml'))
  assert.equal(
    await complaintIn(home, BOT, join(home, 'loop.yaml')),
    '~/loop.yaml: cannot be read (ELOOP); check the path',
  )
  mkdirSync(join(home, '.env'))
  assert.equal(await complaintIn(home, BOT), '~/.env: a folder; name the file in it')
})

test('a file that this user may not read', { skip: cannotBeNobody() }, async t => {
  for (const name of ['config.yaml', '.env']) {
    const home = homeWith(t, { file: 'gateway: {}\n', dotenv: 'QQ_APP_ID=1\n' })
    chmodSync(home, 0o755)
    for (const file of ['config.yaml', '.env']) chmodSync(join(home, file), file === name ? 0o600 : 0o644)
    const program = startProgram(t, LOADER, [home], { through: AS_NOBODY })
    await program.exit
    assert.equal(program.stdout(), `config_invalid ${home}/${name}: cannot be read (EACCES); let this user read it\n`)
  }
})

test('text of another encoding is named with its place, and not guessed at', async t => {
  const latin = Buffer.concat([Buffer.from('# caf'), Buffer.from([0xe9]), Buffer.from('\ngateway: {}\n')])
  const cure = 'save the file as UTF-8'
  assert.equal(await complaint(t, { file: latin, env: BOT }), `~/config.yaml: not UTF-8 text (byte 6); ${cure}`)
  const wide = Buffer.from('\ufeffgateway: {}\n', 'utf16le')
  assert.equal(await complaint(t, { file: wide, env: BOT }), `~/config.yaml: not UTF-8 text (byte 1); ${cure}`)
  const cut = Buffer.from('# 设').subarray(0, 4)
  assert.equal(await complaint(t, { file: cut, env: BOT }), `~/config.yaml: not UTF-8 text (byte 3); ${cure}`)
  assert.equal(await complaint(t, { dotenv: latin, env: BOT }), `~/.env: not UTF-8 text (byte 6); ${cure}`)
})

test('a byte order mark, Windows line ends, no line end at the end', async t => {
  const config = await load(t, {
    file: '\ufeffplatforms:\r\n  qqbot:\r\n    app_id: 0123\r\n    client_secret: x',
    dotenv: '\ufeffQQ_CLIENT_SECRET="of .env"\r\nQQ_CLIENT_SECRET=of-env\r\n',
  })
  assert.equal(config.accounts[0]?.appId, '0123', 'an app id keeps its leading zero')
  assert.equal(config.accounts[0]?.clientSecret, 'of-env')
})

for (const [name, file] of [
  ['empty', ''],
  ['of comments', '# nothing\n# yet\n'],
  ['of blank lines', '\n\n'],
  ['of an empty document', '---\n'],
  [
    'with sections whose lines are all comments',
    'gateway:\n  # language: zh\nplatforms:\n  qqbot:\n    reconnect:\nagent:\n',
  ],
] as const)
  test(`a file ${name} is as good as none`, async t => {
    const config = await load(t, { file, env: BOT })
    assert.equal(config.accounts[0]?.appId, BOT.QQ_APP_ID)
    assert.equal(config.agent.type, 'echo')
  })

test('a file that is no settings file: too large, too deep, too many, in bounded time', async t => {
  const many = Array.from({ length: 80_000 }, (_, at) => `k${at}: 1`).join('\n')
  const aliases = ['a: &a [x, x]', ...['b', 'c', 'd'].map(at => `${at}: [${'*a, '.repeat(40)}*a]`)].join('\n')
  const startedMs = performance.now()
  const lines = [
    await complaint(t, { file: ' '.repeat(1024 * 1024 + 1), env: BOT }),
    await complaint(t, { file: many, env: BOT }),
    await complaint(t, { file: '['.repeat(100_000), env: BOT }),
    await complaint(t, { file: `a: ${'['.repeat(50)}${']'.repeat(50)}`, env: BOT }),
    await complaint(t, { file: aliases, env: BOT }),
    await complaint(t, { file: 'platforms: &a\n  qqbot: *a\n', env: BOT }),
  ]
  assert.equal(lines[0], '~/config.yaml: larger than 1 MB; that is no settings file, check the path')
  assert.match(lines[1] ?? '', /^~\/config\.yaml:25001:\d+: too many values, or nested too deeply/)
  assert.match(lines[2] ?? '', /^~\/config\.yaml:1:\d+: broken YAML; mend this line/)
  assert.match(lines[3] ?? '', /^~\/config\.yaml:1:\d+: too many values, or nested too deeply/)
  assert.match(lines[4] ?? '', /^~\/config\.yaml:4:\d+: more than 100 aliases/)
  assert.match(lines[5] ?? '', /^~\/config\.yaml:2:10: too many values, or nested too deeply/)
  const value = await load(t, { env: BOT, dotenv: `A=x${' '.repeat(500_000)}y\n${'B="x"\n'.repeat(50_000)}` })
  assert.equal(value.accounts.length, 1)
  assert.ok(performance.now() - startedMs < 30_000, 'before it was bounded, one of them took minutes')
})

test('whether a bot is named at all, for `npm start`', async t => {
  const home = homeWith(t, { dotenv: 'QQ_CLIENT_SECRET=x\n' })
  assert.equal(await hasCredentials({ home, env: {} }), false)
  assert.equal(await hasCredentials({ home, env: { QQ_APP_ID: '' } }), false)
  assert.equal(await hasCredentials({ home, env: { QQ_APP_ID: '1' } }), true)
})
