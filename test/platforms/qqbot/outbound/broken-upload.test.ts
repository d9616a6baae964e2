/** Uploads in parts that break off, over real sockets: what the platform has is not brought to it again. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { OptionChanges } from '../../../../src/sandbox/sandbox.ts'
import type { CleanUp } from '../../../support/clean-up.ts'
import { asKind, type SendHouse, sendHouse } from './media-house.ts'

/** Small blocks, so that a file that is just large enough for parts has three. */
const BLOCKS: OptionChanges = { uploadBlockBytes: 3_000_000, uploadRetrySeconds: 1 }
const LARGE_BYTES = 7_000_000

const PREPARE = 'POST /upload_prepare'
const PUT = 'PUT /part'
const FINISH = 'POST /upload_part_finish'
const COMPLETE = 'POST /files'
const PART = [PUT, FINISH]

interface BrokenHouse extends SendHouse {
  /** One try to send the file. */
  sendIt(): Promise<string>
  /** The calls since this was last asked. */
  newCalls(): readonly string[]
  /** What arrived is the file, once. */
  arrived(): Promise<void>
}

async function brokenHouse(t: CleanUp): Promise<BrokenHouse> {
  const house = await sendHouse(t, { options: BLOCKS })
  const bytes = randomBytes(LARGE_BYTES)
  const media = asKind('file', 'x.bin', house.file('x.bin', bytes))
  let seen = 0
  return {
    ...house,
    async sendIt() {
      const outcome = await house.send(media)
      return outcome.kind === 'accepted' ? 'accepted' : `${outcome.kind} ${outcome.code ?? outcome.message}`
    },
    newCalls() {
      const fresh = house.calls().slice(seen)
      seen += fresh.length
      return fresh
    },
    async arrived() {
      assert.equal(house.box.answers({ person: 'Alice' }).length, 1)
      assert.ok((await house.newest()).equals(bytes))
    },
  }
}

test('E72 the connection breaks at the second part, and stays broken for a while: only that one and the rest are brought', async t => {
  const { box, sendIt, newCalls, arrived } = await brokenHouse(t)
  const fault = box.fault('upload_part_dropped')
  assert.match(await sendIt(), /^busy upload: a part was not taken/)
  assert.deepEqual(newCalls(), [PREPARE, ...PART, PUT, PUT, PUT])
  fault.off()
  assert.equal(await sendIt(), 'accepted')
  assert.deepEqual(newCalls(), [...PART, ...PART, COMPLETE])
  await arrived()
})

test('E72 a part was taken, and it cannot be told: told by the next try, without its bytes', async t => {
  const { box, sendIt, newCalls, arrived } = await brokenHouse(t)
  const fault = box.fault('upload_finish_500')
  assert.match(await sendIt(), /^busy/)
  assert.deepEqual(newCalls(), [PREPARE, PUT, FINISH, FINISH, FINISH])
  fault.off()
  assert.equal(await sendIt(), 'accepted')
  assert.deepEqual(newCalls(), [FINISH, ...PART, ...PART, COMPLETE])
  await arrived()
})

test('E72 the answer to a finished part is lost: asked again at once, nothing is brought twice', async t => {
  const { box, sendIt, newCalls, arrived } = await brokenHouse(t)
  box.fault('upload_finish_lost')
  assert.equal(await sendIt(), 'accepted')
  assert.deepEqual(newCalls(), [PREPARE, PUT, FINISH, FINISH, ...PART, ...PART, COMPLETE])
  await arrived()
})

test('E72 a part is to be finished again for longer than the platform said: the next try goes on there', async t => {
  const { box, sendIt, newCalls, arrived } = await brokenHouse(t)
  const fault = box.fault('upload_finish_again')
  assert.equal(await sendIt(), 'busy 40093001')
  fault.off()
  newCalls()
  assert.equal(await sendIt(), 'accepted')
  assert.deepEqual(newCalls(), [FINISH, ...PART, ...PART, COMPLETE])
  await arrived()
})

test('E72 all parts are there, and it is not put together: the next try asks for that alone', async t => {
  const { box, sendIt, newCalls, arrived } = await brokenHouse(t)
  const fault = box.fault('upload_500')
  assert.match(await sendIt(), /^busy 50055001/)
  fault.off()
  newCalls()
  assert.equal(await sendIt(), 'accepted')
  assert.deepEqual(newCalls(), [COMPLETE])
  await arrived()
})

for (const [what, at] of [
  ['before its second part is put', FINISH],
  ['before its first part is finished', PUT],
] as const)
  test(`E72 the platform forgets the upload ${what}: begun anew, once`, async t => {
    const { box, sendIt, newCalls, arrived, calls } = await brokenHouse(t)
    box.on(entry => {
      const begins = calls().filter(call => call === PREPARE).length
      if (entry.kind === 'request' && begins === 1 && calls().at(-1) === at && box.faults().length === 0)
        box.fault('upload_forgotten')
    })
    assert.equal(await sendIt(), 'accepted')
    const before = at === PUT ? PART : [...PART, PUT]
    assert.deepEqual(newCalls(), [PREPARE, ...before, PREPARE, ...PART, ...PART, ...PART, COMPLETE])
    await arrived()
  })

test('E72 an upload that broke off is forgotten meanwhile: begun anew by the next try', async t => {
  const { box, sendIt, newCalls, arrived } = await brokenHouse(t)
  const fault = box.fault('upload_part_dropped')
  assert.match(await sendIt(), /^busy/)
  fault.off()
  newCalls()
  box.fault('upload_forgotten')
  assert.equal(await sendIt(), 'accepted')
  assert.deepEqual(newCalls(), [PUT, PREPARE, ...PART, ...PART, ...PART, COMPLETE])
  await arrived()
})

test('E72 forgotten again and again: given up after the second time, and nothing of it is kept', async t => {
  const { box, sendIt, newCalls } = await brokenHouse(t)
  const fault = box.fault({ kind: 'forget_uploads' })
  assert.match(await sendIt(), /^busy upload: a part was not taken: HTTP 404/)
  assert.deepEqual(newCalls(), [PREPARE, PUT, PREPARE, PUT])
  fault.off()
  assert.equal(await sendIt(), 'accepted')
  assert.deepEqual(newCalls(), [PREPARE, ...PART, ...PART, ...PART, COMPLETE])
})

test('E72 what broke off in a private chat is none for a group, nor for another file of that name', async t => {
  const { box, file, send, newCalls } = await brokenHouse(t)
  const fault = box.fault('upload_part_dropped')
  const first = asKind('file', 'y.bin', file('y.bin', randomBytes(LARGE_BYTES)))
  assert.equal((await send(first)).kind, 'busy')
  fault.off()
  newCalls()
  assert.equal((await send(first, { group: true })).kind, 'accepted')
  const second = asKind('file', 'y.bin', file('y.bin', randomBytes(LARGE_BYTES)))
  assert.equal((await send(second)).kind, 'accepted')
  const whole = [PREPARE, ...PART, ...PART, ...PART, COMPLETE]
  assert.deepEqual(newCalls(), [...whole, ...whole])
})

test('E60 the token expires while parts are brought: the next try goes on with a new one', async t => {
  const { box, sendIt, newCalls, arrived, calls } = await brokenHouse(t)
  const stop = box.on(entry => {
    if (entry.kind !== 'request' || calls().at(-1) !== FINISH) return
    stop()
    box.fault('revoke_token')
  })
  assert.match(await sendIt(), /^token_refused/)
  assert.deepEqual(newCalls(), [PREPARE, ...PART, ...PART])
  assert.equal(await sendIt(), 'accepted')
  assert.deepEqual(newCalls(), [FINISH, ...PART, COMPLETE])
  await arrived()
})
