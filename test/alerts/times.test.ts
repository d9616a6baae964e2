/** When something began, as whoever reads it tells the time: people by the clock on their wall, programs in ISO 8601. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxHere } from '../../scripts/survival/boxes.ts'
import { configFor, createWorld } from '../../scripts/survival/world.ts'
import { eventually } from '../support/eventually.ts'
import { SOURCES } from '../support/herald.ts'
import { httpReceiver, mailReceiver, programReceiver } from './receivers.ts'

const DEADLINE_MS = 20_000
const ISO = /\(since \d{4}-\d\d-\d\dT[\d:.]+Z\)/
const WITH_ZONE = /\(since \d{4}-\d\d-\d\d \d\d:\d\d UTC\+05:45\)/

test('a chat is told in its own language and by local time, mail and rooms elsewhere with the zone, programs in ISO 8601', async t => {
  const world = createWorld(t, SOURCES, boxHere)
  const scene = await world.scene()
  const env = { TZ: 'Asia/Kathmandu' }
  const answers = async (): Promise<readonly string[]> =>
    (await scene.box.answers({ person: 'Alice' })).map(({ text }) => text)
  const first = scene.start({ env })
  await first.connected()
  const { chat } = await scene.box.say({ person: 'Alice', text: '你好，今天怎么样？' })
  await eventually('the first answer', DEADLINE_MS, async () => (await answers()).length > 0, first.stderr)
  first.kill('SIGTERM')
  await first.end(DEADLINE_MS)

  const hook = await httpReceiver(t)
  const mail = await mailReceiver(t)
  const program = programReceiver(world.folder())
  const smtp = { host: '127.0.0.1', port: mail.port, security: 'none', from: 'bot@box.test', to: ['ops@box.test'] }
  const to = [
    { type: 'chat', chat: `qqbot:c2c:${chat.openid}` },
    { type: 'webhook', url: `${hook.url}/json` },
    { type: 'webhook', url: `${hook.url}/slack`, format: 'slack' },
    { type: 'command', command: program.command },
    { type: 'email', ...smtp },
  ]
  const alerts = { after_s: 3600, free_disk_mb: 10_000_000, to }
  scene.write(JSON.stringify({ ...configFor(scene.box, {}), alerts }))
  const second = scene.start({ env })
  const bodyAt = (path: string): string => hook.got.find(one => one.path === path)?.body ?? ''
  await eventually(
    'word of the disk everywhere',
    DEADLINE_MS,
    async () =>
      bodyAt('/json') !== '' &&
      bodyAt('/slack') !== '' &&
      mail.mails.length > 0 &&
      program.got().length > 0 &&
      (await answers()).length > 1,
    second.stderr,
  )
  assert.match((await answers())[1] ?? '', /^磁盘空间不足，仅剩 \d+ MB（自 \d\d:\d\d）$/)
  const [json, line] = [JSON.parse(bodyAt('/json')), JSON.parse(program.got()[0] ?? '')]
  assert.match(json.text, ISO)
  assert.deepEqual(line, json)
  assert.match(json.since, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  assert.match(JSON.parse(bodyAt('/slack')).text, WITH_ZONE)
  assert.match((mail.mails[0] ?? '').replaceAll('=\n', ''), WITH_ZONE)
})
