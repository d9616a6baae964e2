import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTaskGroup, type TaskEnd } from '../../../src/lib/tasks/spawn.ts'

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => signal.addEventListener('abort', () => resolve()))
const tick = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

function group() {
  const ends: TaskEnd[] = []
  return { ends, tasks: createTaskGroup(end => ends.push(end)) }
}

test('a task that returns unasked has failed, as has one that throws, at once or later', async () => {
  const { ends, tasks } = group()
  const cause = new Error('broken')
  tasks.spawn('returns', () => Promise.resolve())
  tasks.spawn('rejects', () => Promise.reject(cause))
  tasks.spawn('throws', () => {
    throw cause
  })
  await tick()
  assert.deepEqual(ends.map(({ name, failed, message }) => [name, failed, message]).sort(), [
    ['rejects', true, 'broken'],
    ['returns', true, 'returned unasked'],
    ['throws', true, 'broken'],
  ])
  assert.equal(ends.find(({ name }) => name === 'throws')?.cause, cause)
  assert.deepEqual(tasks.running, [])
})

test('stop asks all, waits for all, and calls none of it a failure', async () => {
  const { ends, tasks } = group()
  tasks.spawn('calm', untilAborted)
  tasks.spawn('angry', async signal => {
    await untilAborted(signal)
    throw new Error('on the way out')
  })
  assert.deepEqual([...tasks.running].sort(), ['angry', 'calm'])
  await tasks.stop()
  assert.deepEqual(tasks.running, [])
  assert.deepEqual(
    ends.map(({ failed }) => failed),
    [false, false],
  )
})

test('one failing task leaves the others alone', async () => {
  const { ends, tasks } = group()
  tasks.spawn('calm', untilAborted)
  tasks.spawn('sick', () => Promise.reject(new Error('sick')))
  await tick()
  assert.deepEqual(tasks.running, ['calm'])
  assert.equal(ends.length, 1)
  await tasks.stop()
})
