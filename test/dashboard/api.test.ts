/** Who may look at the dashboard, and who may change something through it. */
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { KEY_FILE_NAME } from '../../src/dashboard/key.ts'
import { isRecord, parseJson } from '../../src/lib/json.ts'
import { ask, sendRaw } from '../observe/raw-http.ts'
import { eventually } from '../support/eventually.ts'
import { houseFor } from './house.ts'

/** A call with a JSON body. */
async function post(url: string, path: string, body: object, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${url}/api${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: parseJson(await answer.text()) }
}

test('looking is open on this machine, changing wants the key, and nobody else gets anything', async t => {
  const house = await houseFor(t)
  const { url, port, key, herald } = house

  const page = await ask(port, '/')
  assert.equal(page?.status, 200)
  assert.match(page?.body ?? '', /<title>Herald<\/title>/)
  const policy = page?.headers['content-security-policy'] ?? ''
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/)
  assert.doesNotMatch(policy, /unsafe|\*|https?:/)
  for (const path of ['/dashboard/app.js', '/dashboard/css/style.css', '/pages/dom.js', '/pages/icon.svg'])
    assert.equal((await ask(port, path))?.status, 200, path)
  for (const path of [
    '/dashboard/../key.ts',
    '/dashboard/%2e%2e/key.ts',
    '/pages/..%2f..%2fpackage.json',
    '/api/nothing',
  ])
    assert.equal((await ask(port, path))?.status, 404, path)

  for (const path of ['/api/status', '/api/dead', '/api/pairing'])
    assert.equal((await ask(port, path))?.status, 200, path)
  const foreign: readonly [string, Record<string, string>, number][] = [
    ['another name', { host: `evil.example:${port}` }, 403],
    ['another origin', { origin: 'http://evil.example' }, 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['through a proxy', { 'x-forwarded-for': '192.0.2.1' }, 401],
    ['through one that says little', { 'x-real-ip': '192.0.2.1' }, 401],
    ['through one that tells its name', { via: '1.1 varnish' }, 401],
  ]
  for (const [who, headers, status] of foreign) {
    assert.equal((await ask(port, '/api/status', headers))?.status, status, who)
    for (const path of ['/api/pause', '/api/pairing/block', '/api/pairing/revoke']) {
      const changed = await ask(port, path, headers, 'POST')
      assert.equal(changed?.status, status, `${who} changes ${path}`)
    }
  }
  assert.equal((await ask(port, '/api/status', { 'x-forwarded-for': '192.0.2.1', 'x-herald-key': key }))?.status, 200)

  const body = { account: 'qqbot' }
  assert.equal((await post(url, '/pause', body)).status, 401)
  assert.equal((await post(url, '/pause', body, { 'x-herald-key': `${key.slice(1)}x` })).status, 401)
  assert.equal(herald.account()?.state, 'connected')
  for (const path of ['/pairing/approve', '/pairing/revoke', '/pairing/block'])
    assert.equal((await post(url, path, { subject: 'a', account: 'qqbot' })).status, 401, path)
  assert.doesNotMatch((await ask(port, '/api/pairing'))?.body ?? '', /blocked/)
  // Not even with the key from elsewhere: a page that stole it is another origin.
  const stolen = `POST /api/pause HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\norigin: http://evil.example\r\nx-herald-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: 19\r\nconnection: close\r\n\r\n{"account":"qqbot"}`
  assert.equal((await sendRaw(port, stolen))?.status, 403)
  assert.equal((await post(url, '/pause', body, { 'x-herald-key': key })).status, 200)
  await herald.until('paused', ({ state }) => state === 'paused')
  assert.equal((await post(url, '/resume', body, { 'x-herald-key': key })).status, 200)
  await herald.connected()

  assert.equal(
    (await post(url, '/pairing/owner', {}, { 'x-herald-key': key })).status,
    404,
    'not all verbs are on the page',
  )
  assert.equal((await post(url, '/pause', { account: 'x'.repeat(140_000) }, { 'x-herald-key': key })).status, 400)
  assert.equal(statSync(join(house.scene.home, KEY_FILE_NAME)).mode & 0o777, 0o600)
  assert.ok(!herald.stderr().includes(key), 'the key is in no log')
})

/** Reads what the stream says until `enough`. */
async function listen(url: string, enough: (text: string) => boolean): Promise<string> {
  const stop = new AbortController()
  const response = await fetch(url, { signal: AbortSignal.any([stop.signal, AbortSignal.timeout(15_000)]) })
  let text = ''
  for await (const chunk of (response.body ?? assert.fail('no body')).pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (enough(text)) break
  }
  stop.abort()
  return text
}

test('a stream begins with all that is true, and with the log from the line that was seen last', async t => {
  const { url, herald, scene } = await houseFor(t)
  const first = await listen(`${url}/api/events`, text =>
    ['status', 'history', 'dead', 'pairing', 'pulses'].every(topic => text.includes(`event: ${topic}\n`)),
  )
  const boot = herald.file()?.boot_id ?? assert.fail()
  assert.match(first, new RegExp(`^event: hello\ndata: {"boot":"${boot}"}\n\n`))
  const lines = [...first.matchAll(/^id: (\d+)\nevent: log$/gm)].map(([, n]) => Number(n))
  assert.ok(lines.length >= 3)
  assert.deepEqual(
    lines,
    lines.map((_, at) => at + 1),
    'every line of this process, in order',
  )

  const seen = lines.at(-1) ?? 0
  await scene.command('pause', 'qqbot')
  const later = await listen(`${url}/api/events?line=${seen}&boot=${boot}`, text => text.includes('qqbot is paused'))
  assert.ok(Number(/^id: (\d+)$/m.exec(later)?.[1]) > seen, 'what was seen is not said again')
  const other = await listen(`${url}/api/events?line=${seen}&boot=another`, text => text.includes('event: log'))
  assert.match(other, /^id: 1$/m)
})

test('what a process had no time to write down is in the history of the next', async t => {
  const house = await houseFor(t)
  house.herald.kill('SIGKILL')
  await house.herald.end(5_000)
  const { pid } = house.herald
  await house.again()
  const history = await eventually('the history', 10_000, async () => {
    const text = await listen(`${house.url}/api/events`, said => /event: history\ndata: .*\n\n/.test(said))
    const data = parseJson(/event: history\ndata: (.*)\n/.exec(text)?.[1] ?? '')
    const changes: unknown = isRecord(data) ? data['qqbot'] : undefined
    return Array.isArray(changes) && changes.length >= 5 && changes
  })
  const told = history.map(change => (isRecord(change) ? [change['from'], change['to'], change['code']] : []))
  assert.deepEqual(told.slice(0, 4), [
    ['disconnected', 'connecting', null],
    ['connecting', 'connected', null],
    ['connected', 'disconnected', 'process_gone'],
    ['disconnected', 'connecting', null],
  ])
  assert.match(JSON.stringify(history), new RegExp(`process ${pid} ended without last words`))
})
