import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempHome } from '../gateway/programs.ts'

const FILE = join(import.meta.dirname, '../../src/lib/atomic-file.ts')
const LONG = 1024 * 1024

/** A process that may write no more than a few kilobytes into a file: the system takes a part, and refuses the rest. */
for (const call of ['replaceFileSync(path, "half", text)', 'await replaceFile(path, "half", text, () => true)'])
  test(`what the disk takes only a part of replaces nothing: ${call.split('(')[0]}`, t => {
    const path = join(tempHome(t), 'state.json')
    writeFileSync(path, 'the old text')
    const script = `
      import { replaceFile, replaceFileSync } from ${JSON.stringify(FILE)}
      const [path, text] = [${JSON.stringify(path)}, 'x'.repeat(${LONG})]
      try { ${call}; console.log('replaced') } catch (thrown) { console.log(thrown.code) }`
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', 'ulimit -f 8; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    )
    assert.equal(stdout.trim(), 'EFBIG', stderr)
    assert.equal(readFileSync(path, 'utf8'), 'the old text')
  })
