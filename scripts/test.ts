/**
 * Runs all tests, or those whose paths are given. Three files at a time: they mostly wait for real processes and real clocks.
 */
import { globSync } from 'node:fs'
import { ROOT, run } from './steps.ts'

const given = process.argv.slice(2)
const files = given.length > 0 ? given : globSync('test/**/*.test.ts', { cwd: ROOT }).sort()
run(`tests (${files.length} files)`, [
  process.execPath,
  '--test',
  '--test-concurrency=3',
  '--test-timeout=240000',
  ...files,
])
