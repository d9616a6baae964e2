/** What reaches the log: no secret, no line without end, nothing that a terminal would obey. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, connect as dial } from 'node:net'
import { test } from 'node:test'
import { HeraldError } from '../../src/lib/errors.ts'
import { isRecord } from '../../src/lib/json.ts'
import type { Logger } from '../../src/lib/log.ts'
import { createRedactor } from '../../src/lib/redact.ts'
import { createLogger, type LogOptions, prettyLines } from '../../src/observe/log.ts'
import { createLogLevels } from '../../src/observe/log-levels.ts'
import { cleanUp } from '../support/clean-up.ts'

const SECRET = 'tok-5f/9 "q"'
const AT_MS = Date.UTC(2026, 0, 31, 11, 5, 9, 120)

function logTo(options: Partial<LogOptions> & { readonly pretty?: 'plain' | 'coloured' } = {}) {
  const redactor = createRedactor()
  redactor.add(SECRET)
  const lines: string[] = []
  const { pretty, ...rest } = options
  const stream = { write: (text: string) => lines.push(text) }
  const log = createLogger({
    stream: pretty === undefined ? stream : prettyLines(stream, pretty === 'coloured'),
    levels: createLogLevels({ level: 'debug', rooms: {} }),
    redactor,
    clock: { nowMs: () => AT_MS },
    ...rest,
  })
  return { log, lines, redactor }
}

/** The one line that `say` makes, parsed. */
function record(say: (log: Logger) => void): Record<string, unknown> {
  const { log, lines } = logTo()
  say(log)
  assert.equal(lines.length, 1)
  const line = lines[0] ?? ''
  assert.ok(line.endsWith('\n'))
  assert.ok(!line.slice(0, -1).includes('\n'))
  assert.ok(!line.includes(SECRET) && !line.includes(JSON.stringify(SECRET).slice(1, -1)), line)
  const parsed: unknown = JSON.parse(line)
  assert.ok(isRecord(parsed))
  return parsed
}

test('a line for programs', () => {
  assert.deepEqual(
    record(log =>
      log.warn('link lost', { account: 'qqbot', attempt: 3, nothing: undefined, none: null, odd: Number.NaN }),
    ),
    {
      level: 'warn',
      time: '2026-01-31T11:05:09.120Z',
      msg: 'link lost',
      account: 'qqbot',
      attempt: 3,
      none: null,
      odd: 'NaN',
    },
  )
})

test('the names that a line has of its own stay its own', () => {
  const line = record(log => log.info('right', { msg: 'x', level: 'y', time: 'z', __proto__: 1 }))
  assert.deepEqual([line['msg'], line['level'], line['time']], ['right', 'info', '2026-01-31T11:05:09.120Z'])
  assert.deepEqual([line['msg_'], line['level_'], line['time_']], ['x', 'y', 'z'])
})

test('levels, and children that carry fields', () => {
  const { log, lines } = logTo({ levels: createLogLevels({ level: 'warn', rooms: {} }) })
  log.debug('no')
  log.info('no')
  log.child({ account: 'a', key: SECRET }).child({ part: 'p' }).error('yes', { account: 'b' })
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /"account":"b","key":"\[redacted\]","part":"p","msg":"yes"/)
  const silent = logTo({ levels: createLogLevels({ level: 'silent', rooms: {} }) })
  silent.log.error('no')
  assert.deepEqual(silent.lines, [])
})

const encoded = encodeURIComponent(SECRET)
const withCause = (): Error =>
  new HeraldError('token_refused', `no: ${SECRET}`, {
    hint: `not ${SECRET}`,
    cause: new Error(`deeper ${SECRET}`, { cause: { authorization: `QQBot ${SECRET}` } }),
  })
const PLACES: readonly (readonly [string, (log: Logger) => void])[] = [
  ['the message', log => log.info(`asked with ${SECRET}`)],
  ['a field', log => log.info('x', { token: SECRET })],
  ['part of a field', log => log.info('x', { url: `https://h/?key=${encoded}&x=1` })],
  ['the name of a field', log => log.info('x', { [SECRET]: 1 })],
  ['a list in a section', log => log.info('x', { a: { b: [1, { c: `<${SECRET}>` }] } })],
  ['JSON in a text', log => log.info('x', { body: JSON.stringify({ secret: SECRET }) })],
  ['a map', log => log.info('x', { map: new Map([[SECRET, { v: SECRET }]]) })],
  ['a set', log => log.info('x', { set: new Set([SECRET]) })],
  ['an error', log => log.error('x', { error: new TypeError(`bad ${SECRET}`) })],
  ['the causes of an error, its hint and its stack', log => log.error('x', { error: withCause() })],
  ['errors in an error', log => log.error('x', { error: new AggregateError([new Error(SECRET)]) })],
  [
    'the name and code of an error',
    log => log.error('x', { error: Object.assign(new Error('e'), { name: SECRET, code: SECRET }) }),
  ],
  ['a function', log => log.info('x', { fn: Object.assign(() => 0, { toString: () => SECRET }) })],
  ['a symbol', log => log.info('x', { symbol: Symbol(SECRET) })],
  ['a child', log => log.child({ deep: { token: SECRET } }).info('x')],
]

for (const [place, say] of PLACES)
  for (const pretty of [undefined, 'coloured'] as const)
    test(`G82 J104 no secret in ${place}${pretty ? ', for people' : ''}`, () => {
      const { log, lines } = logTo(pretty === undefined ? {} : { pretty })
      say(log)
      assert.equal(lines.length, 1)
      for (const spelling of [SECRET, encoded, JSON.stringify(SECRET).slice(1, -1)])
        assert.ok(!lines[0]?.includes(spelling), lines[0])
      assert.match(lines[0] ?? '', /\[redacted\]/)
    })

test('what an error has to say is kept: name, code, hint, causes, the errors of all addresses', () => {
  const { error } = record(log => log.error('x', { error: withCause() }))
  assert.ok(isRecord(error) && isRecord(error['cause']))
  assert.deepEqual([error['name'], error['code'], error['hint']], ['HeraldError', 'token_refused', 'not [redacted]'])
  assert.match(String(error['stack']), /log\.test\.ts/)
  assert.equal(error['cause']['message'], 'deeper [redacted]')
  assert.deepEqual(error['cause']['cause'], { authorization: 'QQBot [redacted]' })
  const { all } = record(log => log.error('x', { all: new AggregateError([new Error('refused by ::1')]) }))
  assert.match(JSON.stringify(all), /refused by ::1/)
})

test('a secret that is cut in two by a bound is not shown in half', () => {
  const { log, lines, redactor } = logTo()
  const long = 'S3cr3t-'.repeat(140)
  redactor.add(long)
  // Masked, sixty of them take less room than a line has; the last one is cut off by what is looked at.
  for (let shift = 0; shift < 1000; shift += 37) log.info(`${'x'.repeat(shift)}${long.repeat(70)}`)
  for (const line of lines) assert.doesNotMatch(line, /S3cr3t/)
  assert.ok(lines.length > 20)
})

test('texts, lists, sections and depths have an end', () => {
  const line = record(log =>
    log.info('m'.repeat(100_000), {
      text: 'x'.repeat(5000),
      list: Array.from({ length: 60 }, (_, at) => at),
      section: Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, at])),
      deep: { a: { b: { c: { d: { e: 1 } } } } },
      bytes: Buffer.from('secret bytes'),
      date: new Date(0),
      noDate: new Date(Number.NaN),
    }),
  )
  assert.equal(String(line['msg']).length, 2000 + '… (100000 characters)'.length)
  assert.match(String(line['text']), /^x{2000}… \(5000 characters\)$/)
  assert.match(JSON.stringify(line['list']), /,49,"… \(60 items\)"\]$/)
  assert.match(JSON.stringify(line['section']), /"k49":49,"…":"more"\}$/)
  assert.deepEqual(line['deep'], { a: { b: { c: { d: '…' } } } })
  assert.deepEqual(
    [line['bytes'], line['date'], line['noDate']],
    ['(12 bytes)', '1970-01-01T00:00:00.000Z', 'Invalid Date'],
  )
})

test('a circle, and a web of objects, are shown in part and at once', () => {
  const circle: Record<string, unknown> = { name: 'circle' }
  circle['self'] = circle
  record(log => log.info('x', { circle }))
  const web = Array.from({ length: 50 }, (): unknown[] => [])
  for (const one of web) one.push(...web)
  const startedMs = performance.now()
  const { log, lines } = logTo()
  log.info('x', { web, after: 1 })
  assert.ok(performance.now() - startedMs < 1000, 'followed to its depth it has 300 million members')
  assert.ok((lines[0] ?? '').length < 50_000)
})

test('a live socket in a field costs little', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp(t, () => server.close())
  const address = server.address()
  const socket = dial(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  cleanUp(t, () => socket.destroy())
  await once(socket, 'connect')
  const { log, lines } = logTo()
  log.info('x', { socket, server })
  assert.ok((lines[0] ?? '').length < 100_000, `${lines[0]?.length}`)
})

const throwing = (): never => {
  throw new Error('not to be read')
}
const HOSTILE: readonly (readonly [string, unknown])[] = [
  ['a getter that throws', Object.defineProperty({}, 'x', { get: throwing, enumerable: true })],
  ['a proxy that refuses', new Proxy({}, { ownKeys: throwing, get: throwing })],
  [
    'a proxy that is over',
    (() => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    })(),
  ],
  ['a map whose keys have no text', new Map([[Object.create(null), 1]])],
  ['a function without a text', Object.assign(() => 0, { toString: throwing })],
  ['an error with a message that is none', Object.assign(new Error('x'), { message: { a: 1 }, name: 7, stack: 5 })],
  ['an error whose message throws', Object.defineProperty(new Error('x'), 'message', { get: throwing })],
  [
    'an error that is its own cause',
    (() => {
      const error = new Error('x')
      error.cause = error
      return error
    })(),
  ],
  ['a big number', 12n],
]
for (const [name, value] of HOSTILE)
  test(`no line is lost to ${name}`, () => {
    assert.equal(record(log => log.info('still here', { value, after: 1 }))['after'], 1)
    assert.equal(
      record(log => log.error('still here', { list: [value], map: new Map([['k', value]]) }))['msg'],
      'still here',
    )
  })

test('no line is lost to fields that cannot be read at all', () => {
  const fields = new Proxy({}, { ownKeys: throwing })
  assert.equal(record(log => log.info('still here', fields))['msg'], 'still here')
})

test('a line for people: one line, local time, values in place', () => {
  const { log, lines } = logTo({ pretty: 'plain' })
  log.warn('link lost', { account: 'qqbot:work', why: 'two words', list: [1, 2], url: 'https://x/y' })
  assert.match(
    lines[0] ?? '',
    /^\d\d:\d5:09\.120 warn {2}link lost {2}account=qqbot:work {2}why="two words" {2}list=\[1,2\] {2}url=https:\/\/x\/y\n$/,
  )
})

test('a line for people is coloured when it may be', () => {
  const { log, lines } = logTo({ pretty: 'coloured' })
  log.error('x', { a: 1 })
  assert.match(JSON.stringify(lines[0]), /\\u001b\[31merror\\u001b\[0m x {2}\\u001b\[90ma=\\u001b\[0m1\\n"$/)
})

test('a terminal obeys nothing that others wrote', () => {
  const evil = 'a\x1b[2Jb\x07c\x9b31md\u202ee\u2028f\r\ng\x7f'
  const { log, lines } = logTo({ pretty: 'plain' })
  log.info(evil, { evil, [evil]: 1, nested: { evil }, error: new Error(evil) })
  assert.equal(lines.length, 1)
  assert.doesNotMatch((lines[0] ?? '').slice(0, -1), /[\p{Cc}\u202e\u2028]/u)
  assert.match(lines[0] ?? '', /a\\u001b\[2Jb/)
})
