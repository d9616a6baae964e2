/** The sections about servers of tools, and hooks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../src/config/config.ts'
import { explainConfig } from '../../src/config/explain.ts'
import { BOT, complaint, homeWith, load } from './helpers.ts'

const SERVERS = `
mcp_servers:
  files: { command: mcp-files, args: [--root, 1], env: { API_KEY: the-key-of-files }, tool_rules: { read: allow } }
  web: { url: https://tools.example.org/mcp, headers: { Authorization: Bearer the-key-of-web }, tools: allow, call_s: 5 }
`
const toolsOf = (agent: Config['agent'] | undefined) => (agent?.type === 'openai' ? agent.tools : undefined)

test('servers of tools are given to every openai agent, or to those that name them', async t => {
  const file = `${SERVERS}
agent: { type: openai, model: m }
agents:
  few: { type: openai, model: m, mcp_servers: [web], tool_rounds: 3 }
  none: { type: openai, model: m, mcp_servers: [] }
`
  const { agent, agents, secrets } = await load(t, { env: BOT, file })
  const files = {
    reach: { program: { command: 'mcp-files', args: ['--root', '1'], env: { API_KEY: 'the-key-of-files' } } },
    leave: 'ask',
    leaves: { read: 'allow' },
    callMs: 60_000,
  }
  const web = {
    reach: { url: 'https://tools.example.org/mcp', headers: { Authorization: 'Bearer the-key-of-web' } },
    leave: 'allow',
    leaves: {},
    callMs: 5000,
  }
  assert.deepEqual(toolsOf(agent), { files, web })
  assert.deepEqual(toolsOf(agents['few']), { web })
  assert.equal(agents['few']?.type === 'openai' && agents['few'].toolRounds, 3)
  assert.deepEqual(toolsOf(agents['none']), {})
  assert.ok(secrets.includes('the-key-of-files') && secrets.includes('the-key-of-web'))
})

test('hooks keep their order, and are programs or modules', async t => {
  const file = `
hooks:
  - { at: [message_in], module: /srv/hooks/words.mjs }
  - { at: [message_in, answer_out], command: filter, env: { TOKEN: the-token }, timeout_s: 2, on_failure: stop }
`
  const { hooks, secrets } = await load(t, { env: BOT, file })
  assert.deepEqual(hooks, [
    { at: ['message_in'], run: { module: '/srv/hooks/words.mjs' }, timeoutMs: 5000, onFailure: 'pass' },
    {
      at: ['message_in', 'answer_out'],
      run: { program: { command: 'filter', args: [], env: { TOKEN: 'the-token' } } },
      timeoutMs: 2000,
      onFailure: 'stop',
    },
  ])
  assert.ok(secrets.includes('the-token'))
  const empty = await load(t, { env: BOT, file: 'hooks:\nmcp_servers:\n' })
  assert.deepEqual(empty.hooks, [])
})

test('mistakes are named with their cure', async t => {
  const line = (file: string): Promise<string> => complaint(t, { env: BOT, file })
  assert.match(await line('mcp_servers: { a: {} }\n'), /mcp_servers\.a .*wants command, or url/)
  assert.match(await line('mcp_servers: { a: { command: x, url: "https://a.cn" } }\n'), /remove one of them/)
  assert.match(await line('mcp_servers: { a: { comand: x } }\n'), /did you mean command\?/)
  assert.match(await line('mcp_servers: { a: { command: x, tools: aks } }\n'), /did you mean ask\?/)
  assert.match(await line('mcp_servers: { a: { command: x, tool_rules: { read: yes } } }\n'), /tool_rules\.read/)
  const unknown = `${SERVERS}\nagent: { type: openai, model: m, mcp_servers: [file] }\n`
  assert.match(await line(unknown), /agent\.mcp_servers\[0\] .*no such server; known here: files, web/)
  assert.match(await line('hooks: [{ command: x }]\n'), /hooks\[0\]\.at/)
  assert.match(await line('hooks: [{ at: [message_out], command: x }]\n'), /hooks\[0\]\.at\[0\].*message_in/)
  assert.match(await line('hooks: [{ at: [message_in] }]\n'), /wants command, or module/)
  assert.match(await line('hooks: [{ at: [message_in], module: words.mjs }]\n'), /whole path/)
  assert.match(await line('hooks: [{ at: [message_in], command: x, timeout: 3 }]\n'), /did you mean timeout_s\?/)
})

test('explain shows where a server is, and no secret of it', async t => {
  const explained = await explainConfig({ home: homeWith(t, { file: SERVERS }), env: BOT })
  const of = (key: string) => explained.find(one => one.key === key)
  assert.equal(of('mcp_servers.files.command')?.value, 'mcp-files')
  assert.equal(of('mcp_servers.web.url')?.value, 'https://tools.example.org/mcp')
  assert.doesNotMatch(JSON.stringify(explained), /the-key-of/)
})
