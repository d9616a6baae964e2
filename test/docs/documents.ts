/** The documents, as a test reads them. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../support/herald.ts'

export interface Document {
  /** Within the repository. */
  readonly path: string
  readonly text: string
}

export const DOCUMENTS: readonly Document[] = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT })
  .sort()
  .map(path => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))

/** A command line of Herald's, without comment and without what stands before it. */
export interface CommandLine {
  readonly where: string
  /** `status --json`; placeholders as they stand. */
  readonly words: readonly string[]
}

/** What cannot be run against a platform in a box. */
const NEEDS_PLATFORM = /needs the real platform|需要真实平台/
const FENCE = /^```(?:sh|bash|console)\n([\s\S]*?)^```/gm
const INLINE = /`((?:npx |bin\/)?herald [^`\n]+)`/g
const COMMAND = /(?:^|\s)(?:npx |bin\/)?herald((?: [^#&|;]*)?)/

export function commandLines({ path, text }: Document): readonly CommandLine[] {
  const fenced = [...text.matchAll(FENCE)].flatMap(([, block = '']) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
  const prose = text.replaceAll(FENCE, '').split('\n')
  const inline = prose
    .filter(line => !NEEDS_PLATFORM.test(line))
    .flatMap(line => [...line.matchAll(INLINE)].map(([, inside = '']) => inside))
  return [...fenced.filter(line => !NEEDS_PLATFORM.test(line)), ...inline].flatMap(line => {
    const said = COMMAND.exec(line.replace(/\s#.*$/, ''))?.[1]?.trim()
    return said === undefined || !/^[a-z]/.test(said)
      ? []
      : [{ where: `${path}: ${line.trim()}`, words: wordsOf(said) }]
  })
}

/** As a shell would take them apart, as far as the documents need it. */
function wordsOf(said: string): string[] {
  return [...said.matchAll(/"([^"]*)"|'([^']*)'|<([^>]*)>|\[([^\]]*)\]|(\S+)/g)].map(
    ([whole, double, single]) => double ?? single ?? whole,
  )
}
