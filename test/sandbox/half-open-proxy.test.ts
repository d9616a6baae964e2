import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startHalfOpenProxy } from '../../src/sandbox/half-open-proxy.ts'
import { sandboxFor, until } from '../support/sandbox.ts'
import { call, dial, identify, login, resume } from './raw-bot.ts'

test('a black hole swallows both ways and both ends; what piled up flows on afterwards', async t => {
  const box = await sandboxFor(t)
  const proxy = await startHalfOpenProxy({ port: box.port })
  t.after(() => proxy.stop())
  const token = await login(box)
  const { url } = (await call({ ...box, url: proxy.url }, 'GET', '/gateway', undefined, `QQBot ${token}`)).json
  assert.equal(url, `${proxy.url.replace('http', 'ws')}/websocket/`)
  const link = dial(String(url))
  await link.next()
  link.send(identify(token))
  assert.equal((await link.next()).t, 'READY')

  proxy.blackHole()
  link.send({ op: 1, d: 1 })
  box.say({ person: 'Alice', text: 'lost?' })
  await assert.rejects(link.next(80), /no frame/)
  assert.equal(box.counters().heartbeats, 0)
  proxy.flow()
  assert.deepEqual([(await link.next()).t, (await link.next()).op], ['C2C_MESSAGE_CREATE', 11])

  proxy.blackHole()
  const before = box.connections().length
  link.end()
  await link.closed
  assert.equal(box.connections().length, before)
  proxy.flow()
  await until(box, 'the platform hears of the end', () => box.connections().length === 0)
})

test('one way only: the platform hears the client, the client hears nothing', async t => {
  const box = await sandboxFor(t)
  const proxy = await startHalfOpenProxy({ port: box.port })
  t.after(() => proxy.stop())
  const link = dial(`${proxy.url.replace('http', 'ws')}/websocket/`)
  await link.next()
  proxy.blackHole('to_client')
  link.send(identify(await login(box)))
  await until(box, "READY on the platform's side", () => box.counters().readies === 1)
  await assert.rejects(link.next(50), /no frame/)
  link.end()
})

test('a cut resets every connection, and new ones are taken', async t => {
  const box = await sandboxFor(t)
  const proxy = await startHalfOpenProxy({ port: box.port })
  t.after(() => proxy.stop())
  const url = `${proxy.url.replace('http', 'ws')}/websocket/`
  const link = dial(url)
  await link.next()
  const token = await login(box)
  link.send(identify(token))
  const session = ((await link.next()).d as { session_id: string }).session_id
  proxy.cut()
  assert.equal((await link.closed).code, 1006)
  const again = dial(url)
  await again.next()
  again.send(resume(token, session, 1))
  assert.equal((await again.next()).t, 'RESUMED')
  await again.ws.terminate()
})
