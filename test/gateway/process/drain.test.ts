import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DrainStep, drain, drainBoundMs } from '../../../src/gateway/process/drain.ts'
import { sleep } from '../../../src/lib/clock.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'

const never = (): Promise<void> => new Promise(() => {})

async function run(steps: (clock: ReturnType<typeof createVirtualClock>) => DrainStep[], boundMs = 10_000) {
  const clock = createVirtualClock()
  const drained = drain(steps(clock), boundMs, clock)
  await clock.advance(60_000)
  const report = await drained
  assert.equal(clock.armed, 0)
  return report
}

test('the bounds of the contract', () => {
  assert.equal(drainBoundMs(false), 2000)
  assert.equal(drainBoundMs(true), 10_000)
})

test('steps run one after the other, and the report tells how each went', async () => {
  const order: string[] = []
  const report = await run(clock => [
    { name: 'accounts', run: () => sleep(clock, 300).then(() => void order.push('accounts')) },
    { name: 'turns', run: () => Promise.reject(new Error('odd')) },
    {
      name: 'journal',
      run() {
        order.push('journal')
        throw new Error('at once')
      },
    },
  ])
  assert.deepEqual(order, ['accounts', 'journal'])
  assert.deepEqual(report, [
    { name: 'accounts', tookMs: 300, end: 'done' },
    { name: 'turns', tookMs: 0, end: 'failed', message: 'odd' },
    { name: 'journal', tookMs: 0, end: 'failed', message: 'at once' },
  ])
})

test('a slow step is named, told so, and left behind; its late failure troubles nobody', async () => {
  const aborted: string[] = []
  const report = await run(clock => [
    {
      name: 'adapters',
      boundMs: 5000,
      run: signal => {
        signal.addEventListener('abort', () => aborted.push('adapters'))
        return sleep(clock, 7000).then(() => {
          throw new Error('late')
        })
      },
    },
    { name: 'http', run: () => sleep(clock, 100) },
  ])
  assert.deepEqual(
    report.map(step => [step.name, step.end, step.tookMs]),
    [
      ['adapters', 'slow', 5000],
      ['http', 'done', 100],
    ],
  )
  assert.deepEqual(aborted, ['adapters'])
})

test('when the time is up the rest is still started, and what is quick is done', async () => {
  const started: string[] = []
  const report = await run(
    () => [
      { name: 'turns', run: never },
      { name: 'sockets', run: () => Promise.resolve(void started.push('sockets')) },
      {
        name: 'journal',
        run() {
          started.push('journal')
          return never()
        },
      },
    ],
    2000,
  )
  assert.deepEqual(started, ['sockets', 'journal'])
  assert.deepEqual(
    report.map(step => `${step.name} ${step.end} ${step.tookMs}`),
    ['turns slow 2000', 'sockets done 0', 'journal slow 0'],
  )
})
