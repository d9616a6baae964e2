/** 82, 104: no secret in any output, file or page, also when others repeat it in their errors. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { cleanUp } from '../../../test/support/clean-up.ts'
import { eventually } from '../../../test/support/eventually.ts'
import type { Herald } from '../../../test/support/herald.ts'
import { startOpenAiServer } from '../../../test/support/openai-server.ts'
import { quick, type Row } from '../row.ts'
import type { Scene } from '../world.ts'

const AGENT_KEY = 'sk-agent-0123456789abcdef'

/** Everything that anybody can read, by where it stands. */
async function everything(scene: Scene, herald: Herald, messageIds: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>([
    ['stdout', herald.stdout()],
    ['stderr', herald.stderr()],
  ])
  for (const path of ['/status', '/readyz', '/metrics']) found.set(path, (await herald.get(path)).text)
  const commands = [
    ['status'],
    ['status', '--json'],
    ['dead', 'list'],
    ['dead', 'list', '--json'],
    ...messageIds.map(id => ['trace', id]),
  ]
  for (const words of commands) {
    const { stdout, stderr } = await scene.command(...words)
    found.set(`herald ${words.join(' ')}`, stdout + stderr)
  }
  for (const name of readdirSync(scene.home, { recursive: true }).map(String)) {
    const path = join(scene.home, name)
    // The settings are where the secrets come from.
    if (name !== 'config.yaml' && statSync(path).isFile()) found.set(name, readFileSync(path, 'latin1'))
  }
  return found
}

/** The same token for everybody who asks, until its last minute. */
async function tokenOf({ box }: Scene): Promise<string> {
  const answer = await fetch(box.tokenUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ appId: box.bot.appId, clientSecret: box.bot.secret }),
  })
  return String(((await answer.json()) as { access_token: unknown }).access_token)
}

const nowhere = quick(
  'G82',
  'secret, token and agent key: in no output, file or page, also when errors repeat them',
  async world => {
    const agent = await startOpenAiServer()
    cleanUp(world.t, () => agent.stop())
    const scene = await world.scene({
      gateway: { revive_s: [1] },
      bot: { reconnect: { backoff_s: [0.2], max_attempts: 2 } },
      agent: { type: 'openai', base_url: agent.baseUrl, model: 'test', api_key: AGENT_KEY },
    })
    const { box, start, command } = scene
    const herald = start({ env: { HERALD_LOG_LEVEL: 'debug' } })
    await herald.connected()
    const token = await tokenOf(scene)
    const secrets = [box.bot.secret, token, AGENT_KEY]
    const repeated = `refused: ${secrets.join(' ')}`

    agent.script(exchange => exchange.reply(401, { error: { message: repeated } }))
    const said = [await box.say({ person: 'Alice', text: 'one' })]
    await eventually('an answer', 20_000, async () => (await box.answers({ person: 'Alice' })).length > 0)
    await box.fault({
      kind: 'http',
      route: 'send',
      answer: { status: 400, body: { code: 123_456, message: repeated } },
    })
    said.push(await box.say({ person: 'Alice', text: 'two' }))
    await eventually('refused', 20_000, async () => (await command('dead', 'list')).stdout.includes('refused'))
    await box.mend()
    await box.push(`EVENT_${token}`, { token, secret: box.bot.secret })
    await box.fault({ kind: 'gateway', on: 'now', do: 'raw', frame: { text: `broken ${repeated}` } })
    await box.fault({
      kind: 'http',
      route: 'token',
      answer: { status: 200, body: { code: 100_016, message: repeated } },
    })
    await box.fault({ kind: 'gateway', on: 'now', do: 'close', code: 4_004, reason: repeated.slice(0, 100) })
    await herald.until('fatal', ({ state }) => state === 'fatal')
    const places = await everything(
      scene,
      herald,
      said.map(({ id }) => id),
    )
    const leaks = [...places].flatMap(([place, text]) =>
      ['the secret', 'the token', "the agent's key"]
        .filter((_, at) => text.includes(secrets[at] ?? ''))
        .map(what => `${what} in ${place}`),
    )
    assert.deepEqual(leaks, [])
    return { note: `${places.size} places searched` }
  },
)

export const secretRows: readonly Row[] = [nowhere]
