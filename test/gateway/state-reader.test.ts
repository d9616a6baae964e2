import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ProcessTable, systemProcesses } from '../../src/gateway/process/locks/process-identity.ts'
import { STATE_FILE_NAME } from '../../src/gateway/status/state-file.ts'
import { type Doubt, describeLastWord, readStateFile } from '../../src/gateway/status/state-reader.ts'
import type { StatusDocument } from '../../src/gateway/status/status-document.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { CleanUp } from '../support/clean-up.ts'
import { sampleDocument, startProgram, tempHome } from './programs.ts'

const TOY = join(import.meta.dirname, 'toys/writer.ts')
const linux = process.platform === 'linux'

/** A document of this living process, written just now; what makes it untrue is added. */
function liveDocument(over: Partial<StatusDocument> = {}): StatusDocument {
  const now = Date.now()
  return sampleDocument({
    pid_start: systemProcesses.startTicks(process.pid),
    updated_at: new Date(now).toISOString(),
    expires_at: new Date(now + 30_000).toISOString(),
    ...over,
  })
}

function readingOf(t: CleanUp, content: string | StatusDocument, processes?: ProcessTable) {
  const home = tempHome(t)
  writeFileSync(join(home, STATE_FILE_NAME), typeof content === 'string' ? content : JSON.stringify(content))
  return readStateFile(home, systemClock, processes)
}

const iso = (offsetMs: number): string => new Date(Date.now() + offsetMs).toISOString()

test('the document of a living process is trusted', t => {
  const reading = readingOf(t, liveDocument())
  assert.equal(reading.trusted, true)
})

test('H86 kill -9: the file still says connected, the reading never does', async t => {
  const home = tempHome(t)
  const program = startProgram(t, TOY, [home])
  await program.said('ready')
  const alive = readStateFile(home, systemClock)
  assert.equal(alive.trusted, true)
  program.child.kill('SIGKILL')
  await program.exit
  assert.match(readFileSync(join(home, STATE_FILE_NAME), 'utf8'), /"connected"/)
  const dead = readStateFile(home, systemClock)
  assert.equal(dead.trusted, false)
  assert.equal(!dead.trusted && dead.why, 'process_gone')
  assert.ok(!dead.trusted && dead.lastWord)
  assert.equal(dead.lastWord.pid, program.pid)
  assert.match(describeLastWord(dead.lastWord, Date.now()), /^running, \d+ s ago$/)
})

test('a zombie is not alive', { skip: !linux && 'needs /proc' }, async t => {
  // A shell that does not ask for the exit code of its child leaves a zombie as long as it lives itself.
  const toy = join(tempHome(t), 'toy.ts')
  writeFileSync(
    toy,
    `import { spawn } from 'node:child_process'
     const shell = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 20'], { stdio: ['ignore', 'inherit', 'inherit'] })
     process.on('SIGTERM', () => { shell.kill('SIGKILL'); process.exit(0) })`,
  )
  const program = startProgram(t, toy, [])
  const pid = Number(await program.said(''))
  const endMs = Date.now() + 5000
  while (systemProcesses.isAlive(pid) && Date.now() < endMs) await new Promise(resolve => setTimeout(resolve, 20))
  assert.equal(systemProcesses.isAlive(pid), false)
  assert.notEqual(systemProcesses.startTicks(pid), null, 'it is still in the process table')
  program.child.kill('SIGTERM')
  await program.exit
})

test('copied into another home while its writer lives', async t => {
  const home = tempHome(t)
  const elsewhere = join(tempHome(t), 'copy')
  const program = startProgram(t, TOY, [home])
  await program.said('ready')
  mkdirSync(elsewhere)
  cpSync(join(home, STATE_FILE_NAME), join(elsewhere, STATE_FILE_NAME))
  const reading = readStateFile(elsewhere, systemClock)
  assert.equal(reading.trusted, false)
  assert.equal(!reading.trusted && reading.why, 'copied')
})

const untrue: readonly (readonly [string, Doubt, string | (() => StatusDocument)])[] = [
  ['empty', 'corrupt', ''],
  ['cut off', 'corrupt', JSON.stringify(sampleDocument()).slice(0, -40)],
  ['zeros after a loss of power', 'corrupt', '\0'.repeat(500)],
  ['of another program', 'foreign', '{"kind":"hermes","gateway_state":"running"}'],
  ['no object', 'foreign', '[1,2]'],
  ['of a later schema', 'foreign', JSON.stringify({ ...sampleDocument(), schema: 2 })],
  ['without platforms', 'corrupt', JSON.stringify({ ...sampleDocument(), platforms: undefined })],
  ['with a state nobody knows', 'corrupt', JSON.stringify(sampleDocument()).replace('"connected"', '"splendid"')],
  ['with a date that is none', 'corrupt', JSON.stringify(sampleDocument({ expires_at: 'tomorrow' }))],
  ['pid 0, which would be everybody', 'corrupt', JSON.stringify(liveDocument({ pid: 0 }))],
  ['a negative pid', 'corrupt', JSON.stringify(liveDocument({ pid: -1 }))],
  ['a pid that is in use again', 'process_gone', () => liveDocument({ pid_start: 12 })],
  ['a pid without its start time', 'process_gone', () => liveDocument({ pid_start: null })],
  ['past its promise', 'expired', () => liveDocument({ updated_at: iso(-40_000), expires_at: iso(-10_000) })],
  [
    'from the future',
    'from_the_future',
    () => liveDocument({ updated_at: iso(3_600_000), expires_at: iso(3_630_000) }),
  ],
  ['with a promise too good', 'from_the_future', () => liveDocument({ expires_at: iso(86_400_000) })],
]

for (const [name, why, content] of untrue) {
  test(`not trusted: ${name}`, { skip: !linux && 'needs /proc' }, t => {
    const reading = readingOf(t, typeof content === 'string' ? content : content())
    assert.equal(reading.trusted, false)
    assert.equal(!reading.trusted && reading.why, why)
    assert.doesNotMatch(!reading.trusted ? reading.message : '', /connected/)
  })
}

test('missing and unreadable', t => {
  const home = tempHome(t)
  const missing = readStateFile(home, systemClock)
  assert.equal(!missing.trusted && missing.why, 'missing')
  mkdirSync(join(home, STATE_FILE_NAME))
  const folder = readStateFile(home, systemClock)
  assert.equal(!folder.trusted && folder.why, 'unreadable')
})

test('written before the machine started, although pid and start time fit', t => {
  const processes: ProcessTable = { ...systemProcesses, uptimeMs: () => 10_000 }
  const reading = readingOf(t, liveDocument({ updated_at: iso(-20_000), expires_at: iso(10_000) }), processes)
  assert.equal(!reading.trusted && reading.why, 'process_gone')
})

test('without /proc the pid and the promise have to do', t => {
  const processes: ProcessTable = { isAlive: () => true, startTicks: () => null, uptimeMs: () => null }
  assert.equal(readingOf(t, liveDocument({ pid_start: null }), processes).trusted, true)
})
