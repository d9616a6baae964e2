import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSharedCall } from '../../../../src/platforms/qqbot/rest/shared-call.ts'

interface Begun {
  readonly signal: AbortSignal
  readonly result: PromiseWithResolvers<string>
}

function calls() {
  const begun: Begun[] = []
  const shared = createSharedCall(signal => {
    const result = Promise.withResolvers<string>()
    begun.push({ signal, result })
    return result.promise
  })
  return { begun, shared }
}

test('all who join while it is under way get its one result; afterwards it is made anew', async () => {
  const { begun, shared } = calls()
  const joined = [shared.join(undefined), shared.join(new AbortController().signal)]
  begun[0]?.result.resolve('first')
  assert.deepEqual(await Promise.all(joined), ['first', 'first'])
  const later = shared.join(undefined)
  begun[1]?.result.resolve('second')
  assert.equal(await later, 'second')
})

test('its failure reaches all, and the next one tries again', async () => {
  const { begun, shared } = calls()
  const joined = [shared.join(undefined), shared.join(undefined)]
  begun[0]?.result.reject(new Error('no'))
  for (const each of joined) await assert.rejects(each, /no/)
  void shared.join(undefined)
  assert.equal(begun.length, 2)
})

test('who leaves is gone at once, and the call goes on for the others', async () => {
  const { begun, shared } = calls()
  const leaver = new AbortController()
  const left = shared.join(leaver.signal)
  const stays = shared.join(undefined)
  leaver.abort(new Error('left'))
  await assert.rejects(left, /left/)
  assert.equal(begun[0]?.signal.aborted, false)
  begun[0]?.result.resolve('for the other')
  assert.equal(await stays, 'for the other')
})

test('when the last one leaves the call is called off, and whoever comes then begins another', async () => {
  const { begun, shared } = calls()
  const leavers = [new AbortController(), new AbortController()]
  const joined = leavers.map(({ signal }) => shared.join(signal))
  for (const leaver of leavers) leaver.abort(new Error('left'))
  for (const each of joined) await assert.rejects(each, /left/)
  assert.equal(begun[0]?.signal.aborted, true)
  const next = shared.join(undefined)
  // The end of the call that was called off is not the end of the new one.
  begun[0]?.result.reject(new Error('called off'))
  await Promise.allSettled([begun[0]?.result.promise])
  const late = shared.join(undefined)
  assert.equal(begun.length, 2)
  begun[1]?.result.resolve('the new one')
  assert.deepEqual(await Promise.all([next, late]), ['the new one', 'the new one'])
})

test('whoever has left before it began begins nothing', async () => {
  const { begun, shared } = calls()
  await assert.rejects(shared.join(AbortSignal.abort(new Error('gone'))), /gone/)
  assert.equal(begun.length, 0)
})
