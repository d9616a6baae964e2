/** I: settings, port, home, disk and database: named in one line, and nothing accepted that cannot be kept. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { JOURNAL_FILE_NAME } from '../../../src/journal/journal.ts'
import { AS_NOBODY, cannotBeNobody } from '../../../test/gateway/programs.ts'
import { cleanUp } from '../../../test/support/clean-up.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { type Herald, plainLines, startHerald, startProcess } from '../../../test/support/herald.ts'
import { cannotMount, type Disk, smallDisk } from '../disk.ts'
import { quick, type Row } from '../row.ts'
import { back, blow, changed, ledgerOf, noticed } from '../steps.ts'
import { accountAt, configFor, type Scene, type World } from '../world.ts'

/** It ends with 78 and one line for a person that names the place and the cure; returns the line. */
async function refused(herald: Herald, line: RegExp, code = 78): Promise<string> {
  const ended = await herald.end(15_000)
  const lines = plainLines(herald.stderr())
  assert.equal(ended.code, code, herald.stderr())
  assert.equal(lines.length, 1, herald.stderr())
  assert.match(lines[0] ?? '', line)
  return lines[0] ?? ''
}

const WRONG: readonly (readonly [title: string, settings: string, line: RegExp])[] = [
  ['an unknown key', 'gatewai: {}', /gatewai.*gateway/],
  ['an unknown key further in', 'platforms: { qqbot: { app_idd: "1" } }', /platforms\.qqbot\.app_idd.*app_id/],
  ['a wrong type', 'platforms: { qqbot: { enabled: "perhaps" } }', /platforms\.qqbot\.enabled.*true or false/],
  ['a wrong number', 'gateway: { http: { port: 99999 } }', /gateway\.http\.port.*65535/],
  ['a wrong word', 'gateway: { on_all_platforms_down: never }', /on_all_platforms_down.*exit/],
  ['an empty list of waits', 'gateway: { revive_s: [] }', /revive_s/],
  ['a missing variable', `platforms: { qqbot: { app_id: "$${'{'}NOT_SET_ANYWHERE}" } }`, /NOT_SET_ANYWHERE/],
  ['broken YAML', 'platforms: { qqbot: [', /config\.yaml:\d+/],
  ['a tab for indentation', 'platforms:\n\tqqbot: {}', /config\.yaml:\d+/],
  ['a list in place of settings', '- one\n- two', /config\.yaml/],
  ['the same key twice', 'gateway: {}\ngateway: {}', /config\.yaml:2.*second time/],
  ['a platform nobody knows', 'platforms: { telegram: {} }', /telegram/],
  ['an agent that nobody knows', 'agent: { type: telepathy }', /agent\.type.*openai/],
]

const wrongSettings = WRONG.map(([title, settings, line]) =>
  quick('I93', `config.yaml with ${title}`, async world => {
    const { box, start, write } = await world.scene()
    write(settings)
    const said = await refused(start(), line)
    assert.equal((await box.log({ kinds: ['request'] })).length, 0, 'no network call')
    return { note: shortened(said) }
  }),
)

const shortened = (line: string): string => line.replace(/\/tmp\/[^/ ]+/g, '<home>').slice(0, 110)

const unreadable = quick(
  'I93',
  'config.yaml that may not be read',
  async world => {
    const { home, start } = await world.scene()
    chmodSync(home, 0o777)
    chmodSync(join(home, 'config.yaml'), 0o000)
    return { note: shortened(await refused(start({ through: AS_NOBODY }), /config\.yaml/)) }
  },
  { cannot: cannotBeNobody },
)

const badReload = quick('I93', 'a reload that fails changes nothing', async world => {
  const { box, start, write, configure, command } = await world.scene()
  const herald = start()
  await herald.connected()
  const ledger = ledgerOf(box)
  write('platforms: { qqbot: [')
  assert.equal((await command('reload')).code, 78)
  await ledger.say({ person: 'Alice' })
  await ledger.even()
  // A new life begins with the last good settings.
  const asked = await blow(() => command('restart', 'qqbot'))
  const backMs = await back(herald, asked)
  assert.match(String(herald.file()?.settings?.error), /config\.yaml/)
  await ledger.say({ person: 'Alice' })
  await ledger.even()
  configure({})
  assert.equal((await command('reload')).code, 0)
  await eventually('the file says so', 5_000, () => herald.file()?.settings?.error === null)
  return { backMs, ...(await ledger.even()) }
})

/** Takes a port of loopback; 0 for any. Answers with the port; undefined where somebody else has it. */
async function takePort(world: World, wanted: number): Promise<number | undefined> {
  const server = createServer()
  cleanUp(world.t, () => server.close())
  return new Promise(resolve => {
    server.once('error', () => resolve(undefined))
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : undefined)
    })
  })
}

const namedPort = quick('I97', 'a port that the settings name is in use: 78', async world => {
  const { start, configure } = await world.scene()
  const port = await takePort(world, 0)
  configure({ gateway: { http: { host: '127.0.0.1', port } } })
  return { note: shortened(await refused(start(), new RegExp(`${port}.*is taken`))) }
})

const DEFAULT_PORT = 8643

const defaultPort = quick('I97', 'the default port is in use: it runs, and status says so', async world => {
  const { box, start, configure, command } = await world.scene()
  await takePort(world, DEFAULT_PORT)
  configure({ gateway: { http: { host: '127.0.0.1' } } })
  const herald = start()
  await herald.connected()
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  const even = await ledger.even()
  const { code, stdout } = await command('status')
  assert.equal(code, 0)
  assert.match(stdout, new RegExp(`http.*failed.*${DEFAULT_PORT}`))
  return { ...even, note: String(herald.file()?.http) }
})

const foreignHome = quick(
  'I97',
  'a home that this user cannot write',
  async world => {
    const { home, start } = await world.scene()
    chmodSync(home, 0o755)
    const herald = start({ through: AS_NOBODY })
    return { note: shortened(await refused(herald, /cannot be used.*--home/)) }
  },
  { cannot: cannotBeNobody },
)

function onSmallDisk(id: string, title: string, damage: (disk: Disk) => void, mend: (disk: Disk) => void): Row {
  return quick(
    id,
    title,
    async world => {
      const { box } = await world.scene()
      const disk = smallDisk(world.t)
      writeFileSync(join(disk.folder, 'config.yaml'), JSON.stringify(configFor(box, { gateway: { revive_s: [1] } })))
      const herald = startHerald(world.t, disk.folder, { program: world.program })
      await herald.connected()
      const ledger = ledgerOf(box)
      await ledger.say({ person: 'Alice' })
      await ledger.even()
      const struck = await blow(async () => damage(disk))
      // Enough to need a new page of the journal.
      await ledger.say({ person: 'Alice', text: 'long '.repeat(2_000) })
      const noticedMs = await noticed(herald, struck)
      const told = await changed(herald, 'fatal', 5_000, each => each.atMs >= struck.atMs && each.to === 'fatal')
      assert.equal(told.code, 'journal_unwritable')
      await eventually('the socket is closed', 5_000, async () => (await box.counters()).liveLinks === 0)
      assert.match((await herald.get('/readyz')).text, /journal_unwritable/)
      await ledger.say({ person: 'Bob' })
      assert.ok(herald.alive)
      const mended = await blow(async () => mend(disk))
      const backMs = await back(herald, mended)
      const even = await settled(box, ledger)
      assert.match(await saidOf(world, disk.folder, 'incident'), /^why {7}journal_unwritable: /m)
      return { noticedMs, backMs, ...even, identifies: (await box.counters()).identifies }
    },
    { cannot: cannotMount },
  )
}

/** The long one is answered in pieces; the other by its own text. */
async function settled(
  box: Scene['box'],
  ledger: ReturnType<typeof ledgerOf>,
): Promise<{ lost: number; doubled: number }> {
  const whole = async (): Promise<string> => (await box.answers({ person: 'Alice' })).map(({ text }) => text).join('')
  await eventually('the whole long answer', 30_000, async () => count(await whole(), 'long') >= 2_000)
  assert.equal(count(await whole(), 'long'), 2_000)
  const { lost, doubled } = await ledger.settle(1_000)
  assert.deepEqual([lost, doubled], [1, 0], 'only the long one has no answer in one piece')
  return { lost: 0, doubled }
}

const count = (text: string, word: string): number => text.split(word).length - 1

const fullFromTheStart = quick(
  'I97',
  'the disk is full at the start: no call is made, status says why, and it is up once there is space',
  async world => {
    const { box } = await world.scene()
    const disk = smallDisk(world.t)
    writeFileSync(join(disk.folder, 'config.yaml'), JSON.stringify(configFor(box, { gateway: { revive_s: [1] } })))
    disk.fill()
    const herald = startHerald(world.t, disk.folder, { program: world.program })
    const status = (): Promise<string> => saidOf(world, disk.folder, 'status', '--json')
    await eventually('status says why', 6_000, async () => (await status()).includes('"journal_unwritable"'))
    assert.equal((await box.log({ kinds: ['request'] })).length, 0, 'no network call')
    const mended = await blow(async () => disk.free())
    const backMs = await back(herald, mended)
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice' })
    return { backMs, ...(await ledger.even()), note: 'journal_unwritable' }
  },
  { cannot: cannotMount },
)

async function saidOf(world: World, home: string, ...words: readonly string[]): Promise<string> {
  const running = startProcess(world.t, [...world.program, ...words, '--home', home])
  await running.end(10_000)
  return running.stdout()
}

function badDatabase(title: string, line: RegExp, spoil: (path: string, world: World) => void): Row {
  return quick('I97', `the database ${title}: 78`, async world => {
    const { home, start } = await world.scene()
    spoil(join(home, JOURNAL_FILE_NAME), world)
    return { note: shortened(await refused(start(), line)) }
  })
}

const newerDatabase = quick('I97', 'the database is of a newer Herald: 78', async world => {
  const { home, start } = await world.scene()
  const first = start()
  await first.connected()
  first.kill('SIGTERM')
  await first.end(5_000)
  make(join(home, JOURNAL_FILE_NAME), 'PRAGMA user_version = 9999')
  return { note: shortened(await refused(start(), /newer/)) }
})

function hold(path: string, world: World): void {
  const held = new DatabaseSync(path)
  held.exec('PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE mine (x); INSERT INTO mine VALUES (1)')
  cleanUp(world.t, () => held.close())
}

function make(path: string, sql: string): void {
  const made = new DatabaseSync(path)
  made.exec(sql)
  made.close()
}

const oneOfTwo = quick(
  'I98',
  'one of two bots is owned by another process: the other one works, and it is taken over',
  async world => {
    const { box, start, otherHome } = await world.scene()
    const other = { appId: `${box.bot.appId}1`, secret: 'secret-of-the-other-bot' }
    await box.addBot(other)
    const first = start()
    await first.connected()
    const home = otherHome({ gateway: { revive_s: [1] }, others: { 'qqbot:work': accountAt(box, other) } })
    const second = startHerald(world.t, home, { program: world.program })
    await second.connected(20_000, 'qqbot:work')
    const told = await second.until('owned elsewhere', ({ error_code }) => error_code === 'owned_elsewhere')
    assert.equal(told.state, 'fatal')
    assert.match(String(told.error_message), new RegExp(`process ${first.pid}\\b`))
    assert.ok(!second.stderr().includes('qqbot has no owner'), 'that is for its own process to say')
    first.kill('SIGKILL')
    await first.ended
    const freed = await blow(async () => {})
    const backMs = await back(second, freed)
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Alice', appId: box.bot.appId })
    await ledger.say({ person: 'Bob', appId: other.appId })
    return { backMs, ...(await ledger.even()), note: 'pid named' }
  },
)

export const homeRows: readonly Row[] = [
  ...wrongSettings,
  unreadable,
  badReload,
  namedPort,
  defaultPort,
  foreignHome,
  onSmallDisk(
    'I81',
    'the disk is full: nothing is accepted, and it is back after space is freed',
    disk => disk.fill(),
    disk => disk.free(),
  ),
  fullFromTheStart,
  badDatabase('is corrupt', /journal/i, path => writeFileSync(path, Buffer.alloc(8_192, 'not a database'))),
  newerDatabase,
  badDatabase('belongs to another program', /journal|another/i, path => make(path, 'CREATE TABLE recipes (x)')),
  badDatabase('is locked by another process', /locked|holds/i, hold),
  badDatabase('is a folder', /journal|herald\.db/i, path => mkdirSync(path)),
  oneOfTwo,
]
