/** The program `herald`. What costs time is loaded only by the command that needs it. */
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

const cache = cacheFolder()
if (cache !== undefined) enableCompileCache(cache)
const { main } = await import('./program.ts')
await main()

/** Not Node's default in /tmp: whoever makes a folder there first could lay code into it for us to run. */
function cacheFolder(): string | undefined {
  try {
    return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'herald')
  } catch {
    return undefined
  }
}
