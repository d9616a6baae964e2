/**
 * The thread that watches the main loop. When the loop has not turned for its bound, the thread writes down why, asks the
 * main thread to exit with 75, and kills the process half a second later: native code cannot be asked. Nothing here may
 * wait for the main thread; also `process.stderr` of a worker goes through it, hence the plain file descriptor.
 */
import { writeSync } from 'node:fs'
import { Session } from 'node:inspector'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { replaceFileSync } from '../../../lib/atomic-file.ts'
import { parseJson } from '../../../lib/json.ts'
import { lastWords } from '../../status/last-words.ts'
import { STATE_FILE_NAME } from '../../status/state-file.ts'
import { isStatusDocument } from '../../status/status-check.ts'
import { EVENT_LOOP_FROZEN, EXIT } from '../exit.ts'
import { writeIncident } from '../incidents.ts'
import type { WatchdogOrders } from './watchdog.ts'
import { beginWatch, frozenForMs, LOOK_MS, look } from './watchdog-count.ts'

const ASK_MS = 500
const STDERR = 2

/**
 * Runs in the main thread, in the middle of whatever froze it. A process that exits with an inspector attached prints
 * "Waiting for the debugger" to stderr, so stderr is turned away first. `reallyExit` runs no exit handlers: the last
 * words are written already, and nothing of the frozen program is to be trusted with more.
 */
const EXIT_EXPRESSION = `
  try {
    const fs = process.getBuiltinModule('fs')
    fs.closeSync(${STDERR})
    fs.openSync('/dev/null', 'w')
  } catch {}
  process.reallyExit(${EXIT.deadForNow})`

const orders: WatchdogOrders = workerData
const ticks = new Int32Array(orders.ticks)
const condemned = new Int32Array(orders.condemned)
const bound = new Int32Array(orders.bound)
let newestDocument = ''

parentPort?.on('message', (document: string) => {
  newestDocument = document
})

let watch = beginWatch(Atomics.load(ticks, 0), performance.now())
const looking = setInterval(() => {
  // Read before the counter, which moves before it shrinks.
  const boundMs = Atomics.load(bound, 0)
  watch = look(watch, Atomics.load(ticks, 0), performance.now())
  if (frozenForMs(watch) < boundMs) return
  clearInterval(looking)
  endProcess(frozenForMs(watch))
}, LOOK_MS)

function endProcess(frozenMs: number): void {
  Atomics.store(condemned, 0, 1)
  // Armed before anything that could fail.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ASK_MS)
  const nowMs = Date.now()
  const message = `the event loop has not turned for ${(frozenMs / 1000).toFixed(1)} s; ending the process`
  attempt(() => writeLastWords(nowMs))
  attempt(() => writeIncident(orders.home, { atMs: nowMs, pid: process.pid, code: EVENT_LOOP_FROZEN, message }))
  attempt(() => writeSync(STDERR, `herald: ${message}\n`))
  attempt(() => {
    const session = new Session()
    session.connectToMainThread()
    session.post('Runtime.evaluate', { expression: EXIT_EXPRESSION })
  })
}

function writeLastWords(nowMs: number): void {
  const document = parseJson(newestDocument)
  if (!isStatusDocument(document)) return
  const words = lastWords(document, { gatewayState: 'failed', exitReason: EVENT_LOOP_FROZEN }, nowMs)
  replaceFileSync(join(orders.home, STATE_FILE_NAME), 'frozen', `${JSON.stringify(words, null, 2)}\n`)
}

/** Each step on the way out stands alone: a full disk must not keep a frozen process alive. */
function attempt(step: () => void): void {
  try {
    step()
  } catch (error) {
    writeSync(STDERR, `herald: while ending a frozen process: ${String(error)}\n`)
  }
}
