/** Rows 33, 88 and 14 in a real process: errors that escape every handler, and a process that is suspended. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'

const CHILD = new URL('../children/lives-child.ts', import.meta.url).pathname
const DEADLINE_MS = 15_000

interface Line {
  readonly account?: string
  readonly to?: string
  readonly code?: string | null
  readonly escaped?: string
  readonly ours?: boolean
  readonly counts?: Readonly<Record<string, { readonly generations: number }>>
}

const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
})

function startChild(...args: readonly string[]) {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const lines: Line[] = []
  let wake = (): void => {}
  createInterface({ input: child.stdout }).on('line', line => {
    lines.push(JSON.parse(line))
    wake()
  })
  const until = async (what: string, found: (line: Line) => boolean, count = 1): Promise<Line> => {
    const deadline = AbortSignal.timeout(DEADLINE_MS)
    for (;;) {
      const hit = lines.filter(found)[count - 1]
      if (hit) return hit
      if (deadline.aborted) throw new Error(`never saw ${what} in ${JSON.stringify(lines)}`)
      await new Promise<void>(resolve => {
        wake = resolve
        setTimeout(resolve, 100)
      })
    }
  }
  return { child, lines, until, stop: () => child.stdin.end() }
}
const isConnected = (line: Line): boolean => line.account === 'sick' && line.to === 'connected'

const WAYS = [
  ['rejects_unawaited', 'rejection'],
  ['rejects_in_socket_listener', 'rejection'],
  ['throws_in_raw_timer', 'exception'],
  ['emits_unheard_error', 'exception'],
] as const

for (const [conduct, way] of WAYS) {
  test(`a life that ${conduct} is ended as a bug and lives again; the process and the neighbour notice nothing`, async () => {
    const { lines, until, stop } = startChild(conduct)
    await until('the escape', line => line.escaped === way && line.ours === true)
    await until('the fall', line => line.account === 'sick' && line.to === 'fatal' && line.code === 'bug')
    await until('the second life', isConnected, 2)
    stop()
    await until('the stop', line => line.counts?.['sick']?.generations === 2)
    const ofWell = lines.filter(({ account }) => account === 'well').map(({ to }) => to)
    assert.deepEqual(ofWell, ['connecting', 'connected', 'disconnected'])
  })
}

test('an error that belongs to nobody is blamed on nobody', async () => {
  const { until, stop } = startChild('healthy', 'nobody')
  await until('the escape', line => line.escaped === 'rejection' && line.ours === false)
  stop()
  await until('the stop', line => line.counts?.['sick']?.generations === 1)
})

test('what a message sets off behind the journal is not blamed on the life that brought it', async () => {
  const { until, stop } = startChild('accepts')
  await until('the escape', line => line.escaped === 'rejection' && line.ours === false)
  stop()
  await until('the stop', line => line.counts?.['sick']?.generations === 1)
})

test('a listener of changes that throws is not blamed on the life that changed', async () => {
  const { until, stop } = startChild('healthy', 'listener_throws')
  await until('the escape', line => line.escaped === 'exception' && line.ours === false, 2)
  stop()
  await until('the stop', line => line.counts?.['sick']?.generations === 1)
})

test('suspended for longer than any lease: on waking every life goes on', async () => {
  const { child, until, stop } = startChild('healthy')
  await until('the link', isConnected)
  child.kill('SIGSTOP')
  // The lease is 1.2 s and 5 s of grace.
  await new Promise(resolve => setTimeout(resolve, 7500))
  child.kill('SIGCONT')
  await new Promise(resolve => setTimeout(resolve, 1500))
  stop()
  const end = await until('the stop', line => line.counts !== undefined)
  assert.equal(end.counts?.['sick']?.generations, 1)
  assert.equal(end.counts?.['well']?.generations, 1)
})
