/**
 * `npm run soak`: 1,000 reconnects and 100,000 messages over real sockets against the built program, and ten looks at what it
 * holds. Ends with 1 when something is lost, doubled, or not flat; writes `docs/soak.md`. Options: `--messages <n>`,
 * `--reconnects <n>`, `--no-build`, `--sources` (the checkout in place of the build); with other numbers than its own the page is left alone.
 */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BUILD, SOURCES } from '../test/support/herald.ts'
import { CRITERIA, complaints, table } from './soak/figures.ts'
import { soak } from './soak/soak.ts'
import { ROOT, run } from './steps.ts'
import { createUndoings, undoOnSignals } from './undoing.ts'

const MESSAGES = 100_000
const RECONNECTS = 1_000
const POINTS = 10
const BOTS = 10

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string' },
    reconnects: { type: 'string' },
    'no-build': { type: 'boolean' },
    sources: { type: 'boolean' },
  },
})
const program = options.sources === true ? SOURCES : BUILD
const messages = Number(options.messages ?? MESSAGES)
const reconnects = Number(options.reconnects ?? RECONNECTS)

if (options['no-build'] !== true && program === BUILD) run('build', [process.execPath, 'scripts/build.ts'])
const undoings = createUndoings()
undoOnSignals(undoings)
const startedMs = performance.now()
try {
  const result = await soak(undoings.create(), {
    program,
    messages,
    reconnects,
    bots: BOTS,
    points: POINTS,
    onPoint: point => console.log(table([point]).split('\n').at(-1)),
  })
  const { points, lost, doubled, identifies } = result
  const seconds = Math.round((performance.now() - startedMs) / 1000)
  const wrong = [
    ...(lost + doubled > 0 ? [`lost ${lost}, doubled ${doubled}`] : []),
    ...(identifies > BOTS ? [`${identifies} identifies, where the sessions could be resumed`] : []),
    ...complaints(points),
  ]
  console.log(`\n${table(points)}\n\nlost ${lost}, doubled ${doubled}, ${identifies} identifies, ${seconds} s`)
  console.log(wrong.length === 0 ? 'all is flat' : `NOT FLAT: ${wrong.join('; ')}`)
  if (messages === MESSAGES && reconnects === RECONNECTS && program === BUILD) {
    const cpu = cpus()
    const load = loadavg().map(each => each.toFixed(1))
    const page = `# The soak

Made by \`npm run soak\`: do not edit. ${messages.toLocaleString('en')} messages to ${BOTS} bots of one process, and ${reconnects.toLocaleString('en')} links that were cut, closed or
asked to reconnect while people wrote, over real sockets against the built program, in ${seconds} s.

${table(points)}

Lost ${lost}, doubled ${doubled}; the platform counted ${identifies} new sessions. Each line is the least of ten looks, because garbage comes and goes.

**${wrong.length === 0 ? 'All is flat' : `Not flat: ${wrong.join('; ')}`}.** The median of the last three lines may be above that of the third to the fifth by ${CRITERIA}.
The database keeps the content of a message for a day and its key for a week, so within minutes it grows with the messages; flat is
what one of them takes. Nobody may be lost, doubled, or need a new session.

${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpu[0]?.model ?? 'unknown'}, ${cpu.length} cores, ${process.platform} ${release()}, load at the end ${load.join(', ')}.
`
    writeFileSync(join(ROOT, 'docs/soak.md'), page)
    console.log('written to docs/soak.md')
  }
  process.exitCode = wrong.length === 0 ? 0 : 1
} finally {
  await undoings.undoAll()
}
