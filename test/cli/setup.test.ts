/** `herald setup`, in a real terminal and by flags, from nothing to the first answered message. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { renderUnicodeCompact } from 'uqr'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { tempHome } from '../gateway/programs.ts'
import { startProxy } from '../lib/net/http-proxy.ts'
import type { CleanUp } from '../support/clean-up.ts'
import { eventually } from '../support/eventually.ts'
import { startHerald as startGateway } from '../support/herald.ts'
import { freePort, reverseProxy } from '../support/reverse-proxy.ts'
import { ask, sandboxFor, TEST_BOT, until } from '../support/sandbox.ts'
import { cannotRunSystemd, startUserManager } from '../support/systemd.ts'
import { cannotRunTmux, startTerminal } from '../support/terminal.ts'
import { HERALD, herald } from './herald.ts'

const addresses = (box: Sandbox): string[] => ['--host', box.url]
const modeOf = (file: string): number => statSync(file).mode & 0o777

/** A new shell of somebody: nothing of Herald in it. */
const shell = (t: CleanUp, language: string): Record<string, string> => ({
  HOME: tempHome(t),
  LANG: language,
  XDG_RUNTIME_DIR: '/nonexistent',
  DBUS_SESSION_BUS_ADDRESS: '',
})

test('a QR code, an echo, pairing, and the first answered message', { skip: cannotRunTmux() }, async t => {
  const box = await sandboxFor(t)
  const home = tempHome(t)
  const terminal = await startTerminal(t, [HERALD, 'setup', '--home', home, ...addresses(box)], shell(t, 'en_GB.UTF-8'))
  await terminal.shows(/Language/)
  await terminal.presses('Enter')
  await terminal.shows(/How shall Herald get the credentials/)
  await terminal.presses('Enter')

  // The first code expires, as codes do.
  const { binding } = box.platform
  const [first] = await until(box, 'a code', () => binding.tasks().length === 1 && binding.tasks())
  assert.ok(first)
  await terminal.shows(new RegExp(`task_id=${first.id}`))
  binding.expire(first.id)
  const second = await until(box, 'another code', () => binding.tasks().find(({ id }) => id !== first.id))
  const url = `${box.url}/qqbot/openclaw/connect.html?task_id=${second.id}&source=Herald&_wv=2`
  const seen = await terminal.shows(new RegExp(`expired[\\s\\S]*task_id=${second.id}[\\s\\S]*Waiting`))
  for (const row of renderUnicodeCompact(url, { border: 2 }).split('\n'))
    assert.ok(seen.includes(row.trimEnd()), 'every row of the code stands in the terminal')
  binding.complete(second.id, TEST_BOT.appId)

  await terminal.shows(/The platform takes these credentials/)
  await terminal.shows(/How shall messages come in\?/)
  await terminal.presses('Enter')
  await terminal.shows(/Who shall answer\?/)
  await terminal.presses('Enter')
  await terminal.shows(/It answers: echo: Reply with one short sentence/)
  await terminal.shows(/Private chats/)
  await terminal.presses('Enter')
  await terminal.shows(/Groups/)
  await terminal.presses('Down', 'Enter')
  const summary = await terminal.shows(/Write it\?/)
  assert.match(summary, /QQ_CLIENT_SECRET=\(secret\)/)
  await terminal.presses('Enter')
  assert.equal(await terminal.exit(), 0)
  assert.ok(!(await terminal.screen()).includes(TEST_BOT.secret))

  assert.deepEqual([modeOf(home), modeOf(join(home, '.env')), modeOf(join(home, 'config.yaml'))], [0o700, 0o600, 0o600])
  assert.equal(
    readFileSync(join(home, '.env'), 'utf8'),
    `QQ_APP_ID=${TEST_BOT.appId}\nQQ_CLIENT_SECRET=${TEST_BOT.secret}\n`,
  )
  assert.ok(!readFileSync(join(home, 'config.yaml'), 'utf8').includes(TEST_BOT.secret))

  const gateway = startGateway(t, home)
  await gateway.connected()
  const code = await eventually(
    "the owner's code",
    20_000,
    () => /become its owner: ([\w-]+)/.exec(gateway.stderr())?.[1],
    () => gateway.stderr(),
  )
  await ask(box, { person: 'Ann', text: code })
  const { answer } = await ask(box, { person: 'Ann', text: 'hello' })
  assert.equal(answer.text, 'echo: hello')
})

test('Chinese, typed credentials with a mistake, callbacks, an agent program, and what was there is kept', {
  skip: cannotRunTmux(),
}, async t => {
  const box = await sandboxFor(t)
  const port = await freePort()
  const proxy = await reverseProxy(t, port)
  const home = tempHome(t)
  writeFileSync(join(home, 'config.yaml'), '# 我的设置\ngateway:\n  http: false # 不需要\n')
  writeFileSync(join(home, '.env'), 'MINE=1\n')
  const program = join(home, 'agent.sh')
  writeFileSync(program, '#!/bin/sh\ncat >/dev/null\necho I am here\n', { mode: 0o755 })
  const terminal = await startTerminal(t, [HERALD, 'setup', '--home', home, ...addresses(box)], shell(t, 'zh_CN.UTF-8'))
  await terminal.shows(/语言/)
  await terminal.presses('Enter')
  await terminal.shows(/如何取得机器人的凭据/)
  await terminal.presses('Down', 'Enter')
  await terminal.shows(/◆ +App ID/)
  await terminal.types(TEST_BOT.appId)
  await terminal.presses('Enter')
  await terminal.shows(/◆ +AppSecret/)
  await terminal.types('a-wrong-secret')
  await terminal.presses('Enter')
  const refusal = await terminal.shows(/平台没有接受[\s\S]*接下来/)
  assert.match(refusal, /平台没有接受：平台不认识这个 AppID，或密钥不对（HTTP 200, code 100016/)
  assert.match(refusal, /与 q\.qq\.com 上的核对并改正/)
  assert.doesNotMatch(refusal, /the platform rejects|compare both|to navigate|confirm/)
  await terminal.presses('Enter')
  await terminal.shows(/接下来[\s\S]*如何取得机器人的凭据/)
  await terminal.presses('Down', 'Enter')
  await terminal.shows(/接下来[\s\S]*◆ +App ID/)
  await terminal.types(TEST_BOT.appId)
  await terminal.presses('Enter')
  await terminal.shows(/接下来[\s\S]*◆ +AppSecret/)
  await terminal.types(TEST_BOT.secret)
  await terminal.presses('Enter')
  await terminal.shows(/平台接受了[\s\S]*消息如何送达/)
  await terminal.presses('Down', 'Enter')
  await terminal.shows(/◆ +QQ 要回调的地址/)
  await terminal.types(`${proxy.url}/qq/mine`)
  await terminal.presses('Enter')
  await terminal.shows(/◆ +反向代理转发到本机的端口/)
  await terminal.types('x')
  await terminal.presses('Enter')
  // A mistake of the settings is none of the address.
  const mistake = await terminal.shows(/webhook\.port[\s\S]*接下来/)
  assert.doesNotMatch(mistake, /没能问到平台|config check/)
  await terminal.presses('Enter')
  await terminal.shows(/webhook\.port[\s\S]*◆ +QQ 要回调的地址/)
  await terminal.types(`${proxy.url}/qq/mine`)
  await terminal.presses('Enter')
  await terminal.shows(/webhook\.port[\s\S]*◆ +反向代理转发到本机的端口/)
  // The one that is proposed is not where this proxy goes.
  await terminal.presses('Enter')
  const unchallenged = await terminal.shows(/验证请求没有得到正确回答[\s\S]*接下来/)
  assert.match(unchallenged, /反向代理必须把请求转发到 http/)
  await terminal.presses('Enter')
  await terminal.shows(/接下来[\s\S]*◆ +QQ 要回调的地址/)
  await terminal.types(`${proxy.url}/qq/mine`)
  await terminal.presses('Enter')
  await terminal.shows(/没有得到正确回答[\s\S]*◆ +反向代理转发到本机的端口/)
  await terminal.presses('C-u')
  await terminal.types(String(port))
  await terminal.presses('Enter')
  await terminal.shows(/得到正确回答。[\s\S]*由谁来回答/)
  await terminal.presses('Down', 'Down', 'Down', 'Enter')
  await terminal.shows(/命令及其参数/)
  await terminal.types(program)
  await terminal.presses('Enter')
  await terminal.shows(/它回答：I am here/)
  await terminal.shows(/私聊/)
  await terminal.presses('Down', 'Down', 'Enter')
  await terminal.shows(/◆ +群聊/)
  await terminal.presses('Enter')
  await terminal.shows(/群 openid/)
  await terminal.presses('Enter')
  await terminal.shows(/写入？[\s\S]*● 是 \/ ○ 否/)
  await terminal.presses('Enter')
  assert.equal(await terminal.exit(), 0)
  const screen = await terminal.screen()
  assert.match(screen, new RegExp(`回调配置[\\s\\S]*${proxy.url}/qq/mine[\\s\\S]*127\\.0\\.0\\.1:${port}/qq/mine`))
  assert.ok(!screen.includes('a-wrong-secret') && !screen.includes(TEST_BOT.secret))

  const config = readFileSync(join(home, 'config.yaml'), 'utf8')
  assert.match(config, /^# 我的设置\ngateway:\n {2}http: false # 不需要\n/)
  assert.match(readFileSync(join(home, '.env'), 'utf8'), /^MINE=1\nQQ_APP_ID=/)
  const gateway = startGateway(t, home)
  await gateway.until('unverified', ({ state }) => state === 'unverified')
  box.changeBot({ appId: TEST_BOT.appId, webhook: `${proxy.url}/qq/mine` })
  await box.validateWebhook()
  const { answer } = await ask(box, { person: 'Ann', text: 'hello' })
  assert.equal(answer.text, 'I am here')
})

test('somebody who has had enough leaves nothing behind', { skip: cannotRunTmux() }, async t => {
  const box = await sandboxFor(t)
  const home = tempHome(t)
  const terminal = await startTerminal(t, [HERALD, 'setup', '--home', home, ...addresses(box)], shell(t, 'C.UTF-8'))
  await terminal.shows(/Language/)
  await terminal.presses('C-c')
  await terminal.shows(/Nothing was changed/)
  assert.equal(await terminal.exit(), 1)
  const { code } = await herald(t, ['config', 'check', '--home', home])
  assert.equal(code, 78, 'no bot is set up')
})

test('enough in the middle of a trial: what was begun ends, and nothing is said to be done', {
  skip: cannotRunTmux(),
}, async t => {
  const box = await sandboxFor(t)
  const home = tempHome(t)
  const [program, pidFile] = [join(home, 'agent.sh'), join(home, 'pid')]
  writeFileSync(program, `#!/bin/sh\necho $$ >${pidFile}\nexec sleep 600\n`, { mode: 0o755 })
  const said = ['--app-id', TEST_BOT.appId, '--secret', TEST_BOT.secret, '--transport', 'websocket']
  const agent = ['--agent', 'command', '--agent-command', program, '--language', 'en']
  const command = [HERALD, 'setup', '--home', home, ...addresses(box), ...said, ...agent]
  const terminal = await startTerminal(t, command, shell(t, 'C.UTF-8'))
  await terminal.shows(/Trying it/)
  const pid = await eventually('the agent', 20_000, () => existsSync(pidFile) && Number(readFileSync(pidFile, 'utf8')))
  await terminal.presses('C-c')
  await terminal.shows(/Nothing was changed/)
  assert.equal(await terminal.exit(), 1)
  await eventually('the end of the agent', 10_000, () => !existsSync(`/proc/${pid}`))
  assert.ok(!existsSync(join(home, '.env')))
})

test('the end of what is typed is the end of the questions', { skip: cannotRunTmux() }, async t => {
  const terminal = await startTerminal(t, [HERALD, 'setup', '--home', tempHome(t)], shell(t, 'C.UTF-8'))
  await terminal.shows(/Language/)
  await terminal.presses('C-d')
  await terminal.shows(/Nothing was changed/)
  assert.equal(await terminal.exit(), 1)
})

test('who has had enough when asked about the service has a bot all the same', {
  skip: cannotRunTmux() ?? cannotRunSystemd(),
}, async t => {
  const [box, manager] = await Promise.all([sandboxFor(t), startUserManager(t)])
  const home = tempHome(t)
  const said = ['--app-id', TEST_BOT.appId, '--secret', TEST_BOT.secret, '--transport', 'websocket']
  const policies = ['--dm-policy', 'open', '--group-policy', 'open', '--agent', 'echo', '--language', 'en']
  const command = [HERALD, 'setup', '--home', home, ...addresses(box), ...said, ...policies]
  const { HOME = '', XDG_RUNTIME_DIR = '' } = manager.env
  const terminal = await startTerminal(t, command, { ...shell(t, 'C.UTF-8'), HOME, XDG_RUNTIME_DIR })
  await terminal.shows(/Write it\?/)
  await terminal.presses('Enter')
  await terminal.shows(/as a service/)
  await terminal.presses('C-c')
  const seen = await terminal.shows(/herald run` starts it/)
  assert.doesNotMatch(seen, /Nothing was changed/)
  assert.equal(await terminal.exit(), 0)
  assert.match(readFileSync(join(home, '.env'), 'utf8'), /^QQ_APP_ID=/)
})

test('what is written is tried the way that the gateway will take: by the proxy of the account, or of the environment', async t => {
  const box = await sandboxFor(t)
  const proxy = await startProxy(t)
  const home = tempHome(t)
  const credentials = ['--app-id', TEST_BOT.appId, '--secret', TEST_BOT.secret]
  writeFileSync(join(home, 'config.yaml'), `platforms: { qqbot: { proxy: "http://${proxy.host}" } }\n`)
  const said = await herald(t, ['setup', '--yes', '--home', home, ...addresses(box), ...credentials])
  assert.deepEqual([said.code, said.stderr], [0, ''])
  assert.ok(proxy.asked.includes(`POST ${box.tokenUrl}`), proxy.asked.join('\n'))

  const elsewhere = ['setup', '--yes', '--home', tempHome(t), ...credentials, '--host', 'http://platform.invalid']
  await herald(t, elsewhere, { env: { HTTP_PROXY: `http://${proxy.host}` } })
  assert.match(proxy.asked.at(-1) ?? '', /^POST http:\/\/platform\.invalid\//)
  const llm = ['--agent', 'openai', '--agent-url', 'http://llm.invalid/v1', '--agent-model', 'm']
  await herald(t, ['setup', '--yes', '--home', tempHome(t), ...addresses(box), ...credentials, ...llm], {
    env: { HTTP_PROXY: `http://${proxy.host}` },
  })
  assert.equal(proxy.asked.at(-1), 'POST http://llm.invalid/v1/chat/completions')
})

test('the platform that the environment names is the one that is asked and written down, unless a flag names one', async t => {
  const box = await sandboxFor(t)
  const [home, other] = [tempHome(t), tempHome(t)]
  const env = { QQ_HOST: box.url, QQ_APP_ID: TEST_BOT.appId, QQ_CLIENT_SECRET: TEST_BOT.secret }
  const said = await herald(t, ['setup', '--yes', '--home', home], { env })
  assert.deepEqual([said.code, said.stderr], [0, ''])
  assert.match(readFileSync(join(home, 'config.yaml'), 'utf8'), new RegExp(`host: ${box.url}`))
  const elsewhere = await herald(t, ['setup', '--yes', '--home', other, '--host', 'http://127.0.0.1:9'], { env })
  assert.equal(elsewhere.code, 1)
  assert.match(elsewhere.stderr, /127\.0\.0\.1:9.*--no-check/)
})

test('by flags alone, and a second bot beside the first', async t => {
  const other = { appId: '102000002', secret: 'sandbox-secret-2', name: 'Other' }
  const box = await sandboxFor(t, { bots: [TEST_BOT, other] })
  const port = await freePort()
  const proxy = await reverseProxy(t, port)
  const home = tempHome(t)
  const flags = ['setup', '--yes', '--home', home, ...addresses(box)]
  const first = await herald(
    t,
    [...flags, '--app-id', TEST_BOT.appId, '--agent', 'echo', '--dm-policy', 'open', '--allow-groups', 'g1, g2'],
    { env: { QQ_CLIENT_SECRET: TEST_BOT.secret } },
  )
  assert.deepEqual([first.code, first.stderr], [0, ''])
  assert.ok(!first.stdout.includes(TEST_BOT.secret))
  const second = await herald(t, [
    ...flags,
    ...['--account', 'qqbot:work', '--app-id', other.appId, '--secret', other.secret],
  ])
  assert.deepEqual([second.code, second.stderr], [0, ''])
  const checked = await herald(t, ['config', 'check', '--home', home])
  assert.match(checked.stdout, /^The settings are right: qqbot, qqbot:work; agent echo\.\n/, checked.stderr)

  const before = readFileSync(join(home, 'config.yaml'), 'utf8')
  for (const [wrong, code, complaint] of [
    [['--app-id', TEST_BOT.appId, '--secret', 'no'], 1, /does not take them.*--no-check/],
    [
      ['--dm-policy', 'opne'],
      78,
      new RegExp(`dm_policy \\(${home}/config\\.yaml:\\d+\\).*did you mean open.*nothing is written`),
    ],
    [['--agent', 'command', '--agent-command', '/nonexistent/agent'], 1, /does not answer/],
    [['--agent', 'openai'], 78, /agent\.model/],
    [['--app-id', '1'], 64, /wants --secret too/],
    [['--agent-url', 'http://127.0.0.1:9/v1'], 64, /^herald: --agent-url wants --agent too/],
    [['--agent-command', '/bin/cat'], 64, /^herald: --agent-command wants --agent too/],
    [
      ['--account', 'qqbot:b\u00f6t', '--app-id', '1', '--secret', 'x'],
      78,
      /config\.yaml:\d+\): not the name of an account; use letters.*nothing is written/,
    ],
    [['--transport', 'carrier-pigeon'], 78, /transport.*wants one of websocket, webhook/],
    [['--webhook-port', 'x'], 78, /webhook\.port.*wants a whole number/],
    [['--webhook-url', `${proxy.url}/`, '--webhook-path', '/elsewhere'], 1, /not answered as it should.*--no-check/],
    [['--token-url', 'http://127.0.0.1:9/'], 1, /could not be asked.*--no-check/],
  ] as const) {
    const said = await herald(t, [...flags, ...wrong])
    assert.equal(said.code, code, said.stderr)
    assert.match(said.stderr, complaint)
    assert.equal(readFileSync(join(home, 'config.yaml'), 'utf8'), before, 'nothing was written')
  }
  const called = ['--webhook-url', `${proxy.url}/qq`, '--webhook-port', String(port)]
  const byWebhook = await herald(t, [...flags, '--account', 'qqbot:work', ...called])
  assert.deepEqual([byWebhook.code, byWebhook.stderr], [0, ''])
  assert.match(byWebhook.stdout, new RegExp(`On q\\.qq\\.com\n[\\s\\S]*${proxy.url}/qq\n`))
  const doctor = await herald(t, ['doctor', '--home', home])
  assert.match(doctor.stdout, /account qqbot:work: callbacks: a challenge to .* came through/)
  await proxy.stop()
  const silent = await herald(t, [...flags, '--account', 'qqbot:work', ...called])
  assert.equal(silent.code, 0, silent.stderr)
  assert.match(silent.stdout, /could not be asked: .*\/qq: .*start the reverse proxy/)
  const back = await herald(t, [...flags, '--account', 'qqbot:work', '--transport', 'websocket'])
  assert.deepEqual([back.code, back.stderr], [0, ''])
  const again = await herald(t, [...flags, '--dm-policy', 'open'])
  assert.equal(again.code, 0, again.stderr)
  assert.match(again.stdout, /^Nothing to change\.$/m, 'it is open already')
  const env = { QQ_APP_ID: TEST_BOT.appId, QQ_CLIENT_SECRET: 'another one' }
  const shadowed = await herald(t, [...flags, '--secret', TEST_BOT.secret], { env })
  assert.match(shadowed.stdout, /QQ_CLIENT_SECRET in this shell is another one, and the environment wins/)
  assert.doesNotMatch(shadowed.stdout, /QQ_APP_ID in this shell/)
  const same = await herald(t, ['setup', '--yes', '--home', home])
  assert.match(same.stdout, /^Nothing to change\.$/m, same.stderr)
  const nobody = await herald(t, ['setup', '--yes', '--home', tempHome(t)])
  assert.equal(nobody.code, 64)
  assert.match(nobody.stderr, /^herald: no bot is named; give QQ_APP_ID/)
  const piped = await herald(t, ['setup', '--home', home])
  assert.equal(piped.code, 64)
  assert.match(piped.stderr, /no terminal; answer by flags with --yes/)

  const gateway = startGateway(t, home)
  await Promise.all([gateway.connected(), gateway.connected(undefined, 'qqbot:work')])
  const { answer } = await ask(box, { appId: TEST_BOT.appId, person: 'Ann', text: 'hi' })
  assert.equal(answer.text, 'echo: hi')
})

test('a gateway that ends because its only bot is wrong says why in its last line, with the cure', async t => {
  const box = await sandboxFor(t)
  const home = tempHome(t)
  const wrong = ['--app-id', TEST_BOT.appId, '--secret', 'no', '--no-check']
  assert.equal((await herald(t, ['setup', '--yes', '--home', home, ...addresses(box), ...wrong])).code, 0)
  const file = join(home, 'config.yaml')
  writeFileSync(file, `gateway: { on_all_platforms_down: exit, http: false }\n${readFileSync(file, 'utf8')}`)
  const { code, stderr } = await herald(t, ['run', '--home', home])
  assert.equal(code, 78)
  const last = stderr.trimEnd().split('\n').at(-1) ?? ''
  assert.match(
    last,
    /^herald: all_platforms_down \(qqbot: qq_credentials_rejected\); qqbot: .*app id or its secret.*; .*q\.qq\.com/,
  )
})
