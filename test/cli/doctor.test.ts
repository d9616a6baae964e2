/** `herald doctor` on homes, platforms and machines that are right, and wrong in every way that it knows. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { bad, examine, type Finding, ok } from '../../src/cli/doctor/check.ts'
import { checkNode } from '../../src/cli/doctor/machine.ts'
import { clockFinding } from '../../src/cli/doctor/platform.ts'
import { UNIT_NAME } from '../../src/gateway/process/unit.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createRequest } from '../../src/lib/net/http.ts'
import { createRedactor } from '../../src/lib/redact.ts'
import { probeBot } from '../../src/platforms/qqbot/setup/probe.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startToolHttp, TOOL_SERVER } from '../agents/tools/house.ts'
import { AS_NOBODY, cannotBeNobody, tempHome } from '../gateway/programs.ts'
import { startProxy } from '../lib/net/http-proxy.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'
import { startOpenAiServer } from '../support/openai-server.ts'
import { sandboxFor, TEST_BOT, untilConnected } from '../support/sandbox.ts'
import { cannotRunSystemd, startManagerForInstall } from '../support/systemd.ts'
import { herald, startHerald } from './herald.ts'
import { journalHome } from './journal-home.ts'

function homeOn(t: CleanUp, box: Sandbox, more = '', secret: string = TEST_BOT.secret, members = ''): string {
  const home = tempHome(t)
  chmodSync(home, 0o700)
  writeFileSync(
    join(home, 'config.yaml'),
    `gateway: { http: { port: 0 } }
platforms:
  qqbot: { app_id: "${TEST_BOT.appId}", client_secret: ${secret}, api_base: "${box.url}", token_url: "${box.tokenUrl}"${members} }
${more}
`,
  )
  return home
}

/** Ids of processes that were started with that word. */
function processesWith(word: string): readonly string[] {
  return readdirSync('/proc').filter(pid => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word)
    } catch {
      return false
    }
  })
}

async function examined(t: CleanUp, home: string, env: NodeJS.ProcessEnv = {}) {
  const said = await herald(t, ['doctor', '--json', '--home', home], { env: { HERALD_SUPERVISED: '1', ...env } })
  assert.equal(said.stderr, '')
  const { healthy, findings }: { healthy: boolean; findings: Finding[] } = JSON.parse(said.stdout)
  for (const { verdict, cure, what } of findings)
    assert.ok(verdict === 'ok' || (cure !== undefined && cure !== ''), `no cure for ${what}`)
  assert.equal(healthy, said.code === 0)
  return { said, healthy, of: (what: string) => findings.filter(one => one.what === what) }
}

test('all is well, with a gateway that runs', async t => {
  const box = await sandboxFor(t)
  const home = homeOn(t, box)
  startHerald(t, ['run', '--home', home])
  await untilConnected(box)
  const { healthy, said, of } = await examined(t, home)
  assert.ok(healthy, said.stdout)
  for (const what of ['settings', 'home', 'disk', 'journal', 'account qqbot: credentials', 'account qqbot: gateway'])
    assert.equal(of(what)[0]?.verdict, 'ok', what)
  assert.equal(of('clock')[0]?.verdict, 'ok')
  assert.match(of('gateway')[0]?.found ?? '', /^(running|degraded), process \d+$/)
  assert.equal(of('intents of qqbot')[0]?.verdict, 'ok')
  for (const trouble of ['alerts', 'state file', 'settings in force']) assert.deepEqual(of(trouble), [])
  const shown = await herald(t, ['doctor', '--home', home], { env: { HERALD_SUPERVISED: '1' } })
  assert.equal(shown.code, 0)
  assert.match(shown.stdout, /^✓ account qqbot: credentials: the platform takes them$/m)
  assert.ok(!shown.stdout.includes(TEST_BOT.secret))
})

test('how many connections an account has, and how many the platform recommends', async t => {
  const box = await sandboxFor(t, { options: { shards: { recommended: 3 } } })
  for (const [shards, verdict, found] of [
    ['', 'doubt', '1; the platform recommends 3'],
    ['2', 'doubt', '2; the platform recommends 3'],
    ['4', 'ok', '4; the platform recommends 3'],
    ['auto', 'ok', 'as many as the platform recommends, 3 at present'],
  ] as const) {
    const { of } = await examined(t, homeOn(t, box, '', TEST_BOT.secret, shards === '' ? '' : `, shards: ${shards}`))
    const [its, ...more] = of('account qqbot: connections')
    assert.deepEqual([its?.verdict, its?.found, more], [verdict, found, []])
    if (verdict === 'doubt') assert.match(its?.cure ?? '', /^set platforms\.qqbot\.shards to auto, or to 3:/)
  }
})

test('a wrong secret, a platform that is gone, an agent that is gone, a proxy', async t => {
  const box = await sandboxFor(t)
  const secret = 'not-the-secret-of-the-bot'
  const agent = 'agent: { type: openai, model: m, base_url: "http://127.0.0.1:9/v1" }'
  const { of, said } = await examined(t, homeOn(t, box, agent, secret), {
    HTTPS_PROXY: 'http://me:hunter22@proxy:1',
  })
  assert.equal(said.code, 1)
  assert.equal(of('account qqbot: credentials')[0]?.verdict, 'bad')
  assert.match(of('account qqbot: credentials')[0]?.found ?? '', /\[qq_credentials_rejected\]$/)
  assert.deepEqual(of('account qqbot: gateway'), [], 'there is no token to ask with')
  assert.match(
    of('agent default (openai)')[0]?.found ?? '',
    /^127\.0\.0\.1:9 cannot be reached (?!.*ECONNREFUSED.*ECONNREFUSED)/,
  )
  assert.deepEqual(
    [of('proxies')[0]?.verdict, of('proxies')[0]?.found],
    ['ok', 'HTTPS_PROXY: what leaves this machine goes through proxy:1'],
  )
  const socks = await examined(t, homeOn(t, box), { ALL_PROXY: 'socks5://127.0.0.1:1080' })
  assert.match(socks.of('proxies')[0]?.found ?? '', /^ALL_PROXY set, and nothing goes through it/)
  assert.ok(!said.stdout.includes('hunter22') && !said.stdout.includes(secret))

  const home = homeOn(t, box)
  await box.stop()
  const gone = await examined(t, home)
  assert.match(gone.of('account qqbot: credentials')[0]?.found ?? '', /ECONNREFUSED|refused/)
  assert.match(gone.of('account qqbot: credentials')[0]?.cure ?? '', /check the network, DNS and firewall/)
})

test('each agent is looked at and named, and its cure says where it stands', async t => {
  const box = await sandboxFor(t)
  const models = await startOpenAiServer()
  cleanUp(t, () => models.stop())
  models.script(({ reply }) => reply(200, { data: [{ id: 'large' }] }))
  const { host } = new URL(models.baseUrl)
  const agents = `agents:
  coder: { type: acp, command: no-such-program }
  node: { type: command, command: ${process.execPath} }
  away: { type: command, command: ${process.execPath}, cwd: /no/such/folder }
  site: { type: http, url: "${models.baseUrl}/turn" }
  gone: { type: http, url: "http://127.0.0.1:9/turn" }
  poet: { type: openai, model: small, base_url: "${models.baseUrl}" }`
  const { of, said } = await examined(t, homeOn(t, box, agents))
  assert.equal(said.code, 1)
  const findings = ['default (echo)', 'coder (acp)', 'node (command)', 'away (command)', 'site (http)', 'gone (http)']
    .concat('poet (openai)')
    .map(one => of(`agent ${one}`)[0])
  assert.deepEqual(
    findings.map(one => [one?.verdict, one?.found.replace(/: connect.*/, ''), one?.cure]),
    [
      ['ok', 'needs nothing', undefined],
      [
        'bad',
        'no-such-program is not found, or cannot be run',
        'install it, or give agents.coder.command its whole path',
      ],
      ['ok', process.execPath, undefined],
      ['bad', 'the folder /no/such/folder is not there', 'make it, or correct agents.away.cwd'],
      ['ok', `${host} takes connections`, undefined],
      ['bad', 'cannot be reached: 127.0.0.1:9', 'start that server, or correct agents.gone.url'],
      ['doubt', `${host} does not list the model small`, 'agents.poet.model may be one of: large'],
    ],
  )
})

test('an account is looked at through its proxy, as its gateway would', async t => {
  const box = await sandboxFor(t)
  const proxy = await startProxy(t)
  const home = homeOn(t, box)
  const path = join(home, 'config.yaml')
  writeFileSync(path, readFileSync(path, 'utf8').replace('app_id:', `proxy: "http://${proxy.host}", app_id:`))
  const { of } = await examined(t, home)
  assert.equal(of('account qqbot: credentials')[0]?.verdict, 'ok')
  assert.ok(
    proxy.asked.some(line => line.includes(new URL(box.tokenUrl).host)),
    proxy.asked.join('\n'),
  )
})

test('servers of tools: each is asked for its list within a bound, and what is wrong with one has a cure', async t => {
  const marker = `silent-server-${process.pid}`
  const box = await sandboxFor(t)
  const { url } = await startToolHttp(t)
  const program = (more: string) => `{ command: ${process.execPath}, ${more} }`
  const servers = `agent: { type: openai, model: m, base_url: "http://127.0.0.1:9/v1" }
mcp_servers:
  good: ${program(`args: ["${TOOL_SERVER}"], tool_rules: { add: allow, divide: deny }`)}
  web: { url: "${url}" }
  gone: { command: no-such-program }
  broken: ${program('args: ["-e", "process.exit(3)"]')}
  silent: ${program(`args: ["-e", "process.stdin.resume()", ${marker}]`)}
  closed: { url: "http://127.0.0.1:9/mcp", headers: { X-Key: hunter22-secret } }`
  const { of, said } = await examined(t, homeOn(t, box, servers))
  assert.equal(said.code, 1)
  assert.equal(of('tools of good')[0]?.verdict, 'doubt')
  assert.match(of('tools of good')[0]?.found ?? '', /\badd\b.*; tool_rules name divide$/)
  assert.deepEqual([of('tools of web')[0]?.verdict, of('tools of web')[0]?.cure], ['ok', undefined])
  for (const [name, found, cure] of [
    ['gone', /could not be started$/, /^run no-such-program by hand, .*mcp_servers\.gone$/],
    ['broken', /^the tools of broken: /, /^run .*, or correct mcp_servers\.broken$/],
    ['silent', /^no list of tools within 15 s$/, /^run .*, or correct mcp_servers\.silent$/],
    ['closed', /^the tools of closed: /, /^start that server, or correct mcp_servers\.closed\.url/],
  ] as const) {
    const [finding] = of(`tools of ${name}`)
    assert.equal(finding?.verdict, 'bad', name)
    assert.match(finding?.found ?? '', found)
    assert.match(finding?.cure ?? '', cure)
  }
  assert.ok(!said.stdout.includes('hunter22'))
  assert.deepEqual(processesWith(marker), [], 'nothing of it is left')
})

test('wrong settings, open files, a taken port, and a journal of a newer Herald', async t => {
  const box = await sandboxFor(t)
  const { home } = await journalHome(t)
  writeFileSync(join(home, 'config.yaml'), 'gatewya: {}')
  chmodSync(home, 0o755)
  const database = new DatabaseSync(join(home, 'journal.sqlite'))
  database.exec('PRAGMA user_version = 9999')
  database.close()
  const wrong = await examined(t, home)
  assert.match(wrong.of('settings')[0]?.found ?? '', /^gatewya .*unknown key$/)
  assert.equal(wrong.of('settings')[0]?.cure, 'did you mean gateway?')
  assert.match(wrong.of('home')[0]?.cure ?? '', /^chmod go= /)
  assert.deepEqual(
    [wrong.of('journal')[0]?.verdict, wrong.of('journal')[0]?.cure],
    ['bad', 'upgrade Herald, or use another home'],
  )

  writeFileSync(join(home, 'journal.sqlite'), 'no database at all '.repeat(100))
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  cleanUp(t, () => taken.close())
  const address = taken.address()
  assert.ok(address !== null && typeof address === 'object')
  writeFileSync(
    join(home, 'config.yaml'),
    readFileSync(join(homeOn(t, box), 'config.yaml'), 'utf8').replace('port: 0', `port: ${address.port}`),
  )
  const others = await examined(t, home)
  assert.match(others.of('journal')[0]?.found ?? '', /not a database/)
  assert.match(others.of('http')[0]?.found ?? '', /EADDRINUSE/)
})

test('a home that is a file, and one of another user: nothing is to be moved away', {
  skip: cannotBeNobody(),
}, async t => {
  const file = join(tempHome(t), 'file')
  writeFileSync(file, '')
  const { of } = await examined(t, file)
  assert.match(of('home')[0]?.found ?? '', /is a file$/)

  const { home } = await journalHome(t)
  chmodSync(home, 0o755)
  chmodSync(join(home, 'journal.sqlite'), 0o644)
  const { stdout } = await herald(t, ['doctor', '--json', '--home', home], { through: AS_NOBODY })
  const { findings }: { findings: Finding[] } = JSON.parse(stdout)
  for (const what of ['home', 'journal']) {
    const found = findings.find(one => one.what === what)
    assert.equal(found?.verdict, 'bad', what)
    assert.match(found?.cure ?? '', /^run it as the user that owns the folder/)
  }
  const listed = await herald(t, ['dead', 'list', '--home', home], { through: AS_NOBODY })
  assert.equal(listed.stderr.match(/make its folder/g)?.length, 1, listed.stderr)
})

test('the unit that is installed, and what overrides it', { skip: cannotRunSystemd() }, async t => {
  const manager = await startManagerForInstall(t)
  const box = await sandboxFor(t)
  const home = homeOn(t, box)
  const env = { ...manager.env, HERALD_SUPERVISED: undefined }
  assert.match((await examined(t, home, env)).of('service')[0]?.found ?? '', /^not installed/)
  assert.equal((await herald(t, ['install', '--home', home], { env: manager.env })).code, 0)
  const good = await examined(t, home, env)
  assert.deepEqual(
    good.of('service').map(({ verdict }) => verdict),
    ['ok'],
    good.said.stdout,
  )

  const units = join(String(manager.env['HOME']), '.config/systemd/user')
  const unit = readFileSync(join(units, UNIT_NAME), 'utf8')
  writeFileSync(join(units, UNIT_NAME), unit.replace('WatchdogSec=30\n', ''))
  const stale = await examined(t, home, env)
  assert.match(stale.of('service')[0]?.found ?? '', /is not as this version writes it: lacks WatchdogSec=30$/)
  assert.ok(stale.of('service').some(({ found }) => found === 'in force is NeedDaemonReload=yes'))
  assert.equal(stale.said.code, 1)

  const service = async () => (await examined(t, home, env)).of('service').map(({ found }) => found)
  const node = join(tempHome(t), 'node')
  writeFileSync(join(units, UNIT_NAME), unit.replace(/^ExecStart="[^"]+"/m, `ExecStart="${node}"`))
  assert.match((await service())[0] ?? '', new RegExp(`starts ${node}, which is gone$`))
  writeFileSync(node, '#!/bin/sh\necho v24.4.0\n', { mode: 0o755 })
  assert.match((await service())[0] ?? '', new RegExp(`starts ${node}: Node 24\\.4\\.0 is too old$`))
  rmSync(node)
  symlinkSync(process.execPath, node)
  assert.match((await service())[0] ?? '', /, as this version writes it$/, 'another Node, and new enough')
  writeFileSync(join(units, UNIT_NAME), unit.replace(/herald\.[jt]s"/, 'gone.js"'))
  assert.match((await service())[0] ?? '', /gone\.js, which is gone$/)
  writeFileSync(join(units, UNIT_NAME), unit.replace(home, `${home}-other`))
  assert.match((await service())[0] ?? '', /serves another home$/)

  writeFileSync(join(units, UNIT_NAME), unit)
  mkdirSync(join(units, `${UNIT_NAME}.d`))
  writeFileSync(join(units, `${UNIT_NAME}.d/own.conf`), '[Service]\nRestart=no\n')
  assert.equal((await herald(t, ['install', '--home', home], { env: manager.env })).code, 1, 'it does not come back')
  const over = await examined(t, home, env)
  assert.ok(
    over.of('service').some(({ found }) => found === 'in force is Restart=no'),
    over.said.stdout,
  )
})

test('the clock of this machine against the answers of the platform', async t => {
  const box = await sandboxFor(t)
  const settings = {
    account: 'qqbot',
    appId: TEST_BOT.appId,
    clientSecret: TEST_BOT.secret,
    apiBase: box.url,
    tokenUrl: box.tokenUrl,
    backoffSeconds: [1],
    maxAttempts: 1,
    markdown: true,
    textLimit: 4000,
  }
  const request = createRequest(systemClock)
  for (const aheadMs of [0, 90_000, -40_000]) {
    const clock = { ...systemClock, nowMs: () => Date.now() + aheadMs }
    const { token, gateway, skewMs } = await probeBot(
      settings,
      { clock, request },
      createRedactor(),
      AbortSignal.timeout(20_000),
    )
    assert.deepEqual([token, gateway], ['ok', 'ok'])
    assert.ok(skewMs !== undefined && Math.abs(skewMs - aheadMs) < 3000, `${skewMs} for ${aheadMs}`)
  }
  assert.equal(clockFinding(2000).verdict, 'ok')
  assert.deepEqual(
    [clockFinding(-40_000).verdict, clockFinding(-40_000).found],
    ['doubt', "40 s behind the platform's"],
  )
  assert.deepEqual([clockFinding(90_000).verdict, clockFinding(90_000).found], ['bad', "90 s ahead of the platform's"])
})

test('an old Node, and checks that fail or never answer', async () => {
  assert.equal(checkNode('20.19.1').verdict, 'bad')
  assert.deepEqual(
    ['24.4.9', '24.5.0', '25.0.0'].map(version => checkNode(version).verdict),
    ['bad', 'ok', 'ok'],
  )
  const startedMs = performance.now()
  const found = await examine(
    {
      fine: async () => [ok('fine', 'yes')],
      broken: async () => {
        throw new Error('boom')
      },
      hanging: () => new Promise(() => {}),
    },
    200,
  )
  assert.ok(performance.now() - startedMs < 5000)
  assert.deepEqual(
    found.map(({ what, verdict }) => `${what} ${verdict}`),
    ['fine ok', 'broken bad', 'hanging bad'],
  )
  assert.match(found[1]?.found ?? '', /boom/)
  assert.deepEqual(bad('a', 'b', 'c'), { verdict: 'bad', what: 'a', found: 'b', cure: 'c' })
})
