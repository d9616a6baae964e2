/**
 * What a user of the published package gets: packs it, installs the tarball into an empty folder, and runs what was
 * installed there. Ends with 1 and the reason when any of it is not as it should be.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { checkDemo } from './package-check/demo.ts'
import { capture, fail } from './package-check/tools.ts'
import { ROOT } from './steps.ts'

const CONSUMER = `import { type Agent, EXIT, type Inbound, type RunOptions, runGateway, startSandbox } from 'herald'

const box = await startSandbox({ bots: [{ appId: '102000001', secret: 'a-secret' }] })
const { id }: { readonly id: string } = box.say({ person: 'Alice', text: 'hi' })
const options: RunOptions = { home: '/nowhere', configPath: undefined, env: { QQ_API_BASE: box.url } }
const code: number = await runGateway(options)
export const agents: readonly Agent[] = []
export const textOf = ({ text }: Inbound): string => text
export default code === EXIT.stopped ? id : ''
// @ts-expect-error: what does not exist must not be taken for any
box.nothing()
`
const CONSUMER_SETTINGS = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    // The declarations themselves are checked too, with nothing but what the package brings and the types of Node.
    skipLibCheck: false,
    types: ['node'],
  },
  include: ['consumer.ts'],
}

const started = performance.now()
const place = mkdtempSync(join(tmpdir(), 'herald-package-'))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
process.once('exit', () => rmSync(place, { recursive: true, force: true }))

const folder = join(place, 'consumer')
const scratch = join(place, 'tmp')
for (const each of [folder, scratch]) mkdirSync(each)
const env = {
  ...process.env,
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  TMPDIR: scratch,
  NODE_COMPILE_CACHE: join(place, 'compile-cache'),
}
const npm = (...args: string[]) => ['npm', ...args, '--no-audit', '--no-fund', '--loglevel=error']

const packed: unknown = JSON.parse(
  capture(npm('pack', '--json', '--pack-destination', place), { cwd: ROOT, env, what: 'npm pack' }).replace(
    /^[^[]*/,
    '',
  ),
)
const tarball = readdirSync(place).find(name => name.endsWith('.tgz')) ?? fail('npm pack made no tarball')
const unwanted = pathsOf(packed).filter(path => /^(src|test|scripts)\/|\.(map|test\.js)$/.test(path))
if (unwanted.length > 0) fail(`the tarball has files that nobody needs: ${unwanted.slice(0, 5).join(', ')}`)

writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
capture(npm('install', '--engine-strict', join(place, tarball)), { cwd: folder, env, what: 'npm install' })
const dependencies = capture(npm('ls', '--all', '--parseable'), { cwd: folder, env, what: 'npm ls' })
const herald = join(folder, 'node_modules/.bin/herald')

const version = capture([herald, '--version'], { cwd: folder, env, what: 'herald --version' }).trim()
if (!/^\d+\.\d+\.\d+/.test(version)) fail(`herald --version said "${version}"`)

checkTypes()
await checkDemo(herald, { cwd: folder, env, scratch })

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} kB`
console.log(
  [
    `package-check: herald ${version} installs, type-checks and runs`,
    `tarball ${kilobytes(statSync(join(place, tarball)).size)}, unpacked ${kilobytes(sizeOf(join(folder, 'node_modules/herald')))}`,
    `${dependencies.trim().split('\n').length - 2} dependencies, ${kilobytes(sizeOf(join(folder, 'node_modules')))} with them`,
    `${((performance.now() - started) / 1000).toFixed(1)} s`,
  ].join(' · '),
)

/** The types of Node are linked from the checkout: a user's own project has them anyway, and nothing more is fetched. */
function checkTypes(): void {
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
  writeFileSync(join(folder, 'consumer.ts'), CONSUMER)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(CONSUMER_SETTINGS))
  capture([join(ROOT, 'node_modules/.bin/tsc'), '-p', '.'], { cwd: folder, env, what: 'the types of the package' })
}

function pathsOf(report: unknown): string[] {
  if (!Array.isArray(report)) return fail('npm pack told nothing of its files')
  return report.flatMap(({ files }: { files: { path: string }[] }) => files.map(({ path }) => path))
}

function sizeOf(root: string): number {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
