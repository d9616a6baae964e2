import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { joinSignals } from '../../src/lib/signals.ts'

const two = () => [new AbortController(), new AbortController()] as const
const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

test('either of two aborts what is joined, with its own reason, once', () => {
  for (const first of [0, 1] as const) {
    const controllers = two()
    const joined = joinSignals(controllers[0].signal, controllers[1].signal)
    let heard = 0
    joined.signal.addEventListener('abort', () => {
      heard += 1
    })
    assert.equal(joined.signal.aborted, false)
    controllers[first].abort(`reason ${first}`)
    controllers[(1 - first) as 0 | 1].abort('too late')
    assert.equal(joined.signal.reason, `reason ${first}`)
    assert.equal(heard, 1)
    for (const { signal } of controllers) assert.equal(listeners(signal), 0)
  }
})

test('one that has aborted before counts', () => {
  for (const first of [0, 1] as const) {
    const controllers = two()
    controllers[first].abort('before')
    const joined = joinSignals(controllers[0].signal, controllers[1].signal)
    assert.equal(joined.signal.reason, 'before')
    for (const { signal } of controllers) assert.equal(listeners(signal), 0)
  }
})

test('what is released follows nobody, and nobody keeps it', () => {
  const [one, other] = two()
  const joined = joinSignals(one.signal, other.signal)
  joined.release()
  for (const { signal } of [one, other]) assert.equal(listeners(signal), 0)
  other.abort('later')
  assert.equal(joined.signal.aborted, false)
})
