/** What a page is told, and what is left when nobody watches any more. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createLiveLog } from '../../src/dashboard/live-log.ts'
import { createStreams } from '../../src/dashboard/stream.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { cleanUp } from '../support/clean-up.ts'

test('stopped while it looks at what is true: no timer is left', async t => {
  const clock = createVirtualClock()
  const asked = Promise.withResolvers<void>()
  const truth = Promise.withResolvers<string>()
  const streams = createStreams({
    clock,
    log: silentLogger,
    lines: createLiveLog(),
    boot: () => 'boot',
    topics: {
      status() {
        asked.resolve()
        return truth.promise
      },
    },
  })
  const server = createServer((_request, response) => void streams.open(response, 0)).listen(0, '127.0.0.1')
  cleanUp(t, () => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const over = Promise.withResolvers<void>()
  get({ port, host: '127.0.0.1', agent: false }, response => response.resume().on('close', over.resolve))
  await asked.promise
  streams.stop()
  truth.resolve('{}')
  await over.promise
  await clock.advance(0)
  assert.equal(clock.armed, 0)
})
