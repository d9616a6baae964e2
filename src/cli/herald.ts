/** The program `herald`. What costs time is loaded only by the command that needs it. */
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

leaveOutBrowserClasses()
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

/**
 * An ES import of node:http reads all that it exports, and a few classes of the browser among it would load the whole of
 * undici: 4 MB, and 20 ms of every start. Nothing here uses them.
 */
function leaveOutBrowserClasses(): void {
  const http = process.getBuiltinModule('node:http')
  for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent'])
    Object.defineProperty(http, name, { value: undefined, configurable: true })
}
