/** What `npm start` says of itself, where a bot is named. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tempHome } from '../gateway/programs.ts'
import { eventually } from '../support/eventually.ts'
import { ROOT, startProcess } from '../support/herald.ts'
import { HERALD } from './herald.ts'

const BOUND_MS = 30_000

test('a platform elsewhere is not called the real one', async t => {
  const env = {
    PATH: process.env['PATH'],
    HOME: tempHome(t),
    QQ_APP_ID: '102000890',
    QQ_CLIENT_SECRET: 'secret',
    QQ_HOST: 'http://127.0.0.1:9',
  }
  const gateway = startProcess(t, [HERALD, 'npm-start'], { env, cwd: ROOT })
  const said = await eventually('its first line', BOUND_MS, () => /^.*\n/.exec(gateway.stdout())?.[0], gateway.stderr)
  assert.match(said, /are set: running against the platform at 127\.0\.0\.1:9, home /)
  await eventually('that it serves', BOUND_MS, () => gateway.stderr().includes('herald serves'), gateway.stderr)
  gateway.kill('SIGTERM')
  assert.equal((await gateway.end(BOUND_MS)).code, 0)
})
