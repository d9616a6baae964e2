/** `config.yaml`, then `.env`, then the environment; and which account a variable speaks of. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BOT, load } from './helpers.ts'

test('QQ_APP_ID and QQ_CLIENT_SECRET alone are enough, and all else has its default', async t => {
  const { gateway, accounts, agent, secrets, warnings } = await load(t, { env: BOT })
  assert.deepEqual(
    { gateway, accounts, agent, secrets, warnings },
    {
      gateway: {
        onAllDown: 'auto',
        reviveSeconds: [30, 60],
        language: 'auto',
        http: { host: '127.0.0.1', port: 8643, named: false },
        maxTurns: 64,
      },
      accounts: [
        {
          account: 'qqbot',
          platform: 'qqbot',
          enabled: true,
          appId: BOT.QQ_APP_ID,
          clientSecret: BOT.QQ_CLIENT_SECRET,
          apiBase: 'https://api.sgroup.qq.com',
          tokenUrl: 'https://bots.qq.com/app/getAppAccessToken',
          backoffSeconds: [2, 5, 10, 30, 60],
          maxAttempts: 100,
          markdown: true,
          textLimit: 4000,
          proxy: null,
          shards: 1,
          streaming: false,
          webhook: null,
          access: {
            dmPolicy: 'pairing',
            pairingNotice: true,
            bots: 'ignore',
            groupPolicy: 'allowlist',
            groupTrigger: 'mention',
            groupKeywords: [],
            allowedUsers: [],
            allowedGroups: [],
          },
          talk: {
            busy: 'queue',
            mergeQuietMs: 1500,
            sessions: { inGroups: 'shared', idleResetMinutes: null, dailyResetAt: null },
            quoteInGroups: false,
            greeting: { friend: '', group: '' },
            rates: { userPerMinute: 0, userPerDay: 0, chatPerMinute: 0, chatPerDay: 0 },
            tokens: { perChat: 0, perAccount: 0 },
          },
        },
      ],
      agent: { type: 'echo' },
      secrets: [BOT.QQ_CLIENT_SECRET],
      warnings: [],
    },
  )
})

test('the file of the contract, word for word', async t => {
  const file = `
gateway:
  on_all_platforms_down: auto
  revive_s: [30, 60]
  language: auto
  http: { host: 127.0.0.1, port: 8643 }
platforms:
  qqbot:
    enabled: true
    app_id: \${QQ_APP_ID}
    client_secret: \${QQ_CLIENT_SECRET}
    api_base: https://api.sgroup.qq.com
    token_url: https://bots.qq.com/app/getAppAccessToken
    reconnect: { backoff_s: [2, 5, 10, 30, 60], max_attempts: 100 }
    dm_policy: pairing
    group_policy: allowlist
    group_trigger: mention
    allowed_users: []
    allowed_groups: []
    markdown: true
    text_limit: 4000
agent:
  type: echo
`
  const written = await load(t, { file, env: BOT })
  const { gateway, ...rest } = await load(t, { env: BOT })
  assert.deepEqual(written, { ...rest, gateway: { ...gateway, http: { ...gateway.http, named: true } }, inFile: true })
})

test('file < .env < environment, for each setting that a variable has', async t => {
  const pairs = [
    ['app_id', 'QQ_APP_ID', 'appId'],
    ['client_secret', 'QQ_CLIENT_SECRET', 'clientSecret'],
    ['api_base', 'QQ_API_BASE', 'apiBase'],
    ['token_url', 'QQ_TOKEN_URL', 'tokenUrl'],
  ] as const
  for (const [key, variable, field] of pairs) {
    const value = (from: string): string => (key === 'app_id' || key === 'client_secret' ? from : `https://${from}/x`)
    const others = pairs.filter(([other]) => other !== key).map(([other]) => `${other}: https://other/`)
    const file = `platforms:\n  qqbot:\n    ${[`${key}: ${value('file')}`, ...others].join('\n    ')}\n`
    const dotenv = `export ${variable}='${value('dotenv')}'\n`
    const fieldOf = async (given: Parameters<typeof load>[1]) => (await load(t, given)).accounts[0]?.[field]
    assert.equal(await fieldOf({ file }), value('file'))
    assert.equal(await fieldOf({ file, dotenv }), value('dotenv'))
    assert.equal(await fieldOf({ file, dotenv, env: { [variable]: value('env') } }), value('env'))
    assert.equal(await fieldOf({ file, dotenv, env: { [variable]: '' } }), value('dotenv'), 'an empty one is not set')
  }
})

const DEFAULTS = { tools: {}, toolRounds: 16, concurrency: 64 }

test('OPENAI_… count for an openai agent, the same way', async t => {
  const file = 'agent: { type: openai, base_url: "https://file/v1/", api_key: file-key, model: file-model }\n'
  const dotenv = 'OPENAI_MODEL=dotenv-model\nOPENAI_API_KEY=dotenv-key # for work\n'
  const config = await load(t, { file, dotenv, env: { ...BOT, OPENAI_API_KEY: 'env-key' } })
  assert.deepEqual(config.agent, {
    type: 'openai',
    baseUrl: 'https://file/v1',
    apiKey: 'env-key',
    model: 'dotenv-model',
    ...DEFAULTS,
  })
  assert.deepEqual(config.secrets, [BOT.QQ_CLIENT_SECRET, 'env-key'])
  const bare = await load(t, { file: 'agent: { type: openai }\n', env: { ...BOT, OPENAI_MODEL: 'm' } })
  assert.deepEqual(bare.agent, { type: 'openai', baseUrl: 'https://api.openai.com/v1', model: 'm', ...DEFAULTS })
  const local = { OPENAI_BASE_URL: 'http://localhost:11434/v1', OPENAI_MODEL: 'm' }
  const ollama = await load(t, { file: 'agent: { type: openai }\n', env: { ...BOT, ...local } })
  assert.equal(ollama.agent.type === 'openai' && ollama.agent.baseUrl, 'http://localhost:11434/v1')
})

test('an echo does not begin to spend money because other programs have a key', async t => {
  const config = await load(t, { env: { ...BOT, OPENAI_API_KEY: 'k', OPENAI_MODEL: 'm' } })
  assert.deepEqual(config.agent, { type: 'echo' })
  assert.deepEqual(config.warnings, [])
  const meant = await load(t, { env: BOT, dotenv: 'OPENAI_API_KEY=k\n' })
  assert.deepEqual(meant.agent, { type: 'echo' })
  assert.deepEqual(meant.warnings, [
    'OPENAI_API_KEY: set in .env, and agent.type is echo; set `agent: { type: openai }` to use it',
  ])
})

test('lists in the environment: commas, spaces, empty places, repeats', async t => {
  const file = 'platforms: { qqbot: { allowed_users: [FILE], allowed_groups: [" G1 ", G2, "", G1] } }\n'
  const env = { ...BOT, QQ_ALLOWED_USERS: ' A1 ,b2,, C 3 ,A1, * ,' }
  const config = await load(t, { file, env })
  assert.deepEqual(config.accounts[0]?.access.allowedUsers, ['A1', 'b2', 'C 3', '*'])
  assert.deepEqual(config.accounts[0]?.access.allowedGroups, ['G1', 'G2'])
  const groups = await load(t, { file, env: { ...BOT, QQ_GROUP_ALLOWED_USERS: 'X, Y' } })
  assert.deepEqual(groups.accounts[0]?.access.allowedGroups, ['X', 'Y'])
  const nobody = await load(t, { file, env: { ...BOT, QQ_ALLOWED_USERS: ' , ' } })
  assert.deepEqual(nobody.accounts[0]?.access.allowedUsers, [], 'a list of nobody admits nobody')
})

test('QQ_ALLOW_ALL_USERS opens direct messages and groups; no other word does', async t => {
  const file = 'platforms: { qqbot: { dm_policy: disabled } }\n'
  const policies = async (all: string) => {
    const { access } = (await load(t, { file, env: { ...BOT, QQ_ALLOW_ALL_USERS: all } })).accounts[0] ?? {}
    return [access?.dmPolicy, access?.groupPolicy]
  }
  for (const yes of ['true', 'TRUE', '1', 'yes', 'on', ' true '])
    assert.deepEqual(await policies(yes), ['open', 'open'])
  for (const no of ['false', '0', 'no', 'off', '']) assert.deepEqual(await policies(no), ['disabled', 'allowlist'])
  for (const bad of ['y', 'all', '*', 'truee']) await assert.rejects(policies(bad), /QQ_ALLOW_ALL_USERS/)
})

test('a second bot: its own keys, shared addresses, none of the credentials of the first', async t => {
  const file = `
platforms:
  qqbot: { app_id: 1, client_secret: first }
  qqbot:work: { app_id: "\${WORK_ID}", client_secret: "\${WORK_SECRET}-x", token_url: "https://own/token" }
`
  const env = { ...BOT, WORK_ID: '0042', QQ_API_BASE: 'https://api.bot.qq.com//', QQ_TOKEN_URL: 'https://t/' }
  const { accounts, warnings } = await load(t, { file, env, dotenv: 'WORK_SECRET=second' })
  assert.deepEqual(
    accounts.map(({ account, appId, clientSecret, apiBase, tokenUrl }) => [
      account,
      appId,
      clientSecret,
      apiBase,
      tokenUrl,
    ]),
    [
      ['qqbot', BOT.QQ_APP_ID, BOT.QQ_CLIENT_SECRET, 'https://api.bot.qq.com', 'https://t/'],
      ['qqbot:work', '0042', 'second-x', 'https://api.bot.qq.com', 'https://own/token'],
    ],
  )
  assert.deepEqual(warnings, [])
})

test('only named accounts: the credentials of the environment make no further one, and that is said', async t => {
  const file = 'platforms: { "qqbot:work": { app_id: 1, client_secret: x } }\n'
  const config = await load(t, { file, env: BOT })
  assert.deepEqual(
    config.accounts.map(account => account.account),
    ['qqbot:work'],
  )
  assert.deepEqual(config.warnings, [
    'QQ_APP_ID, QQ_CLIENT_SECRET: set, and no account takes it: the file has no account qqbot',
  ])
  const used = `platforms: { "qqbot:work": { app_id: "\${QQ_APP_ID}", client_secret: "\${QQ_CLIENT_SECRET}" } }\n`
  const taken = await load(t, { file: used, env: BOT })
  assert.deepEqual([taken.accounts[0]?.appId, taken.warnings], [BOT.QQ_APP_ID, []])
})

test('a number of connections for an account that has none is doubted', async t => {
  const file = 'platforms:\n  qqbot:\n    transport: webhook\n    shards: auto\n'
  const { warnings, accounts } = await load(t, { file, env: BOT })
  assert.equal(accounts[0]?.shards, 'auto')
  assert.deepEqual(
    warnings.filter(line => line.includes('shards')),
    ['platforms.qqbot.shards: callbacks come without a connection, so it changes nothing'],
  )
})

test('an expanded variable stands for what would be written in its place', async t => {
  const file = `gateway: { http: { port: "\${PORT}" } }\n`
  await assert.rejects(load(t, { file, env: { ...BOT, PORT: '80' } }), /port .*is text/)
  const block = `gateway:\n  http:\n    port: \${PORT}\nplatforms:\n  qqbot:\n    markdown: \${MARKDOWN}\n    client_secret: a$\${b\n`
  const config = await load(t, { file: block, env: { PORT: '80', MARKDOWN: 'false', QQ_APP_ID: '007' } })
  assert.deepEqual(config.gateway.http, { host: '127.0.0.1', port: 80, named: true })
  const [account] = config.accounts
  assert.deepEqual([account?.markdown, account?.clientSecret, account?.appId], [false, `a\${b`, '007'])
  const nested = await load(t, { env: { QQ_APP_ID: '1', QQ_CLIENT_SECRET: `\${QQ_APP_ID}` } })
  assert.equal(nested.accounts[0]?.clientSecret, `\${QQ_APP_ID}`, 'values of variables are not expanded')
})

test('http: off, any port, and whether the port was asked for', async t => {
  const http = async (text: string) => (await load(t, { file: `gateway:\n  http: ${text}\n`, env: BOT })).gateway.http
  assert.equal(await http('false'), null)
  assert.deepEqual(await http('{ port: 0 }'), { host: '127.0.0.1', port: 0, named: true })
  assert.deepEqual(await http('{ host: "::1" }'), { host: '::1', port: 8643, named: false })
})

test('what is allowed and probably not meant', async t => {
  const file = `
gateway: { http: { host: 0.0.0.0 } }
platforms:
  qqbot: { dm_policy: allowlist, api_base: "http://api.example.org", token_url: "http://127.0.0.1:9000/t" }
  qqbot:off: { enabled: false }
`
  assert.deepEqual((await load(t, { file, env: BOT })).warnings, [
    'gateway.http.host: 0.0.0.0 is open to other machines, and status and metrics need no key',
    'platforms.qqbot.allowed_users: empty, and dm_policy is allowlist: nobody can write to it in private',
    "platforms.qqbot: http://api.example.org gets the bot's secrets unprotected over the network; use https://",
  ])
  const off = await load(t, { file: 'platforms: { "qqbot:off": { enabled: false } }\n' })
  assert.deepEqual(off.warnings, ['platforms: no account is enabled, so nothing will connect'])
})

test('callbacks: an address that the platform does not call is doubted', async t => {
  const doubts = async (publicUrl: string): Promise<readonly string[]> => {
    const file = `platforms: { qqbot: { transport: webhook, webhook: { public_url: "${publicUrl}" } } }\n`
    return (await load(t, { file, env: BOT })).warnings
  }
  for (const right of ['https://bot.example.com/qq', 'https://bot.example.com:8443/qq', 'http://127.0.0.1:9000/qq'])
    assert.deepEqual(await doubts(right), [])
  for (const wrong of ['http://bot.example.com/qq', 'https://bot.example.com:9443/qq'])
    assert.match((await doubts(wrong)).join(), /^platforms\.qqbot\.webhook\.public_url: the platform calls https/)
})

test('how an account talks: modes, sessions, limits', async t => {
  const file = `
gateway: { max_turns: 3 }
platforms:
  qqbot:
    pairing_notice: false
    busy: merge
    merge_quiet_s: 0.5
    sessions: { in_groups: per_user, idle_reset_minutes: 90, daily_reset_at: 04:05 }
    limits: { user_per_minute: 10, chat_per_day: 500, chat_tokens_per_day: 9000, tokens_per_day: 90000 }
`
  const { gateway, accounts } = await load(t, { file, env: BOT })
  assert.equal(gateway.maxTurns, 3)
  assert.equal(accounts[0]?.access.pairingNotice, false)
  assert.deepEqual(accounts[0]?.talk, {
    busy: 'merge',
    mergeQuietMs: 500,
    sessions: { inGroups: 'per_user', idleResetMinutes: 90, dailyResetAt: { hour: 4, minute: 5 } },
    quoteInGroups: false,
    greeting: { friend: '', group: '' },
    rates: { userPerMinute: 10, userPerDay: 0, chatPerMinute: 0, chatPerDay: 500 },
    tokens: { perChat: 9000, perAccount: 90000 },
  })
})
