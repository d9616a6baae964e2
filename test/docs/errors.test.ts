/** `docs/errors.md` knows every code that the program can give. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ERRORS_FILE, errorsPage } from '../../scripts/error-docs.ts'
import { ROOT } from '../support/herald.ts'

const page = readFileSync(ERRORS_FILE, 'utf8')

test('its tables are those of the code', () => {
  assert.ok(page === errorsPage(page), 'docs/errors.md is not current; make it anew with `npm run error-docs`')
})

test('every code of the process, of an account and of an agent has its line', () => {
  const sources = globSync('src/{platforms/qqbot,gateway,journal,observe,lib,agents,hooks}/**/*.ts', { cwd: ROOT })
  const codes = new Set<string>()
  for (const file of sources) {
    const text = readFileSync(join(ROOT, file), 'utf8')
    for (const [, code = ''] of text.matchAll(
      /'(qq_[a-z_]*[a-z]|journal_[a-z]+|(?:lock|control|http)_[a-z]+|port_taken)'/g,
    ))
      codes.add(code)
    for (const [, code = ''] of text.matchAll(/(?:AgentError|super)\('([a-z]+(?:_[a-z]+)+)'/g)) codes.add(code)
    for (const [, code = ''] of text.matchAll(/\bcode: '([a-z]+(?:_[a-z]+)*)'/g)) codes.add(code)
  }
  // Words for callers inside the program, which no person sees.
  const inside = new Set(['journal_misused', 'no_media', 'guild_file'])
  assert.ok(codes.size > 40)
  for (const code of codes)
    if (!inside.has(code)) assert.ok(page.includes(`\`${code}\``), `docs/errors.md has no ${code}`)
})
