import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXIT, type ExitCause, exitFor } from '../../../src/gateway/process/exit.ts'
import { OwnedElsewhereError } from '../../../src/gateway/process/locks/instance-lock.ts'
import { JournalOpenError } from '../../../src/journal/file/open-error.ts'
import { ConfigError, HeraldError, JournalUnwritableError } from '../../../src/lib/errors.ts'

const thrown = (error: unknown): ExitCause => ({ kind: 'thrown', error })

const table: readonly (readonly [string, ExitCause, number, 'stopped' | 'failed', RegExp])[] = [
  ['SIGTERM', { kind: 'asked', by: 'SIGTERM' }, 0, 'stopped', /^stop_requested \(SIGTERM\)$/],
  [
    'all accounts down',
    {
      kind: 'all_down',
      code: 75,
      endings: new Map([
        ['qqbot', { code: 'qq_reconnect_exhausted', message: 'gave up' }],
        ['qqbot:b', { code: 'bug', message: 'x is not a function' }],
      ]),
    },
    75,
    'failed',
    /^all_platforms_down \(qqbot: qq_reconnect_exhausted, qqbot:b: bug\)$/,
  ],
  ['wrong settings', thrown(new ConfigError('gateway.http: x')), 78, 'failed', /^config_invalid \(gateway.http: x\)$/],
  ['a bot of another process', thrown(new OwnedElsewhereError('the bot 1', { pid: 42 })), 69, 'failed', /process 42/],
  [
    'a damaged journal',
    thrown(new JournalOpenError('journal_corrupt', 'damaged', {})),
    78,
    'failed',
    /^journal_corrupt/,
  ],
  ['a newer journal', thrown(new JournalOpenError('journal_newer', 'newer', {})), 78, 'failed', /^journal_newer/],
  ['a full disk', thrown(new JournalUnwritableError('full')), 75, 'failed', /^journal_unwritable/],
  ['an exception', thrown(new TypeError('x is not\na function')), 1, 'failed', /^bug \(x is not a function\)$/],
  ['something that is no error', thrown(undefined), 1, 'failed', /^bug/],
  ['a typed error that no row knows', thrown(new HeraldError('odd', 'odd')), 1, 'failed', /^odd/],
]

for (const [name, cause, code, gatewayState, reason] of table) {
  test(`${name} ends with ${code}`, () => {
    const exit = exitFor(cause)
    assert.equal(exit.code, code)
    assert.equal(exit.gatewayState, gatewayState)
    assert.match(exit.exitReason, reason)
  })
}

test('the codes of the contract', () => {
  assert.deepEqual(Object.values(EXIT), [0, 1, 69, 75, 78, 137])
})
