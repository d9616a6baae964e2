import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { isRecord, parseJson } from '../../src/lib/json.ts'
import { cleanUp } from '../support/clean-up.ts'
import { herald, startHerald } from './herald.ts'

test('the sandbox prints its addresses, works with the bot it was told, and ends with 0 on a signal', async t => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const child = startHerald(t, ['sandbox', '--json', '--app-id', '42', '--secret', 'its-own-secret'])
    const lines = createInterface({ input: child.stdout })
    const [line] = await once(lines, 'line')
    const told = parseJson(String(line))
    assert.ok(isRecord(told))
    assert.deepEqual([told['app_id'], told['client_secret']], ['42', 'its-own-secret'])
    const token = async (clientSecret: string): Promise<unknown> => {
      const body = JSON.stringify({ appId: '42', clientSecret })
      const headers = { 'content-type': 'application/json' }
      return (await fetch(String(told['token_url']), { method: 'POST', headers, body })).json()
    }
    const given = await token('its-own-secret')
    assert.ok(isRecord(given) && typeof given['access_token'] === 'string')
    const refused = await token('another')
    assert.ok(isRecord(refused) && refused['access_token'] === undefined)
    const page = await fetch(String(told['page']))
    assert.equal(page.status, 200)
    await page.text()
    child.kill(signal)
    assert.deepEqual(await once(child, 'exit'), [0, null])
  }
})

test('events go to the address that it was told; one that is none is refused', async t => {
  const posted = Promise.withResolvers<unknown>()
  const server = createHttpServer((request, response) => {
    request.resume().on('end', () => response.end(JSON.stringify({ op: 12, d: 0 })))
    posted.resolve(request.headers['x-bot-appid'])
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp(t, () => server.close())
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : ''}/qq`
  const child = startHerald(t, ['sandbox', '--json', '--app-id', '42', '--webhook', url])
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const told = parseJson(String(line))
  assert.ok(isRecord(told))
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ person: 'Alice', text: 'hi' })
  await fetch(`${told['control']}/sandbox/say`, { method: 'POST', headers, body })
  assert.equal(await posted.promise, '42')
  const wrong = await herald(t, ['sandbox', '--webhook', 'localhost'])
  assert.equal(wrong.code, 64)
  assert.match(wrong.stderr, /wants an address/)
})

test('a port that is taken is one line with the cure', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  cleanUp(t, () => other.close())
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? String(address.port) : ''
  for (const flag of ['--port', '--control-port']) {
    const said = await herald(t, ['sandbox', flag, port])
    assert.deepEqual([said.code, said.stdout], [1, ''])
    assert.match(
      said.stderr,
      /^herald: the sandbox cannot listen \([^\n]*\); choose another --port or --control-port\n$/,
    )
  }
})
