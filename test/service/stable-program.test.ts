import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { stableProgram } from '../../src/service/stable-program.ts'
import { tempHome } from '../gateway/programs.ts'

test('a program with its version in its path is named by the link that stays', t => {
  const folder = tempHome(t)
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const [old = '', next = ''] = ['24.5.0', '24.6.0'].map(version => {
    const cellar = join(folder, 'Cellar/node', version, 'bin')
    mkdirSync(cellar, { recursive: true })
    writeFileSync(join(cellar, 'node'), '')
    return join(cellar, 'node')
  })
  assert.equal(stableProgram(old, [bin]), old, 'there is no link')
  symlinkSync(old, join(bin, 'node'))
  assert.equal(stableProgram(old, ['/nowhere', bin]), join(bin, 'node'))
  assert.equal(stableProgram(next, [bin]), next, 'the link leads to another version')
  rmSync(old)
  assert.equal(stableProgram(next, [bin]), next, 'the link leads nowhere')
})
