import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { INCIDENT_FILE_NAME, writeIncident } from '../../../src/gateway/process/incidents.ts'
import { tempHome } from '../programs.ts'

const incident = { atMs: Date.UTC(2026, 0, 1), pid: 42, code: 'bug', message: 'x is not a function' }

test('one line each, private, and put aside when it has grown long', t => {
  const home = tempHome(t)
  const path = join(home, INCIDENT_FILE_NAME)
  assert.equal(writeIncident(home, incident), true)
  assert.equal(writeIncident(home, incident), true)
  const line = '{"at":"2026-01-01T00:00:00.000Z","pid":42,"code":"bug","message":"x is not a function"}\n'
  assert.equal(readFileSync(path, 'utf8'), line + line)
  assert.equal(statSync(path).mode & 0o777, 0o600)

  writeFileSync(path, 'x'.repeat(1024 * 1024 + 1))
  assert.equal(writeIncident(home, incident), true)
  assert.equal(readFileSync(path, 'utf8'), line)
  assert.equal(statSync(`${path}.1`).size, 1024 * 1024 + 1)
})

test('where it cannot be written it says so and throws nothing', t => {
  assert.equal(writeIncident(join(tempHome(t), 'not-there'), incident), false)
})
