/** Every mistake that people make in settings has one line: where, what, and the cure. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Environment } from '../../src/config/config.ts'
import { BOT, complaint } from './helpers.ts'

const account = (lines: string): string => `platforms:\n  qqbot:\n    ${lines.replaceAll('\n', '\n    ')}\n`

const schedule = (more: string): string =>
  `schedules:\n  - { name: a, cron: "0 8 * * *", time_zone: UTC, to: "qqbot:c2c:A", ${more} }\n`

/** A name, the file, the line that is due, and the environment where it is not a bot's. */
const MISTAKES: readonly (readonly [string, string, string, Environment?])[] = [
  [
    'an unknown section',
    'platform:\n  qqbot: {}\n',
    'platform (~/config.yaml:1): unknown key; did you mean platforms?',
  ],
  [
    'an unknown key, with the nearest name',
    account('app_id: 1\nclient_secert: x'),
    'platforms.qqbot.client_secert (~/config.yaml:4): unknown key; did you mean client_secret?',
  ],
  [
    'a key in other clothes',
    account('appId: 1'),
    'platforms.qqbot.appId (~/config.yaml:3): unknown key; did you mean app_id?',
  ],
  [
    'a key in a section of its own',
    account('reconnect: { backof_s: [1] }'),
    'platforms.qqbot.reconnect.backof_s (~/config.yaml:3): unknown key; did you mean backoff_s?',
  ],
  [
    'a key like none',
    account('reconnect: { frobnicate: x }'),
    'platforms.qqbot.reconnect.frobnicate (~/config.yaml:3): unknown key; known here: backoff_s, max_attempts',
  ],
  [
    'a key of the gateway at the top, misspelt',
    'langauge: zh\n',
    'langauge (~/config.yaml:1): unknown key; did you mean gateway.language?',
  ],
  [
    'a key of the doors at the top',
    'port: 80\n',
    'port (~/config.yaml:1): unknown key; did you mean gateway.http.port?',
  ],
  [
    'a key of an account at the top',
    'allowed_users: []\n',
    'allowed_users (~/config.yaml:1): unknown key; did you mean platforms.qqbot.allowed_users?',
  ],
  [
    'a key of an account one section too deep',
    'platforms:\n  qqbot:work: { reconnect: { proxy: x } }\n',
    'platforms.qqbot:work.reconnect.proxy (~/config.yaml:2): unknown key; did you mean platforms.qqbot:work.proxy?',
  ],
  [
    'a key of the agent in the account',
    account('system_prompt: x'),
    'platforms.qqbot.system_prompt (~/config.yaml:3): unknown key; did you mean agent.system_prompt?',
  ],
  [
    'a schedule that says a text and asks a prompt',
    schedule('text: x, prompt: y'),
    'schedules[0].prompt (~/config.yaml:2): stands beside text; a schedule says a text, or asks a prompt: remove one of them',
  ],
  [
    'a schedule that does neither',
    schedule(''),
    'schedules[0].text (~/config.yaml:2): missing; write text (said as it is), or prompt (asked of the agent, whose answer is said)',
  ],
  [
    'a schedule that speaks for an account that is none',
    schedule('text: x').replace('qqbot:c2c', 'qqbot:wrok:c2c') +
      account('app_id: 1\nclient_secret: s').replace('qqbot:', 'qqbot:work:'),
    'schedules[0].to (~/config.yaml:2): there is no account qqbot:wrok; did you mean qqbot:work?',
    {},
  ],
  [
    'a schedule with a mistyped prompt',
    schedule('promt: y'),
    'schedules[0].promt (~/config.yaml:2): unknown key; did you mean prompt?',
  ],
  [
    'a key of the sessions',
    account('sessions: { idle_reset_minute: 5 }'),
    'platforms.qqbot.sessions.idle_reset_minute (~/config.yaml:3): unknown key; did you mean idle_reset_minutes?',
  ],
  [
    'a time of day that is none',
    account('sessions: { daily_reset_at: "24:00" }'),
    'platforms.qqbot.sessions.daily_reset_at (~/config.yaml:3): is text that does not fit; wants a time of day such as "04:00", or never',
  ],
  [
    'a mode that no agent knows',
    account('busy: sometimes'),
    'platforms.qqbot.busy (~/config.yaml:3): is sometimes; wants one of queue, interrupt, steer, merge',
  ],
  [
    'no connection at all',
    account('shards: 0'),
    'platforms.qqbot.shards (~/config.yaml:3): is 0; wants auto, or a whole number from 1 to 100',
  ],
  [
    'a word for a number of connections',
    account('shards: many'),
    'platforms.qqbot.shards (~/config.yaml:3): is text that does not fit; wants auto, or a whole number from 1 to 100',
  ],
  [
    'a limit below nothing',
    account('limits: { user_per_minute: -1 }'),
    'platforms.qqbot.limits.user_per_minute (~/config.yaml:3): is -1; wants a whole number from 0 to 1000000',
  ],
  [
    'a key of the agent that is not chosen',
    'agent:\n  model: m\n',
    'agent.model (~/config.yaml:2): belongs to agent.type openai; set `type: openai`, or remove it',
  ],
  [
    'a mistyped key of the agent',
    'agent:\n  type: openai\n  api_kye: x\n',
    'agent.api_kye (~/config.yaml:3): unknown key; did you mean api_key?',
  ],
  ['a prototype as a key', 'platforms:\n  __proto__: {}\n', '~/config.yaml:2:3: __proto__ is no setting; remove it'],
  [
    'a platform that is none',
    'platforms:\n  qbot: {}\n',
    'platforms.qbot (~/config.yaml:2): unknown platform; did you mean qqbot?',
  ],
  [
    'a platform of a later version',
    'platforms:\n  telegram: {}\n',
    'platforms.telegram (~/config.yaml:2): unknown platform; this version has qqbot (a second bot is `qqbot:work`)',
  ],
  [
    'an account without a name',
    'platforms:\n  "qqbot:": {}\n',
    'platforms.qqbot: (~/config.yaml:2): not the name of an account; use letters, digits, - and _ after `qqbot:` (1 to 32 of them)',
  ],
  [
    'a list of platforms',
    'platforms:\n  - qqbot\n',
    'platforms (~/config.yaml:1): is a list; wants a section with accounts',
  ],
  [
    'text for a section',
    'platforms:\n  qqbot: on\n',
    'platforms.qqbot (~/config.yaml:2): is text; wants a section with app_id and client_secret',
  ],
  [
    'text for a flag',
    account('enabled: yes'),
    'platforms.qqbot.enabled (~/config.yaml:3): is yes; wants true or false',
  ],
  [
    'a flag in quotes',
    account('markdown: "true"'),
    'platforms.qqbot.markdown (~/config.yaml:3): is text; remove the quotes; wants true or false',
  ],
  [
    'a port that is no number',
    'gateway:\n  http:\n    port: .nan\n',
    'gateway.http.port (~/config.yaml:3): is NaN; wants a whole number from 0 to 65535',
  ],
  [
    'a port in words',
    'gateway:\n  http:\n    port: eight\n',
    'gateway.http.port (~/config.yaml:3): is eight; wants a whole number from 0 to 65535',
  ],
  [
    'a port in quotes',
    'gateway:\n  http:\n    port: "8643"\n',
    'gateway.http.port (~/config.yaml:3): is text; remove the quotes; wants a whole number from 0 to 65535',
  ],
  [
    'a port beyond the last',
    'gateway:\n  http: { port: 65536 }\n',
    'gateway.http.port (~/config.yaml:2): is 65536; wants a whole number from 0 to 65535',
  ],
  [
    'half a port',
    'gateway:\n  http: { port: 80.5 }\n',
    'gateway.http.port (~/config.yaml:2): is 80.5; wants a whole number from 0 to 65535',
  ],
  [
    'http switched on by true',
    'gateway:\n  http: true\n',
    'gateway.http (~/config.yaml:2): is true; wants a section with host and port, or false',
  ],
  [
    'a mistyped key of http',
    'gateway:\n  http: { prot: 80 }\n',
    'gateway.http.prot (~/config.yaml:2): unknown key; did you mean port?',
  ],
  [
    'an unknown word, with the nearest one',
    'gateway:\n  on_all_platforms_down: stays\n',
    'gateway.on_all_platforms_down (~/config.yaml:2): is stays (did you mean stay?); wants one of auto, exit, stay',
  ],
  [
    'a section with a key and nothing behind it',
    'gateway:\n  language:\n',
    'gateway.language (~/config.yaml:2): is empty; wants one of auto, zh, en',
  ],
  [
    'a wait that is negative',
    account('reconnect:\n  backoff_s:\n    - 2\n    - -5'),
    'platforms.qqbot.reconnect.backoff_s[1] (~/config.yaml:6): is -5; wants a list of 1 to 20 waits in seconds, such as [2, 5, 10]; each more than 0 and at most 86400',
  ],
  [
    'no waits at all',
    account('reconnect: { backoff_s: [] }'),
    'platforms.qqbot.reconnect.backoff_s (~/config.yaml:3): is an empty list; wants a list of 1 to 20 waits in seconds, such as [2, 5, 10]; each more than 0 and at most 86400',
  ],
  [
    'a wait that is no list',
    'gateway:\n  revive_s: 30\n',
    'gateway.revive_s (~/config.yaml:2): is 30; wants a list of 1 to 20 waits in seconds, such as [2, 5, 10]; each more than 0 and at most 86400',
  ],
  [
    'attempts without end, the wrong way',
    account('reconnect: { max_attempts: -1 }'),
    'platforms.qqbot.reconnect.max_attempts (~/config.yaml:3): is -1; wants a whole number from 0 to 1000000',
  ],
  [
    'one id for a list',
    account('allowed_users: ABC'),
    'platforms.qqbot.allowed_users (~/config.yaml:3): is text; wants a list of ids, such as [A1B2, C3D4]',
  ],
  [
    'an id that is a section',
    account('allowed_users:\n  - A1\n  - B2: x'),
    'platforms.qqbot.allowed_users[1] (~/config.yaml:5): is a section; wants an id',
  ],
  [
    'a mistyped key of the webhook',
    account('webhook: { prot: 8760 }'),
    'platforms.qqbot.webhook.prot (~/config.yaml:3): unknown key; did you mean port?',
  ],
  [
    'an address without https',
    account('api_base: api.sgroup.qq.com'),
    'platforms.qqbot.api_base (~/config.yaml:3): is text that does not fit; wants an address that begins with https:// (or http://), without user name, password, query or #',
  ],
  [
    'an agent without its program',
    'agent:\n  type: acp\n',
    'agent.command (~/config.yaml:1): missing; wants the name or path of a program (1 to 1000 characters)',
  ],
  [
    'a mistyped agent',
    'agent:\n  type: opneai\n',
    'agent.type (~/config.yaml:2): is opneai (did you mean openai?); wants one of echo, openai, acp, command, http',
  ],
  [
    'an agent without its model',
    'agent:\n  type: openai\n',
    'agent.model (~/config.yaml:1): missing; name the model there or in OPENAI_MODEL',
  ],
  [
    'a variable that is not set',
    account(`app_id: \${MY_ID}`),
    `platforms.qqbot.app_id (~/config.yaml:3): \${MY_ID} is not set, neither in the environment nor in ~/.env; set it in one of them, or write the value here`,
  ],
  [
    'a variable without an end',
    account(`app_id: \${MY_ID`),
    `platforms.qqbot.app_id (~/config.yaml:3): \${ begins a variable and none follows; write \${NAME}, or $\${ for the characters themselves`,
  ],
  [
    'a variable in { } without quotes',
    `platforms:\n  qqbot: { app_id: \${MY_ID} }\n`,
    `~/config.yaml:2:21: inside { } or [ ] a \${NAME} needs quotes: "\${NAME}"`,
  ],
  ['a tab', 'platforms:\n\tqqbot:\n', '~/config.yaml:2:1: a tab in the indentation; indent with spaces'],
  [
    'a key for the second time',
    account('app_id: 1\nmarkdown: true\napp_id: 2'),
    '~/config.yaml:5:5: this key stands here for the second time; keep one of the two',
  ],
  ['a quote that is not closed', account('app_id: "1'), '~/config.yaml:4:1: a quote is not closed; close it'],
  [
    'a bracket that is not closed',
    'gateway: { language: zh\nagent: {}\n',
    '~/config.yaml:2:1: a bracket is not closed, or the indentation is off; mend it',
  ],
  [
    'a line without a colon',
    account('app_id: 1\nclient_secret'),
    '~/config.yaml:4:5: a line without a colon; write `name: value`',
  ],
  [
    'two settings in one line',
    account('app_id: 1 client_secret: x'),
    '~/config.yaml:3:13: two settings in one line, or a ": " inside a value; put the value in quotes',
  ],
  [
    'a value with a forbidden beginning',
    account('client_secret: @x'),
    '~/config.yaml:3:20: a value cannot begin with this character; put the value in quotes',
  ],
  [
    'an escape that is none',
    account('client_secret: "a\\q"'),
    '~/config.yaml:3:22: a \\ in double quotes begins an escape, and this is none; write \\\\, or use single quotes',
  ],
  [
    'a star before a value',
    account('client_secret: *x'),
    '~/config.yaml:3:20: nothing has the name behind the *; put the value in quotes if it begins with one',
  ],
  [
    'a second document',
    'gateway: {}\n---\nagent: {}\n',
    '~/config.yaml:2:1: a second document begins here; remove the line with ---',
  ],
  ['no settings but a list', '- gateway\n', '~/config.yaml:1:1: no settings; write `name: value` lines'],
  [
    'a secret without an id',
    account('client_secret: x'),
    'platforms.qqbot.app_id (~/config.yaml:2): missing; set it there, or QQ_APP_ID in the environment or .env',
    {},
  ],
  [
    'an account without either',
    'platforms:\n  qqbot:\n',
    'platforms.qqbot (~/config.yaml:2): app_id and client_secret are missing; set them there, or QQ_APP_ID and QQ_CLIENT_SECRET in the environment or .env',
    {},
  ],
  [
    'a named account without a secret: no variable is advertised that it would not take',
    'platforms:\n  qqbot:work: { app_id: 1 }\n',
    'platforms.qqbot:work.client_secret (~/config.yaml:2): missing; set it there',
  ],
  [
    'one bot twice',
    'platforms:\n  qqbot: {}\n  qqbot:work: { app_id: 102000001, client_secret: x }\n',
    'platforms.qqbot:work.app_id (~/config.yaml:3): the same bot as platforms.qqbot; remove or disable one of them',
  ],
  [
    'two bots at one address',
    'platforms:\n  qqbot: { transport: webhook }\n  qqbot:work: { app_id: 7, client_secret: x, transport: webhook }\n',
    'platforms.qqbot:work.webhook.path (~/config.yaml:3): the same address as platforms.qqbot; give each a path of its own',
  ],
  [
    'half of the credentials in the environment',
    '',
    'platforms.qqbot.client_secret: missing; set it there, or QQ_CLIENT_SECRET in the environment or .env',
    { QQ_APP_ID: '1' },
  ],
  [
    'a variable with a wrong value',
    '',
    'platforms.qqbot.api_base (QQ_API_BASE in the environment): is text that does not fit; wants an address that begins with https:// (or http://), without user name, password, query or #',
    { ...BOT, QQ_API_BASE: 'sandbox' },
  ],
  [
    'a flag in the environment that is none',
    '',
    'QQ_ALLOW_ALL_USERS in the environment: wants true or false',
    { ...BOT, QQ_ALLOW_ALL_USERS: 'maybe' },
  ],
  [
    'no platform at all',
    '# nothing yet\n',
    'platforms: no bot is set up in ~/config.yaml or the environment; run `herald setup`, set QQ_APP_ID and QQ_CLIENT_SECRET, or look around with `herald demo`',
    {},
  ],
  [
    'more than one mistake: the first of the file',
    'gateway:\n  language: fr\n  revive_s: []\nagnet: {}\n',
    'gateway.language (~/config.yaml:2): is fr; wants one of auto, zh, en (and 2 more)',
  ],
]

for (const [name, file, line, env = BOT] of MISTAKES)
  test(name, async t => {
    assert.equal(await complaint(t, { file, env }), line)
  })
