/** D51: what a voice message says, by whatever means there are. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { createRequest } from '../../src/lib/net/http.ts'
import { proxyAt } from '../../src/lib/net/proxy.ts'
import { sniff } from '../../src/media/sniff.ts'
import { createConvert } from '../../src/media/sound/convert.ts'
import type { Attachment } from '../../src/platforms/platform.ts'
import { startProxy } from '../lib/net/http-proxy.ts'
import type { CleanUp } from '../support/clean-up.ts'
import { hearWav, SINE_HZ, sound } from './ear.ts'
import { mediaHouse, messageWith, NEVER, type Site, tone, webServer } from './house.ts'

const voice = (url: string, more: Partial<Attachment> = {}): Attachment => ({
  kind: 'voice',
  name: 'v.amr',
  url,
  ...more,
})

/** A transcription server that says what kind of file it heard, and how it was asked. */
const HEARS: Site = {
  '/v1/audio/transcriptions': (response, request) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('latin1')
      const name = /filename="([^"]*)"/.exec(body)?.[1] ?? ''
      const model = /name="model"\r\n\r\n([^\r]*)/.exec(body)?.[1] ?? ''
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ text: ` ${name} ${model} ${request.headers.authorization} ` }))
    })
  },
}

async function houseWith(t: CleanUp, files: Readonly<Record<string, Uint8Array>>, hears: Site = HEARS) {
  const site = Object.fromEntries(
    Object.entries(files).map(([path, bytes]) => [
      path,
      (response: import('node:http').ServerResponse) => response.end(bytes),
    ]),
  )
  const web = await webServer(t, { ...site, ...hears })
  const speech = { baseUrl: `${web.url}/v1`, apiKey: 'k', model: 'm' }
  return { web, deaf: mediaHouse(t, { ownBases: [web.url] }), hearing: mediaHouse(t, { ownBases: [web.url], speech }) }
}

test('D51 SILK and AMR are known by their first bytes, in both spellings', () => {
  assert.equal(sniff(Buffer.from('#!SILK_V3'))?.mediaType, 'audio/silk')
  assert.equal(sniff(Buffer.from('\x02#!SILK_V3'))?.mediaType, 'audio/silk')
  for (const amr of ['#!AMR\nxyz', '#!AMR-WB\nxyz']) assert.equal(sniff(Buffer.from(amr))?.mediaType, 'audio/amr')
  assert.equal(sniff(Buffer.from('#!SI')), undefined)
})

test('D51 with the platform’s transcript nothing is fetched', async t => {
  const { web, hearing } = await houseWith(t, { '/v': tone() })
  const [got] = await hearing.receive(messageWith(voice(`${web.url}/v`, { transcript: '你好' })), NEVER)
  assert.deepEqual([got?.transcript, got?.path], ['你好', undefined])
  assert.deepEqual(web.requests, [])
})

test('D51 SILK becomes a WAV that plays; the transcription server gets that', async t => {
  const silk = await createConvert(systemClock)('silk', async () => tone(), NEVER)
  assert.equal(sniff(silk)?.mediaType, 'audio/silk')
  const { web, deaf, hearing } = await houseWith(t, { '/v': silk, '/bare': silk.subarray(1) })
  const [silent] = await deaf.receive(messageWith(voice(`${web.url}/v`)), NEVER)
  assert.deepEqual([silent?.mediaType, silent?.transcript, silent?.trouble], ['audio/wav', undefined, undefined])
  const wav = readFileSync(silent?.path ?? '')
  assert.equal(wav.toString('latin1', 0, 4), 'RIFF')
  assert.ok(Math.abs(wav.length - tone().length) < 5_000, `${wav.length} bytes`)
  const heard = await hearing.receive(messageWith(voice(`${web.url}/v`), voice(`${web.url}/bare`)), NEVER)
  assert.deepEqual(
    heard.map(({ transcript }) => transcript),
    ['voice.wav m Bearer k', 'voice.wav m Bearer k'],
  )
})

test('D51 the WAV where the platform has one; its original where that fails', async t => {
  const { web, hearing } = await houseWith(t, { '/wav': tone(), '/amr': sound('narrow.amr') })
  const heard = await hearing.receive(
    messageWith(
      voice(`${web.url}/wav`, { originalUrl: `${web.url}/amr` }),
      voice(`${web.url}/gone`, { originalUrl: `${web.url}/amr` }),
    ),
    NEVER,
  )
  assert.deepEqual(
    heard.map(({ transcript }) => transcript?.split(' ')[0]),
    ['voice.wav', 'voice.wav'],
  )
  const [wav = '', converted = ''] = heard.map(({ path }) => path)
  assert.deepEqual(readFileSync(wav), tone())
  assert.equal(hearWav(readFileSync(converted)).hz, SINE_HZ)
})

test('D51 AMR, narrow and wide, becomes a WAV that plays', async t => {
  const { web, deaf } = await houseWith(t, { '/narrow': sound('narrow.amr'), '/wide': sound('wide.amr') })
  const got = await deaf.receive(messageWith(voice(`${web.url}/narrow`), voice(`${web.url}/wide`)), NEVER)
  for (const { mediaType, path, trouble } of got) {
    assert.deepEqual([mediaType, trouble], ['audio/wav', undefined])
    const { hz, seconds } = hearWav(readFileSync(path ?? ''))
    assert.ok(Math.abs(hz - SINE_HZ) <= 10 && seconds === 1, `${hz} Hz for ${seconds} s`)
  }
})

test('the transcription server is asked through the proxy that there is', async t => {
  const proxy = await startProxy(t)
  const web = await webServer(t, { '/v': response => response.end(tone()), ...HEARS })
  const speech = { baseUrl: `${web.url}/v1`, apiKey: 'k', model: 'm' }
  const through = createRequest(systemClock, proxyAt(`http://${proxy.host}`))
  const { receive } = mediaHouse(t, { ownBases: [web.url], speech }, undefined, through)
  const [heard] = await receive(messageWith(voice(`${web.url}/v`)), NEVER)
  assert.equal(heard?.transcript, 'voice.wav m Bearer k')
  assert.deepEqual(proxy.asked, [`POST ${web.url}/v1/audio/transcriptions`])
})

test('D51 no server, a server that fails, speaks nonsense or redirects, a broken SILK, a broken AMR: the message goes on', async t => {
  const bad: Site = {
    '/v1/audio/transcriptions': response => response.writeHead(500).end('<html>'),
    '/v2/audio/transcriptions': response => response.end('{"text": 5}'),
    '/v3/audio/transcriptions': response => response.writeHead(307, { location: '/v4' }).end(),
    '/v4': response => response.end('{"text": "stolen"}'),
  }
  const files = { '/v': tone(), '/silk': Buffer.from('\x02#!SILK_V3 rubbish'), '/amr': Buffer.from('#!AMR\n\x3c rest') }
  const { web, deaf } = await houseWith(t, files, bad)
  const voices = ['v', 'silk', 'amr'].map(path => voice(`${web.url}/${path}`))
  const [unheard, ...broken] = await deaf.receive(messageWith(...voices), NEVER)
  assert.deepEqual([unheard?.mediaType, unheard?.transcript, unheard?.trouble], ['audio/wav', undefined, undefined])
  assert.deepEqual(
    broken.map(({ trouble }) => trouble),
    ['unsupported', 'unsupported'],
  )
  for (const version of ['v1', 'v2', 'v3', 'v9']) {
    const speech = { baseUrl: `${web.url}/${version}`, model: 'm' }
    const { receive } = mediaHouse(t, { ownBases: [web.url], speech })
    const [got] = await receive(messageWith(voice(`${web.url}/v`)), NEVER)
    assert.deepEqual([got?.transcript, got?.trouble, got?.mediaType], [undefined, undefined, 'audio/wav'], version)
  }
  assert.ok(!web.requests.some(({ url }) => url === '/v4'))
})
