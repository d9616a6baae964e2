/** Code that is loaded long after the start: an upgrade may have put that of another version in its place, or taken it away. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeError, HeraldError } from '../errors.ts'

const NOT_LOADED: ReadonlySet<unknown> = new Set([
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
])

/** Throws `code_gone`, which names the restart, where it cannot be loaded. */
export async function loadLate<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (thrown) {
    throw isUnloadable(thrown) ? codeGone(thrown) : thrown
  }
}

/** Why a thread of ours failed: `code_gone` where it, or what it needs, cannot be loaded. What it runs for others may miss things too. */
export function threadFailure(thrown: unknown, thread: URL): unknown {
  const isOurs = thrown instanceof Error && thrown.stack?.includes(dirname(fileURLToPath(thread))) === true
  return isOurs && isUnloadable(thrown) ? codeGone(thrown) : thrown
}

/** What one version imports the other may not have. */
function isUnloadable(thrown: unknown): boolean {
  return thrown instanceof SyntaxError || (thrown instanceof Error && 'code' in thrown && NOT_LOADED.has(thrown.code))
}

function codeGone(thrown: unknown): HeraldError {
  const cure = 'Herald was upgraded or moved while it runs: restart it'
  return new HeraldError('code_gone', `a part of Herald cannot be loaded (${describeError(thrown)}): ${cure}`, {
    hint: cure,
    cause: thrown,
  })
}
