/** The files of a gateway that runs are taken away, as by an upgrade: parts fail in words that name the restart, and nobody falls silent. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { boxHere } from '../../../scripts/survival/boxes.ts'
import { createWorld } from '../../../scripts/survival/world.ts'
import { AgentError } from '../../../src/agents/agent.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import { createConvert } from '../../../src/media/sound/convert.ts'
import { NEVER, tone } from '../../media/house.ts'
import { eventually } from '../../support/eventually.ts'
import { ROOT } from '../../support/herald.ts'

const BOUND_MS = 20_000
const RESTART = /a part of Herald cannot be loaded \(.*\): Herald was upgraded or moved while it runs: restart it/

/** An installation of its own. Its packages are links, so that little is copied. */
function install(folder: string): { readonly at: string; takeAway(): void } {
  const at = join(folder, 'herald')
  const packages = join(at, 'node_modules')
  mkdirSync(packages, { recursive: true })
  for (const part of ['bin', 'src', 'package.json']) cpSync(join(ROOT, part), join(at, part), { recursive: true })
  for (const each of readdirSync(join(ROOT, 'node_modules')))
    symlinkSync(join(ROOT, 'node_modules', each), join(packages, each))
  return {
    at,
    takeAway() {
      for (const part of ['src', 'node_modules']) rmSync(join(at, part), { recursive: true })
    },
  }
}

test('a voice message and a module are told of as failed, the text arrives, and the gateway stops as it was asked to', async t => {
  const world = createWorld(t, [], boxHere)
  const { at, takeAway } = install(world.folder())
  const hook = join(world.folder(), 'shout.mjs')
  writeFileSync(hook, 'export default ({ text }) => ({ text: text.toUpperCase() })')
  const { box, start } = await world.scene({ top: { hooks: [{ at: ['message_in'], module: hook }] } })
  const herald = start({ program: [join(at, 'bin/herald')] })
  await herald.connected()
  const silk = await createConvert(systemClock)('silk', async () => tone(), NEVER)
  takeAway()

  const voice = await box.host('a.silk', Buffer.from(silk))
  const attachments = [{ content_type: 'voice', filename: 'a.silk', ...voice }]
  await box.say({ person: 'Alice', text: 'listen', attachments })
  const answer = await eventually(
    'an answer',
    BOUND_MS,
    async () => (await box.answers({ person: 'Alice' }))[0]?.text,
    herald.stderr,
  )
  assert.match(answer, /^echo: listen\n\[voice: a\.silk \(not available: .+\)\]$/)
  for (const what of ['an attachment could not be fetched', 'a hook failed']) {
    const line = herald
      .stderr()
      .split('\n')
      .find(each => each.includes(what))
    assert.ok(line, `nothing is told: ${what}\n${herald.stderr()}`)
    assert.match(line, RESTART)
  }
  assert.equal(herald.account()?.state, 'connected')
  herald.kill('SIGTERM')
  assert.equal((await herald.end(BOUND_MS)).code, 0)
})

test('what is loaded when it is needed says so where it is gone: agents, tools, mail, the log', async t => {
  const { at, takeAway } = install(createWorld(t, [], boxHere).folder())
  const part = (path: string): string => pathToFileURL(join(at, 'src', path)).href
  const acp: typeof import('../../../src/agents/acp/link.ts') = await import(part('agents/acp/link.ts'))
  const tools: typeof import('../../../src/agents/tools/link.ts') = await import(part('agents/tools/link.ts'))
  const mail: typeof import('../../../src/alerts/channels/email.ts') = await import(part('alerts/channels/email.ts'))
  const log: typeof import('../../../src/observe/log-file.ts') = await import(part('observe/log-file.ts'))
  takeAway()

  const world = { clock: systemClock, log: silentLogger, env: {} }
  const program = { command: 'true', args: [], env: {} }
  const unreachable = (thrown: unknown): true => {
    assert.ok(thrown instanceof Error && thrown.name === AgentError.name, String(thrown))
    assert.match(thrown.message, RESTART)
    return true
  }
  await assert.rejects(acp.openLink(program, world, NEVER), unreachable)
  await assert.rejects(tools.openToolLink('files', { program }, world, NEVER), unreachable)
  const smtp = { host: '127.0.0.1', port: 1, security: 'none', from: 'bot@box.test', to: ['ops@box.test'] } as const
  const notice = {
    alert: { kind: 'raised', key: 'disk', subject: { kind: 'state_file' }, sinceMs: 0, atMs: 0, times: 1 },
    language: 'en',
    host: 'here',
    version: '1',
  } as const
  const alert = { ...notice.alert, detail: { zh: '', en: '' } }
  await assert.rejects(mail.createEmail(smtp).deliver({ ...notice, alert, textIn: () => 'down' }, NEVER), RESTART)
  const troubles: string[] = []
  const file = await log.openLogFile({ path: join(at, 'herald.log'), maxMiB: 1, keep: 1 }, said => troubles.push(said))
  file.write('a line that nobody keeps')
  await file.close()
  assert.match(troubles.join(), RESTART)
})
