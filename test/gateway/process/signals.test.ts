import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { watchSignals } from '../../../src/gateway/process/signals.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'

function listen(env: Record<string, string> = {}) {
  const source = new EventEmitter()
  const clock = createVirtualClock()
  const heard: string[] = []
  let parent = 100
  const stop = watchSignals({
    source,
    clock,
    env,
    parentPid: () => parent,
    onStop: by => heard.push(`stop ${by}`),
    onImpatience: by => heard.push(`now ${by}`),
    onReload: by => heard.push(`reload ${by}`),
  })
  const orphan = (): void => {
    parent = 1
  }
  return { source, clock, heard, stop, orphan }
}

test('the first signal asks, the second one ends at once, whichever they are', () => {
  const { source, heard, stop } = listen()
  source.emit('SIGTERM')
  source.emit('SIGINT')
  source.emit('SIGTERM')
  assert.deepEqual(heard, ['stop SIGTERM', 'now SIGINT', 'now SIGTERM'])
  stop()
  assert.deepEqual(source.eventNames(), [])
})

test('a hang-up is noted and ends nothing', () => {
  const { source, heard } = listen()
  source.emit('SIGHUP')
  source.emit('SIGINT')
  assert.deepEqual(heard, ['reload SIGHUP', 'stop SIGINT'])
})

test('under npm one Ctrl-C that comes twice is one wish, and a later one is impatience', async () => {
  const { source, clock, heard, stop } = listen({ npm_lifecycle_event: 'start' })
  source.emit('SIGINT')
  source.emit('SIGINT')
  assert.deepEqual(heard, ['stop SIGINT'])
  await clock.advance(800)
  source.emit('SIGINT')
  assert.deepEqual(heard, ['stop SIGINT', 'now SIGINT'])
  stop()
  assert.equal(clock.armed, 0)
})

test('under npm a parent that is gone asks to stop within a second, once', async () => {
  const { clock, heard, orphan } = listen({ npm_execpath: '/usr/lib/npm' })
  await clock.advance(5000)
  assert.deepEqual(heard, [])
  orphan()
  await clock.advance(1000)
  assert.deepEqual(heard, ['stop parent_gone'])
  await clock.advance(10_000)
  assert.deepEqual(heard, ['stop parent_gone'])
  assert.equal(clock.armed, 0)
})

test('without npm the parent is nobody’s business', async () => {
  const { clock, heard, orphan } = listen()
  orphan()
  assert.equal(clock.armed, 0)
  await clock.advance(5000)
  assert.deepEqual(heard, [])
})
