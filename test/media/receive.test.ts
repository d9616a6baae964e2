/** Attachments fetched from real servers. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { addressesFor } from '../../src/media/fetch/reach.ts'
import type { Attachment } from '../../src/platforms/platform.ts'
import { tempHome } from '../gateway/programs.ts'
import { eventually } from '../support/eventually.ts'
import { filesIn, mediaHouse, messageWith, NEVER, PNG, webServer } from './house.ts'

const image = (url: string, name = 'a.png'): Attachment => ({ kind: 'image', name, url })

test('D49 a picture is fetched into the folder, whatever its name and its type claim to be', async t => {
  const web = await webServer(t, {
    '/x': response => response.writeHead(200, { 'content-type': 'text/html' }).end(PNG),
    '/hop': response => response.writeHead(302, { location: '/x' }).end(),
  })
  const { receive, inFolder } = mediaHouse(t, { ownBases: [web.url] })
  const [got, hopped] = await receive(
    messageWith(image(`${web.url}/x`, '../../etc/.ssh/\u0000id\n"rsa".PNG'), image(`${web.url}/hop`)),
    NEVER,
  )
  assert.ok(got?.path)
  assert.equal(got.path.slice(0, inFolder.length), inFolder)
  assert.match(got.path.slice(inFolder.length), /^\/[0-9a-f]{12}-_id_rsa_\.png$/)
  assert.deepEqual(readFileSync(got.path), PNG)
  assert.equal(statSync(got.path).mode & 0o077, 0)
  assert.deepEqual([got.mediaType, got.sizeBytes, got.trouble], ['image/png', PNG.length, undefined])
  assert.equal(hopped?.sizeBytes, PNG.length)
})

test('D50 no request for a file carries a credential', async t => {
  const web = await webServer(t, { '/x': response => response.end(PNG) })
  const { receive } = mediaHouse(t, { ownBases: [web.url] })
  await receive(messageWith(image(`${web.url}/x?rkey=1`)), NEVER)
  const [request] = web.requests
  assert.ok(request)
  assert.equal(request.url, '/x?rkey=1')
  assert.deepEqual(
    Object.keys(request.headers).filter(name => /auth|cookie|token|key|x-/i.test(name)),
    [],
  )
})

test('D49 nothing inside is asked: by address, by name, by redirect, by a name with one bad address', async t => {
  const inner = await webServer(t, { '/secret': response => response.end('secret') })
  const outer = await webServer(t, {
    '/hop': response => response.writeHead(302, { location: `${inner.url}/secret` }).end(),
    '/file': response => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    '/loop': response => response.writeHead(307, { location: '/loop' }).end(),
  })
  const names: Record<string, string[]> = {
    'inside.test': ['127.0.0.1'],
    'both.test': ['8.8.8.8', '127.0.0.1'],
    'fake.test': ['198.18.0.7'],
    'multimedia.nt.qq.com.cn': ['198.18.0.7'],
  }
  const lookup = async (host: string) => (names[host] ?? []).map(address => ({ address, family: 4 }))
  const { receive, inFolder } = mediaHouse(t, { ownBases: [outer.url] }, lookup)
  const refused = [
    `${inner.url}/secret`,
    `http://inside.test:${inner.port}/secret`,
    `http://both.test:${inner.port}/secret`,
    `http://fake.test:${inner.port}/secret`,
    `http://multimedia.nt.qq.com.cn:${inner.port}/secret`,
    `http://[::ffff:127.0.0.1]:${inner.port}/secret`,
    `http://localhost.:${inner.port}/secret`,
    `${outer.url}/hop`,
    `${outer.url}/file`,
  ]
  const got = await receive(messageWith(...refused.map(url => image(url))), NEVER)
  assert.deepEqual(
    got.map(({ trouble, path }) => [trouble, path]),
    refused.map(url => [url.includes('localhost.') ? 'unreachable' : 'address_refused', undefined]),
  )
  const [looped, nameless] = await receive(messageWith(image(`${outer.url}/loop`), image('http://nobody.test/')), NEVER)
  assert.deepEqual([looped?.trouble, nameless?.trouble], ['unreachable', 'unreachable'])
  assert.deepEqual(inner.requests, [])
  assert.deepEqual(filesIn(inFolder), [])
})

test('D49 behind fake-IP DNS QQ’s own hosts may be asked, by setting, and no others', async () => {
  const rules = { ownHosts: () => new Set<string>(), lookup: async () => [{ address: '198.18.0.7', family: 4 }] }
  const may = (url: string, fakeIpDns: boolean): Promise<boolean> =>
    addressesFor(new URL(url), { ...rules, fakeIpDns }).then(
      () => true,
      () => false,
    )
  for (const url of [
    'https://multimedia.nt.qq.com.cn/x',
    'https://gchat.qpic.cn/x',
    'https://a.cos.ap-x.myqcloud.com/x',
  ]) {
    assert.equal(await may(url, true), true, url)
    assert.equal(await may(url, false), false, url)
  }
  for (const url of ['https://qq.com.evil.test/x', 'https://evilqq.com/x', 'https://198.18.0.7/x'])
    assert.equal(await may(url, true), false, url)
})

test('D49 404, a size too large announced or not, a slow drip, a broken body: each named, the rest arrives', async t => {
  const chunk = Buffer.alloc(64 * 1024)
  const web = await webServer(t, {
    '/announced': response => response.writeHead(200, { 'content-length': 5_000_000_000 }).write(chunk),
    '/endless': response => {
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    },
    '/drip': response => {
      const timer = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(timer))
    },
    '/short': response => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.destroy())
    },
    '/good': response => response.end(PNG),
  })
  const { receive, inFolder } = mediaHouse(t, { ownBases: [web.url], downloadMs: 700 })
  const paths = ['/none', '/announced', '/endless', '/drip', '/short', '/good']
  const got = await receive(messageWith(...paths.map(path => image(web.url + path))), NEVER)
  assert.deepEqual(
    got.map(({ trouble }) => trouble),
    ['http_status', 'too_large', 'too_large', 'timeout', 'unreachable', undefined],
  )
  assert.equal(filesIn(inFolder).length, 1)
})

test('what the disk takes only a part of is no file: it has no room, and leaves nothing behind', t => {
  const home = tempHome(t)
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', 'ulimit -f 8; exec "$@"', 'sh', process.execPath, join(import.meta.dirname, 'narrow.ts'), home],
    { encoding: 'utf8' },
  )
  assert.equal(stdout, 'no_room\n', stderr)
  assert.deepEqual(filesIn(join(home, 'in')), [])
})

test('the folder keeps to its quota, the oldest file goes first, also one of a former process', async t => {
  const body = Buffer.alloc(40_000, 'x')
  const web = await webServer(t, { '/f': response => response.end(body) })
  const { receive, inFolder } = mediaHouse(t, { ownBases: [web.url], quotaBytes: 100_000 })
  const kept: string[] = []
  for (let count = 0; count < 4; count++) {
    const [got] = await receive(messageWith({ kind: 'file', name: `${count}.txt`, url: `${web.url}/f` }), NEVER)
    kept.push(got?.path?.split('-').at(-1) ?? '')
  }
  const names = (): string[] =>
    filesIn(inFolder)
      .map(name => name.split('-').at(-1) ?? '')
      .sort()
  await eventually('the oldest two are gone', 5_000, () => names().join() === '2.txt,3.txt')
  const large = await webServer(t, { '/f': response => response.end(Buffer.alloc(90_000)) })
  const again = mediaHouse(t, { inFolder, ownBases: [large.url], quotaBytes: 100_000 })
  const [got] = await again.receive(messageWith({ kind: 'file', name: 'new.bin', url: `${large.url}/f` }), NEVER)
  assert.equal(got?.trouble, undefined)
  await eventually('all others are gone', 5_000, () => names().join() === 'new.bin')
})

test('a stop cuts a fetch short and leaves nothing half', async t => {
  const web = await webServer(t, { '/drip': response => response.write('x') })
  const { receive, inFolder } = mediaHouse(t, { ownBases: [web.url] })
  const controller = new AbortController()
  const fetching = receive(messageWith(image(`${web.url}/drip`)), controller.signal)
  const reason = new Error('stop')
  const stopped = assert.rejects(fetching, reason)
  await eventually('the request', 10_000, () => web.requests.length > 0)
  controller.abort(reason)
  await stopped
  assert.deepEqual(filesIn(inFolder), [])
})
