/**
 * What the compiler does not check about the house: no file too long to read in one sitting, no import cycles, and
 * no room that imports one it must not know. Prints each breach and exits with 1 when there is one.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const LONGEST_FILE_LINES = 400

/**
 * What each room may import besides itself. A path with a file name admits that file alone: contracts are shared, what
 * stands behind them is not.
 */
const CONTRACT = 'platforms/platform.ts'
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  platforms: ['lib'],
  // A room within a room: the suite stands an adapter on the real runner.
  'platforms/conformance': ['lib', 'platforms', 'gateway'],
  agents: ['lib', CONTRACT],
  media: ['lib', CONTRACT],
  journal: ['lib', CONTRACT, 'agents/agent.ts'],
  delivery: ['lib', CONTRACT, 'journal/journal.ts'],
  hooks: ['lib'],
  conversation: ['lib', CONTRACT, 'journal/journal.ts', 'agents/agent.ts', 'delivery/delivery.ts', 'hooks/hook.ts'],
  intake: ['lib', CONTRACT, 'journal/journal.ts', 'conversation/conversation.ts', 'delivery/delivery.ts'],
  gateway: ['lib', CONTRACT],
  schedules: ['lib', 'gateway/status/status-document.ts'],
  alerts: ['lib', 'gateway/status/status-document.ts', 'pages/causes.js', 'pages/hints.js'],
  observe: ['lib', 'gateway/status/status-document.ts', 'journal/journal.ts'],
  config: ['lib', 'schedules/schedule.ts'],
  service: ['lib', 'gateway/process/unit.ts'],
  backup: ['lib', 'journal'],
  pages: ['lib', 'gateway/status/status-document.ts'],
  dashboard: ['lib', 'pages', 'gateway/status/status-document.ts', 'journal/journal.ts', 'observe/prometheus.ts'],
  sandbox: ['lib', 'pages'],
}
/** The wiring and the commands know all rooms. */
const FREE = new Set(['cli', 'main.ts', 'demo.ts', 'index.ts', 'wiring'])

function typescriptFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => join(entry.parentPath, entry.name))
}

function importsOf(file: string, text: string): string[] {
  const specifiers = text.matchAll(
    /(?:^|\n)\s*(?:import|export)[^'"`;]*?from\s*'(\.[^']+)'|import\(\s*'(\.[^']+)'\s*\)/g,
  )
  return [...specifiers].map(match => resolve(dirname(file), match[1] ?? match[2] ?? ''))
}

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): string[] | undefined => {
    const at = path.indexOf(file)
    if (at >= 0) return [...path.slice(at), file]
    if (done.has(file)) return undefined
    path.push(file)
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next)
      if (cycle) return cycle
    }
    path.pop()
    done.add(file)
    return undefined
  }
  for (const file of graph.keys()) {
    const cycle = visit(file)
    if (cycle) return cycle
  }
  return undefined
}

function roomOf(file: string): string {
  const [outer = '', inner = ''] = file.split('/')
  return Object.hasOwn(ROOMS, `${outer}/${inner}`) ? `${outer}/${inner}` : outer
}

function roomBreach(file: string, target: string): string | undefined {
  const from = relative(join(ROOT, 'src'), file)
  const to = relative(join(ROOT, 'src'), target)
  const room = roomOf(from)
  if (FREE.has(room) || room === roomOf(to)) return undefined
  const allowed = ROOMS[room]
  if (!allowed) return `src/${from}: the room "${room}" is not on the plan`
  const fits = allowed.some(place => (/\.[jt]s$/.test(place) ? to === place : to.startsWith(`${place}/`)))
  return fits ? undefined : `src/${from} must not import src/${to}`
}

const breaches: string[] = []
const graph = new Map<string, string[]>()
const lineCounts: number[] = []

for (const folder of ['src', 'test', 'scripts']) {
  for (const file of typescriptFiles(join(ROOT, folder))) {
    const text = readFileSync(file, 'utf8')
    const lines = text.split('\n').length - 1
    if (lines > LONGEST_FILE_LINES)
      breaches.push(`${relative(ROOT, file)} has ${lines} lines, more than ${LONGEST_FILE_LINES}`)
    const imports = importsOf(file, text)
    graph.set(file, imports)
    if (folder !== 'src') continue
    lineCounts.push(lines)
    for (const target of imports) {
      const breach = roomBreach(file, target)
      if (breach) breaches.push(breach)
    }
  }
}

const cycle = findCycle(graph)
if (cycle) breaches.push(`import cycle: ${cycle.map(file => relative(ROOT, file)).join(' → ')}`)

for (const breach of breaches) console.error(breach)
lineCounts.sort((a, b) => a - b)
const median = lineCounts[Math.floor(lineCounts.length / 2)] ?? 0
console.log(
  `structure: ${lineCounts.length} source files, median ${median} lines, longest ${lineCounts.at(-1) ?? 0}, ${breaches.length} breaches`,
)
process.exitCode = breaches.length === 0 ? 0 : 1
